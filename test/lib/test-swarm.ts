// A whole swarm of built programs for a test, with what tests ask of it again and again.
import type { Node, Service, Task, TaskState } from "../../packages/proto/gen/types.ts";
import { type LocalNode, LocalSwarm, type NodePlace } from "../../scripts/lib/local-swarm.ts";
import { describeError, type RunResult, waitUntil } from "../../scripts/lib/run.ts";
import { makeTestFolder, type TestFolder } from "./swarmd-run.ts";
import { lasting, type Running, type SwarmTraces, type Workload } from "./workload.ts";

const waitTimeoutMs = 30_000;

/** The states of a task that runs or is on its way to. */
const liveStates: readonly TaskState[] = [
  ...(["NEW", "PENDING", "ASSIGNED", "ACCEPTED", "PREPARING", "READY", "STARTING"] as const),
  "RUNNING",
];

export interface TestSwarmOptions {
  readonly workers: number;
  /** One by default. */
  readonly managers?: number;
  /** Where each node lives; by default on a free port of the loopback interface. */
  readonly place?: (name: string) => Promise<NodePlace>;
}

export class TestSwarm {
  readonly local: LocalSwarm;
  readonly workload: Workload;
  readonly #folder: TestFolder;
  /** Of all nodes there ever were, so that what they left behind is found. */
  readonly #nodeIds = new Set<string>();
  #isKept = false;

  private constructor(workload: Workload, { place }: TestSwarmOptions) {
    this.workload = workload;
    this.#folder = makeTestFolder();
    const { flags } = workload;
    const where = place === undefined ? {} : { place };
    this.local = new LocalSwarm({ directory: this.#folder.path, flags, ...where });
  }

  /** One manager and some workers, all READY. */
  static start(workload: Workload, workers: number): Promise<TestSwarm> {
    return TestSwarm.startMany(workload, { workers });
  }

  /** Managers and workers, all READY. Ends what it started when that fails. */
  static async startMany(workload: Workload, options: TestSwarmOptions): Promise<TestSwarm> {
    const swarm = new TestSwarm(workload, options);
    const { managers = 1, workers } = options;
    try {
      for (let number = 1; number <= managers; number += 1) await swarm.local.startManager();
      for (let number = 1; number <= workers; number += 1) {
        await swarm.local.startWorker(`worker-${number}`);
      }
      await swarm.untilNodesReady();
      return swarm;
    } catch (error) {
      await swarm.destroy();
      throw error;
    }
  }

  get directory(): string {
    return this.#folder.path;
  }

  ctl(...words: readonly string[]): Promise<RunResult> {
    return this.local.ctl(...words);
  }

  /** Creates a service of tasks that last; its id. */
  async create(name: string, replicas: number, ...more: readonly string[]): Promise<string> {
    const output = await this.local.mustCtl(...this.createWords(name, replicas), ...more);
    return output.trim();
  }

  createWords(name: string, replicas: number): readonly string[] {
    const [image] = this.workload.images;
    const flags = ["--name", name, "--replicas", String(replicas), "--image", image];
    return ["service", "create", ...flags, ...lasting];
  }

  async nodes(): Promise<readonly Node[]> {
    const nodes = await this.local.list<Node>("node", "ls");
    for (const { id } of nodes) this.#nodeIds.add(id);
    return nodes;
  }

  services(): Promise<readonly Service[]> {
    return this.local.list<Service>("service", "ls");
  }

  /** All tasks, or those of a service; those that have ended too. */
  async tasks(serviceId?: string): Promise<readonly Task[]> {
    const tasks = await this.local.list<Task>("task", "ls", "--all");
    return tasks.filter((task) => serviceId === undefined || task.serviceId === serviceId);
  }

  /** What runs for this swarm, without asking it. */
  observe(): Promise<readonly Running[]> {
    return this.workload.observe(this.traces);
  }

  /** Waits for a value; a failure shows the swarm's tasks and logs. */
  async until<Value>(
    what: string,
    check: () => Promise<Value | undefined>,
    timeoutMs: number = waitTimeoutMs,
  ): Promise<Value> {
    try {
      return await waitUntil(check, { what, timeoutMs });
    } catch (error) {
      throw new Error(`${describeError(error)}\n${await this.describe()}`, { cause: error });
    }
  }

  /** Waits until every node is READY and answers them by name. */
  untilNodesReady(): Promise<ReadonlyMap<string, Node>> {
    return this.until("every node to be READY", async () => {
      const nodes = await this.nodes();
      const isReady = nodes.every(({ status }) => status.state === "READY");
      if (nodes.length < this.local.nodes.length || !isReady) return undefined;
      return new Map(nodes.map((node) => [node.description?.hostname ?? "", node]));
    });
  }

  /**
   * Waits until a service has exactly `count` live tasks, all RUNNING, and those and no others of
   * its tasks run in truth. Answers the tasks, by slot.
   */
  async untilRunning(
    serviceId: string,
    count: number,
    isWanted: (task: Task) => boolean = () => true,
  ): Promise<readonly Task[]> {
    return await this.until(`exactly ${count} tasks to run`, async () => {
      const tasks = await this.tasks(serviceId);
      const live = tasks.filter(({ status }) => liveStates.includes(status.state));
      const running = live.filter((task) => isRunning(task) && isWanted(task));
      if (live.length !== count || running.length !== count) return undefined;
      const ids = new Set(tasks.map(({ id }) => id));
      const seen = (await this.observe()).map(({ taskId }) => taskId).filter((id) => ids.has(id));
      if (
        !isSameList(
          seen,
          running.map(({ id }) => id),
        )
      )
        return undefined;
      return running.sort((left, right) => left.slot - right.slot);
    });
  }

  /** Waits until nothing is left: no task, no process, no container. */
  untilEmpty(): Promise<true> {
    return this.until("everything to be gone", async () => {
      if ((await this.tasks()).length > 0) return undefined;
      return (await this.observe()).length === 0 ? true : undefined;
    });
  }

  /** Brings the swarm back to where it began: no service, no task, every node ACTIVE. */
  async clear(): Promise<void> {
    for (const { id } of await this.services()) await this.local.mustCtl("service", "remove", id);
    for (const { id, spec } of await this.nodes()) {
      if (spec.availability !== "ACTIVE") await this.local.mustCtl("node", "activate", id);
    }
    await this.untilEmpty();
  }

  /** Kills a node's process, as the kernel would. */
  kill(node: LocalNode): Promise<void> {
    return this.local.stop(node, "SIGKILL");
  }

  /** What a reader of a failed test wants to see. */
  async describe(): Promise<string> {
    const tables = await Promise.all(
      ["node", "service", "task"].map(async (noun) => {
        const all = noun === "task" ? ["--all"] : [];
        const { stdout, stderr } = await this.ctl(noun, "ls", ...all);
        return `$ swarmctl ${noun} ls\n${stdout}${stderr}`;
      }),
    );
    const tasks = await this.tasks().catch(() => []);
    const errors = tasks
      .filter(({ status }) => status.err !== "")
      .map(({ id, status }) => `${id}: ${status.err}`);
    const logs = this.local.nodes.map((node) => `${node.name}'s log:\n${this.local.tailOf(node)}`);
    const running = (await this.observe()).map(
      ({ taskId, instance }) => `${taskId} is ${instance}`,
    );
    return [...tables, ...errors, "What runs:", ...running, ...logs].join("\n");
  }

  /** Lets the folder stay when the swarm is destroyed: a test has failed. */
  keepFolder(): void {
    this.#isKept = true;
  }

  /** Ends the swarm and all that runs for it, whatever state it is in. */
  async destroy(): Promise<void> {
    try {
      await this.local.stopAll();
      await this.workload.destroy(this.traces);
    } finally {
      if (this.#isKept) process.stderr.write(`The logs are in ${this.#folder.path}\n`);
      else this.#folder.remove();
    }
  }

  /** What tells the tasks' processes and containers of this swarm from others. */
  get traces(): SwarmTraces {
    return { directory: this.#folder.path, nodeIds: [...this.#nodeIds] };
  }
}

function isRunning({ status, desiredState }: Task): boolean {
  return status.state === "RUNNING" && desiredState === "RUNNING";
}

function isSameList(left: readonly string[], right: readonly string[]): boolean {
  return [...left].sort().join() === [...right].sort().join();
}
