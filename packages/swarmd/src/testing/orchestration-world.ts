// A swarm without processes or network, for tests of orchestrators: components, fake workers and
// what a user does through the control API.
import type {
  DeepPartial,
  Node,
  Service,
  ServiceSpec,
  Task,
  TaskState,
} from "@swarmkit/proto/types";
import { toTimestamp } from "../core/lib/time.ts";
import { isTerminal } from "../core/model/task-state.ts";
import { ReplicatedOrchestrator } from "../core/orchestrator/replicated/replicated-orchestrator.ts";
import { aCluster, aNode, aService } from "./builders.ts";
import type { Participant } from "./component-harness.ts";
import { ComponentHarness } from "./component-harness.ts";
import { FakeWorkers, type FakeWorkersOptions, withState } from "./fake-workers.ts";

export interface OrchestrationWorldOptions extends FakeWorkersOptions {
  readonly components: readonly Participant[];
  /** Nodes `node-1` and so on; 3 unless given. */
  readonly nodes?: number;
  /** Leaves tasks as they are made; the test moves them itself. */
  readonly isWithoutWorkers?: boolean;
  /** Ids of new tasks begin with it; `t` unless given. */
  readonly idPrefix?: string;
}

export class OrchestrationWorld {
  readonly harness: ComponentHarness;
  readonly workers: FakeWorkers;

  constructor(options: OrchestrationWorldOptions) {
    this.workers = new FakeWorkers(options);
    const others = options.isWithoutWorkers === true ? [] : [this.workers];
    this.harness = new ComponentHarness([...options.components, ...others]);
    this.harness.create("cluster", aCluster());
    for (let number = 1; number <= (options.nodes ?? 3); number += 1) {
      this.harness.create("node", aNode({ id: `node-${number}` }));
    }
  }

  createService(init: DeepPartial<Service> = {}): void {
    this.harness.create("service", aService(init));
  }

  service(id = "service-1"): Service {
    return this.harness.get("service", id);
  }

  /** What UpdateService does. */
  updateSpec(change: (spec: ServiceSpec) => DeepPartial<ServiceSpec>, id = "service-1"): void {
    const service = this.service(id);
    this.harness.patch("service", id, {
      spec: aService({ spec: { ...service.spec, ...change(service.spec) } }).spec,
      specVersion: service.meta.version,
      previousSpec: service.spec,
      previousSpecVersion: service.specVersion,
      updateStatus: undefined,
    });
  }

  scale(replicas: number, id = "service-1"): void {
    this.updateSpec(() => ({ replicated: { replicas } }), id);
  }

  setImage(image: string, id = "service-1"): void {
    this.updateSpec((spec) => ({ task: { ...spec.task, container: { image } } }), id);
  }

  /** What UpdateService does when a user asks for the previous spec. */
  rollBack(id = "service-1"): void {
    const service = this.service(id);
    this.harness.patch("service", id, {
      spec: service.previousSpec ?? service.spec,
      specVersion: service.previousSpecVersion,
      previousSpec: service.spec,
      previousSpecVersion: service.specVersion,
      updateStatus: {
        state: "ROLLBACK_STARTED",
        startedAt: toTimestamp(this.harness.now),
        completedAt: undefined,
        message: "manually requested rollback",
      },
    });
  }

  setNode(
    id: string,
    parts: { state?: Node["status"]["state"]; availability?: Node["spec"]["availability"] },
  ): void {
    const { status, spec } = this.harness.get("node", id);
    this.harness.patch("node", id, {
      status: { ...status, state: parts.state ?? status.state },
      spec: { ...spec, availability: parts.availability ?? spec.availability },
    });
  }

  /** An agent's report; one about a task that is over says nothing. */
  report(taskId: string, state: TaskState): void {
    this.reportUnheard(taskId, state);
    this.harness.settle();
  }

  /** A report that is written and stays on its way: the next change commits it. */
  reportUnheard(taskId: string, state: TaskState): void {
    this.harness.batch((store) => {
      store.update((transaction) => {
        const task = transaction.get("task", taskId);
        if (task === undefined || isTerminal(task.status.state)) return;
        transaction.update("task", withState(task, state, this.harness.now));
      });
    });
  }

  /** The service's tasks by slot, each slot's oldest first (ids are given in ascending order). */
  tasks(id = "service-1"): readonly Task[] {
    return this.harness.view
      .find("task", { by: "service", serviceId: id })
      .toSorted((left, right) => left.slot - right.slot);
  }

  /** The tasks that the orchestrator wants to run. */
  wanted(id = "service-1"): readonly Task[] {
    return this.tasks(id).filter((task) => ["READY", "RUNNING"].includes(task.desiredState));
  }

  /** Each task as `slot desired/observed`. */
  summary(id = "service-1"): readonly string[] {
    return this.tasks(id).map((task) => `${task.slot} ${task.desiredState}/${task.status.state}`);
  }
}

/** Ids that sort in the order in which they are given: `t00001`, `t00002`, … */
export function countingIds(prefix = "t"): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}${String(count).padStart(5, "0")}`;
  };
}

/** A swarm whose replicated orchestrator has not started yet. */
export function aReplicatedWorld(
  options: Omit<OrchestrationWorldOptions, "components"> = {},
): OrchestrationWorld {
  const orchestrator = new ReplicatedOrchestrator({ newTaskId: countingIds(options.idPrefix) });
  return new OrchestrationWorld({ components: [orchestrator], ...options });
}

/** A swarm in which `service-1` has this many replicas, and they run. */
export function aStartedWorld(
  replicas: number,
  options: Omit<OrchestrationWorldOptions, "components"> & {
    readonly service?: DeepPartial<ServiceSpec>;
  } = {},
): OrchestrationWorld {
  const world = aReplicatedWorld(options);
  world.harness.start();
  world.createService({ spec: { replicated: { replicas }, ...options.service } });
  return world;
}
