import type { DeepPartial, NodeSpec, Service, ServiceSpec, Task } from "@swarmkit/proto/types";
import { expect, test } from "vitest";
import { aCluster, aNode, aService } from "../../testing/builders.ts";
import type { FakeAgent } from "../../testing/fake-agent.ts";
import { SwarmWorld } from "../../testing/swarm-world.ts";
import { createService, removeService, updateService } from "../control/services.ts";
import { removeTask } from "../control/tasks.ts";
import { type Outcome, refuse, succeed } from "../lib/outcome.ts";
import { createPrng, type Prng } from "../lib/prng.ts";
import { compareTaskStates, isTerminal } from "../model/task-state.ts";
import type { Commit, ReadView, TableName, Tables } from "../store/types.ts";

const nodesMax = 5;
/** With so many, every task finds room. */
const calmNodes = 12;
const servicesMax = 4;
const replicasMax = 7;
/** The one service whose slots may have two tasks for a while. */
const startFirstName = "service-0";
/** The last two found a scheduler that gave tasks to nodes whose removal was in flight. */
const seeds = [...Array(12).keys(), 110, 245];
const stepCount = 150;
/** Longer than any delay, monitor, back-off and wait for a predecessor. */
const quietMs = 20 * 60_000;
const nodeCpus = 4e9;

function pick<T>(prng: Prng, items: readonly T[]): T {
  return items[Math.floor(prng() * items.length)] as T;
}

function upTo(prng: Prng, max: number): number {
  return Math.floor(prng() * (max + 1));
}

class Swarm {
  readonly prng: Prng;
  readonly world: SwarmWorld;
  readonly history: string[] = [];
  #nodes = 0;
  #names = 0;

  constructor(seed: number) {
    this.prng = createPrng(seed);
    this.world = new SwarmWorld(this.prng, expectForward);
    this.changeLeader();
    this.create("cluster", aCluster());
    for (let node = 0; node < 3; node += 1) this.addNode();
    this.world.advance(10_000);
  }

  create<T extends TableName>(table: T, object: Tables[T]): void {
    this.world.write((transaction) => {
      const done = transaction.create(table, object);
      return done.ok ? succeed(undefined) : refuse("internal", done.message);
    });
  }

  addNode(): void {
    this.#nodes += 1;
    const id = `node-${this.#nodes}`;
    const generic = ["a", "b", "c", "d"].map((value) => ({
      namedResourceSpec: { kind: "gpu", value },
    }));
    const description = { resources: { nanoCpus: nodeCpus, memoryBytes: 2 ** 33, generic } };
    this.create("node", aNode({ id, status: { state: "UNKNOWN" }, description }));
    this.world.addAgent(id);
  }

  newName(): string {
    this.#names += 1;
    return `service-${this.#names % servicesMax}`;
  }

  /** Additions and removals of nodes may be lost with a leader. */
  changeLeader(): void {
    const { world } = this;
    world.changeLeader(upTo(this.prng, world.inFlightCount));
    for (const id of world.agents.keys()) {
      if (world.view.get("node", id) === undefined) world.agents.delete(id);
    }
    for (const { id } of world.view.find("node", { by: "all" })) {
      if (!world.agents.has(id)) world.addAgent(id);
    }
  }

  services(view: ReadView = this.world.latest): readonly Service[] {
    return view.find("service", { by: "all" });
  }
}

/** No task's state, wanted or observed, ever goes back. */
function expectForward(commit: Commit): void {
  for (const event of commit.events) {
    if (event.table !== "task" || event.kind !== "update") continue;
    const { old, object } = event;
    expect(compareTaskStates(object.desiredState, old.desiredState)).toBeGreaterThanOrEqual(0);
    expect(compareTaskStates(object.status.state, old.status.state)).toBeGreaterThanOrEqual(0);
    expect([object.serviceId, object.slot]).toEqual([old.serviceId, old.slot]);
    if (old.nodeId !== "") expect(object.nodeId).toBe(old.nodeId);
  }
}

function randomSpec(prng: Prng, name: string): DeepPartial<ServiceSpec> {
  const order = name === startFirstName ? "START_FIRST" : "STOP_FIRST";
  const update = {
    order,
    parallelism: upTo(prng, 3),
    failureAction: pick(prng, ["PAUSE", "CONTINUE", "ROLLBACK"] as const),
    delay: { seconds: pick(prng, [0, 0, 3]), nanos: 0 },
    monitor: { seconds: pick(prng, [0, 2, 10]), nanos: 0 },
    maxFailureRatio: pick(prng, [0, 0.5]),
  } as const;
  const port = {
    protocol: "TCP",
    targetPort: 80,
    publishedPort: 8080,
    publishMode: "HOST",
  } as const;
  return {
    annotations: { name },
    replicated: { replicas: upTo(prng, replicasMax) },
    update,
    rollback: update,
    ...(prng() < 0.2
      ? { endpoint: { ports: [port] }, replicated: { replicas: upTo(prng, 2) } }
      : {}),
    task: {
      container: { image: `image:${upTo(prng, 3)}` },
      resources: {
        reservations: {
          nanoCpus: pick(prng, [0, 1e8, 5e8, 1e9]),
          generic: prng() < 0.3 ? [{ discreteResourceSpec: { kind: "gpu", value: 1 } }] : [],
        },
      },
      restart: {
        condition: pick(prng, ["ANY", "ANY", "ON_FAILURE", "NONE"] as const),
        delay: { seconds: pick(prng, [0, 1, 5]), nanos: 0 },
        maxAttempts: pick(prng, [0, 0, 0, 2]),
        window: { seconds: pick(prng, [0, 60]), nanos: 0 },
      },
      placement: {
        constraints: prng() < 0.3 ? ["node.labels.zone==a"] : [],
        maxReplicas: pick(prng, [0, 0, 2]),
        preferences: prng() < 0.3 ? [{ spread: { spreadDescriptor: "node.labels.zone" } }] : [],
      },
    },
  };
}

function toSpec(init: DeepPartial<ServiceSpec>): ServiceSpec {
  return aService({ spec: init }).spec;
}

type Step = (swarm: Swarm) => void;

function update(swarm: Swarm, service: Service, init: DeepPartial<ServiceSpec>): Outcome<unknown> {
  const spec = toSpec({ ...service.spec, ...init });
  return change(swarm, service, spec, "NONE");
}

function change(
  { world }: Swarm,
  service: Service,
  spec: ServiceSpec,
  rollback: "NONE" | "PREVIOUS",
): Outcome<unknown> {
  const request = { serviceId: service.id, serviceVersion: service.meta.version, spec, rollback };
  return world.write((transaction) => updateService(request, transaction, world.controlContext()));
}

function withService(act: (swarm: Swarm, service: Service) => void): Step {
  return (swarm) => {
    const services = swarm.services();
    if (services.length > 0) act(swarm, pick(swarm.prng, services));
  };
}

function withAgent(act: (agent: FakeAgent, swarm: Swarm) => void): Step {
  return (swarm) => {
    const agents = [...swarm.world.agents.values()];
    if (agents.length > 0) act(pick(swarm.prng, agents), swarm);
  };
}

const commitSome: Step = ({ world, prng }) => {
  for (let count = upTo(prng, 8); count > 0 && world.commitNext(); count -= 1);
};

const passTime: Step = ({ world, prng }) => {
  world.now += pick(prng, [1, 10, 100, 1000, 5000, 20_000]);
  world.tick();
};

const agentsWork: Step = withAgent((agent, { world, prng }) => {
  for (let count = upTo(prng, 10); count > 0; count -= 1) agent.step(prng);
  if (prng() < 0.7) world.report(agent);
});

const steps: Readonly<Record<string, Step>> = {
  commit: commitSome,
  "commit more": commitSome,
  "commit and work": (swarm) => {
    for (let count = 5; count > 0; count -= 1) {
      commitSome(swarm);
      agentsWork(swarm);
    }
  },
  time: passTime,
  "more time": passTime,
  agent: agentsWork,
  "agents work": agentsWork,
  "rest a while": ({ world, prng }) => world.advance(upTo(prng, 20_000)),
  create: (swarm) => {
    const { world, prng } = swarm;
    const spec = toSpec(randomSpec(prng, swarm.newName()));
    world.write((tx) => createService({ spec }, tx, world.controlContext()));
  },
  update: withService((swarm, service) => {
    const { name } = service.spec.annotations;
    update(swarm, service, randomSpec(swarm.prng, name));
  }),
  scale: withService((swarm, service) => {
    update(swarm, service, { replicated: { replicas: upTo(swarm.prng, replicasMax) } });
  }),
  image: withService((swarm, service) => {
    const container = { image: `image:${upTo(swarm.prng, 3)}` };
    update(swarm, service, { task: { ...service.spec.task, container } });
  }),
  "twice at one version": withService((swarm, service) => {
    const outcomes = [1, 2].map((replicas) => update(swarm, service, { replicated: { replicas } }));
    expect(outcomes.filter(({ ok }) => ok).length).toBe(1);
  }),
  "roll back": withService((swarm, service) => {
    if (service.previousSpec !== undefined) change(swarm, service, service.spec, "PREVIOUS");
  }),
  "remove a service": withService(({ world }, { id }) => {
    world.write((transaction) => removeService({ serviceId: id }, transaction));
  }),
  "remove and create again": withService(({ world }, { id, spec }) => {
    world.write((transaction) => removeService({ serviceId: id }, transaction));
    const made = world.write((tx) => createService({ spec }, tx, world.controlContext()));
    expect(made).toMatchObject({ ok: true });
  }),
  "remove a task": ({ world, prng }) => {
    // The last trace of a slot that is given up may go without a successor, as in SwarmKit.
    const tasks = world.latest.find("task", { by: "all" }).filter(isWanted);
    if (tasks.length === 0) return;
    const { id } = pick(prng, tasks);
    world.write((transaction) => removeTask({ taskId: id }, transaction));
  },
  "add a node": (swarm) => {
    if (swarm.world.agents.size < nodesMax) swarm.addNode();
  },
  "remove a node": withAgent((agent, { world }) => {
    if (world.agents.size < 2) return;
    expect(world.removeNode(agent.nodeId)).toMatchObject({ ok: true });
    world.agents.delete(agent.nodeId);
  }),
  availability: withAgent(({ nodeId }, { world, prng }) =>
    setAvailability(world, nodeId, pick(prng, ["ACTIVE", "ACTIVE", "PAUSE", "DRAIN"])),
  ),
  zone: withAgent(({ nodeId }, { world, prng }) => setZone(world, nodeId, pick(prng, ["a", "b"]))),
  "cut off": withAgent((agent, { prng }) => {
    agent.isCutOff = prng() < 0.5;
  }),
  "open again": withAgent((agent, { world }) => {
    if (!agent.isCutOff) world.openSession(agent);
  }),
  misbehave: withAgent(({ conduct }, { prng }) => {
    conduct.failureShare = pick(prng, [0, 0, 0.1, 0.5]);
    conduct.isStubborn = prng() < 0.2;
  }),
  leader: (swarm) => swarm.changeLeader(),
};

function changeNode(world: SwarmWorld, nodeId: string, parts: DeepPartial<NodeSpec>): void {
  world.write((transaction) => {
    const node = transaction.get("node", nodeId);
    if (node === undefined) return succeed(undefined);
    const { spec } = aNode({ spec: { ...node.spec, ...parts } });
    transaction.update("node", { ...node, spec });
    return succeed(undefined);
  });
}

function setAvailability(
  world: SwarmWorld,
  nodeId: string,
  availability: "ACTIVE" | "PAUSE" | "DRAIN",
): void {
  changeNode(world, nodeId, { availability });
}

function setZone(world: SwarmWorld, nodeId: string, zone: string): void {
  changeNode(world, nodeId, { annotations: { labels: { zone } } });
}

function isWanted(task: Task): boolean {
  return compareTaskStates(task.desiredState, "RUNNING") <= 0;
}

function isLive(task: Task): boolean {
  return compareTaskStates(task.status.state, "ASSIGNED") >= 0 && !isTerminal(task.status.state);
}

/** What holds at every moment, also ahead of the commits. */
function expectSound({ world }: Swarm): void {
  for (const view of [world.view, world.latest]) {
    const cpus = new Map<string, number>();
    const exclusive = new Set<string>();
    const slots = new Set<string>();
    for (const task of view.find("task", { by: "all" })) {
      if (isWanted(task) && task.serviceAnnotations.name !== startFirstName) {
        const key = `${task.serviceId} ${task.slot}`;
        expect(slots.has(key), `two wanted tasks in slot ${key}`).toBe(false);
        slots.add(key);
      }
      if (!isLive(task)) continue;
      const reserved = task.spec.resources?.reservations?.nanoCpus ?? 0;
      cpus.set(task.nodeId, (cpus.get(task.nodeId) ?? 0) + reserved);
      expect(cpus.get(task.nodeId), `CPUs of ${task.nodeId}`).toBeLessThanOrEqual(nodeCpus);
      const taken = [
        ...(task.endpoint?.ports ?? []).map(({ publishedPort }) => `port ${publishedPort}`),
        ...task.assignedGenericResources.map(({ namedResourceSpec }) => namedResourceSpec?.value),
      ];
      for (const item of taken.map((name) => `${task.nodeId} ${name}`)) {
        expect(exclusive.has(item), item).toBe(false);
        exclusive.add(item);
      }
    }
  }
}

function expectSettled(swarm: Swarm, context: string, silent: FakeAgent): void {
  const { world } = swarm;
  // What the silent node still runs nobody can know.
  const all = world.view.find("task", { by: "all" });
  const tasks = all.filter((task) => isWanted(task) || task.nodeId !== silent.nodeId);
  const serviceIds = new Set(swarm.services(world.view).map(({ id }) => id));
  const ownerless = tasks.filter((task) => !serviceIds.has(task.serviceId));
  expect(ownerless.map(describe), context).toEqual([]);
  const stuck = tasks.filter((task) => isLive(task) && task.desiredState !== "RUNNING");
  expect(stuck.map(describe), context).toEqual([]);
  const misplaced = tasks.filter((task) => isWanted(task) && !isFit(world, task.nodeId));
  expect(misplaced.map(describe), context).toEqual([]);
  for (const service of swarm.services(world.view)) {
    const own = all.filter(
      ({ serviceId, desiredState }) => serviceId === service.id && desiredState !== "REMOVE",
    );
    const wanted = own.filter(isWanted);
    const state = service.updateStatus?.state;
    expect(["UPDATING", "ROLLBACK_STARTED"], context).not.toContain(state);
    const slots = Map.groupBy(own, ({ slot }) => slot);
    const lengths = [...slots.values()].map((list) => list.filter((task) => !isLive(task)).length);
    expect(Math.max(0, ...lengths), `history of ${service.id}`).toBeLessThanOrEqual(5);
    const { condition, maxAttempts } = service.spec.task.restart ?? {};
    const mayGiveUp = condition !== "ANY" || maxAttempts !== 0;
    const givenUp = mayGiveUp
      ? [...slots.values()].filter((list) => !list.some(isWanted)).length
      : 0;
    const counts = [wanted.length, new Set(wanted.map(({ slot }) => slot)).size];
    const replicas = service.spec.replicated?.replicas ?? 0;
    expect(counts, `${context}: ${service.id}`).toEqual([replicas - givenUp, replicas - givenUp]);
    const states = new Set(wanted.map((task) => `${task.desiredState}/${task.status.state}`));
    states.delete("RUNNING/RUNNING");
    expect([...states], `${context}: ${service.id}`).toEqual([]);
  }
  for (const agent of world.agents.values()) {
    if (agent === silent) continue;
    const listed = world.view
      .find("task", { by: "node", nodeId: agent.nodeId })
      .map(({ id, status }) => `${id} ${status.state}`);
    const held = [...agent.tasks].map(([id, { state }]) => `${id} ${state}`).sort();
    const live = (lines: readonly string[]) => lines.filter((line) => line.endsWith("RUNNING"));
    expect(live(held), `${context}: ${agent.nodeId}`).toEqual(live(listed));
  }
}

function isFit(world: SwarmWorld, nodeId: string): boolean {
  const node = world.view.get("node", nodeId);
  return node?.status.state === "READY" && node.spec.availability === "ACTIVE";
}

function describe(task: Task): string {
  return `${task.id} on ${task.nodeId}: ${task.desiredState}/${task.status.state}`;
}

/** Everything goes well from now on, but for one node that is drained and one that is silent. */
function calm(swarm: Swarm): { readonly silent: FakeAgent } {
  const { world } = swarm;
  while (world.agents.size < calmNodes) swarm.addNode();
  const agents = [...world.agents.values()];
  for (const agent of agents) {
    agent.isCutOff = false;
    agent.conduct.failureShare = 0;
    agent.conduct.isStubborn = false;
    setAvailability(world, agent.nodeId, "ACTIVE");
    setZone(world, agent.nodeId, "a");
  }
  const [silent, drained] = agents as [FakeAgent, FakeAgent];
  silent.isCutOff = true;
  setAvailability(world, drained.nodeId, "DRAIN");
  // What no swarm of this size can hold.
  for (const service of swarm.services()) {
    if (service.spec.endpoint === undefined) continue;
    update(swarm, service, { replicated: { replicas: 1 } });
  }
  return { silent };
}

/** The services go, and with them a leader that had no time to act on it. */
function removeAll(swarm: Swarm): void {
  const { world } = swarm;
  for (const { id } of swarm.services()) {
    world.write((transaction) => removeService({ serviceId: id }, transaction));
  }
  world.changeLeader(world.inFlightCount);
}

test.each(seeds)(
  "whatever happens, nothing is given away twice and all comes to rest as asked (seed %i)",
  (seed) => {
    const swarm = new Swarm(seed);
    const { world, prng, history } = swarm;
    for (let round = 0; round < stepCount; round += 1) {
      const name = pick(prng, Object.keys(steps));
      history.push(name);
      steps[name]?.(swarm);
      expectSound(swarm);
    }
    const context = history.join(", ");
    const { silent } = calm(swarm);
    world.advance(quietMs);
    expectSettled(swarm, context, silent);
    silent.isCutOff = false;
    removeAll(swarm);
    world.advance(quietMs);
    expect(world.view.find("task", { by: "all" }).map(describe), context).toEqual([]);
    const deadlines = world.components.map((component) => component.nextDeadline());
    expect(deadlines.filter((deadline) => deadline !== undefined)).toEqual([]);
  },
);
