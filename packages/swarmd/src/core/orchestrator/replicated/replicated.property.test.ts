import type { DeepPartial, ServiceSpec, Task } from "@swarmkit/proto/types";
import { expect, test } from "vitest";
import type { Participant } from "../../../testing/component-harness.ts";
import { countingIds, OrchestrationWorld } from "../../../testing/orchestration-world.ts";
import type { IdSource } from "../../lib/ids.ts";
import { createPrng, type Prng } from "../../lib/prng.ts";
import { compareTaskStates, isTerminal } from "../../model/task-state.ts";
import type { Component } from "../../store/types.ts";
import { TaskReaper } from "../task-reaper/task-reaper.ts";
import { ReplicatedOrchestrator } from "./replicated-orchestrator.ts";

const replicasMax = 6;
const nodeCount = 3;
const quietMs = 30 * 60_000;

/** A component that loses leadership now and then, and with it all that it remembers. */
class Leaders implements Participant {
  readonly #create: () => Component;
  #component: Component;

  constructor(create: () => Component) {
    this.#create = create;
    this.#component = create();
  }

  start(...args: Parameters<Component["start"]>): void {
    this.#component = this.#create();
    this.#component.start(...args);
  }

  handle(...args: Parameters<Component["handle"]>): void {
    this.#component.handle(...args);
  }

  tick(...args: Parameters<Component["tick"]>): void {
    this.#component.tick(...args);
  }

  nextDeadline(): number | undefined {
    return this.#component.nextDeadline();
  }
}

function aWorld(prng: Prng): OrchestrationWorld {
  const newTaskId: IdSource = countingIds();
  const components = [
    new Leaders(() => new ReplicatedOrchestrator({ newTaskId })),
    new Leaders(() => new TaskReaper()),
  ];
  const latency = () => (prng() < 0.5 ? 0 : Math.floor(prng() * 20_000));
  const world = new OrchestrationWorld({ components, nodes: nodeCount, latency });
  world.harness.start();
  const order = prng() < 0.5 ? "START_FIRST" : "STOP_FIRST";
  const failureAction = pick(prng, ["PAUSE", "CONTINUE", "ROLLBACK"] as const);
  const update = { order, failureAction, parallelism: pick(prng, [0, 1, 2]) } as const;
  const service: DeepPartial<ServiceSpec> = { update, rollback: update };
  world.createService({ spec: { replicated: { replicas: 3 }, ...service } });
  return world;
}

function pick<T>(prng: Prng, items: readonly T[]): T {
  return items[Math.floor(prng() * items.length)] as T;
}

type Step = (world: OrchestrationWorld, prng: Prng) => void;

const steps: Readonly<Record<string, Step>> = {
  scale: (world, prng) => world.scale(Math.floor(prng() * (replicasMax + 1))),
  image: (world, prng) => world.setImage(`image:${Math.floor(prng() * 4)}`),
  "roll back": (world) => {
    if (world.service().previousSpec !== undefined) world.rollBack();
  },
  fail: (world, prng) => {
    const live = world
      .tasks()
      .filter((task) => task.nodeId !== "" && !isTerminal(task.status.state));
    if (live.length > 0) world.report(pick(prng, live).id, pick(prng, ["FAILED", "COMPLETE"]));
  },
  // Written, and not committed before the next step commits all.
  "fail unheard": (world, prng) => {
    const live = world.tasks().filter((task) => task.nodeId !== "");
    if (live.length > 0) world.reportUnheard(pick(prng, live).id, "FAILED");
  },
  "delete a task": (world, prng) => {
    const tasks = world.tasks();
    if (tasks.length > 0) world.harness.remove("task", pick(prng, tasks).id);
  },
  node: (world, prng) =>
    world.setNode(`node-${1 + Math.floor(prng() * nodeCount)}`, {
      state: pick(prng, ["READY", "READY", "DOWN", "UNKNOWN"]),
      availability: pick(prng, ["ACTIVE", "ACTIVE", "PAUSE", "DRAIN"]),
    }),
  "tasks that misbehave": (world, prng) => {
    const seed = prng();
    world.workers.conductOf = (task) => (hash(task.id + seed) < 0.4 ? "fails" : "runs");
  },
  leader: (world) => world.harness.start(),
  time: (world, prng) => world.harness.advance(Math.floor(prng() * 15_000)),
};

function hash(text: string): number {
  let value = 0;
  for (const character of text) value = (value * 31 + character.charCodeAt(0)) % 9973;
  return value / 9973;
}

/** No task's state, wanted or observed, ever goes back. */
function expectForward(world: OrchestrationWorld): void {
  const { commits } = world.harness;
  for (const event of commits.flatMap((commit) => commit.events)) {
    if (event.table !== "task" || event.kind !== "update") continue;
    const { old, object } = event;
    expect(compareTaskStates(object.desiredState, old.desiredState)).toBeGreaterThanOrEqual(0);
    expect(compareTaskStates(object.status.state, old.status.state)).toBeGreaterThanOrEqual(0);
  }
}

function expectWhole(world: OrchestrationWorld, context: string): void {
  const { replicas } = world.service().spec.replicated ?? { replicas: -1 };
  const wanted: readonly Task[] = world.wanted();
  const states = new Set(wanted.map((task) => `${task.desiredState}/${task.status.state}`));
  const slots = new Set(wanted.map((task) => task.slot));
  const actual = { count: wanted.length, slots: slots.size, states: [...states] };
  const expected = {
    count: replicas,
    slots: replicas,
    states: replicas > 0 ? ["RUNNING/RUNNING"] : [],
  };
  expect(actual, context).toEqual(expected);
  const inRange = wanted.every((task) => task.slot >= 1 && task.slot <= replicasMax);
  expect(inRange, context).toBe(true);
}

test.each(Array.from({ length: 40 }, (_, seed) => seed))(
  "whatever happens, the service ends with its replicas running once each (seed %i)",
  (seed) => {
    const prng = createPrng(seed);
    const world = aWorld(prng);
    const history: string[] = [];
    for (let round = 0; round < 40; round += 1) {
      const name = pick(prng, Object.keys(steps));
      history.push(name);
      steps[name]?.(world, prng);
    }
    world.workers.conductOf = () => "runs";
    for (let node = 1; node <= nodeCount; node += 1) {
      world.setNode(`node-${node}`, { state: "READY", availability: "ACTIVE" });
    }
    world.harness.advance(quietMs);
    expectWhole(world, history.join(", "));
    world.harness.remove("service", "service-1");
    world.harness.advance(quietMs);
    expect(world.harness.view.count("task")).toBe(0);
    expectForward(world);
  },
);
