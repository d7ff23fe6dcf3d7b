import type { DeepPartial, Task } from "@swarmkit/proto/types";
import { expect, test } from "vitest";
import { aCluster, aService, aTask, testEpoch } from "../../../testing/builders.ts";
import { ComponentHarness } from "../../../testing/component-harness.ts";
import { countingIds, OrchestrationWorld } from "../../../testing/orchestration-world.ts";
import { toTimestamp } from "../../lib/time.ts";
import { ReplicatedOrchestrator } from "../replicated/replicated-orchestrator.ts";
import { reaperMarksMax, TaskReaper } from "./task-reaper.ts";

function aHarness(retention: number): ComponentHarness {
  const harness = new ComponentHarness([new TaskReaper()]);
  const orchestration = { taskHistoryRetentionLimit: retention };
  harness.create("cluster", aCluster({ spec: { orchestration } }));
  harness.create("service", aService());
  return harness;
}

/** A task of the past: `age` is its place in time. */
function aPast(id: string, age: number, init: DeepPartial<Task> = {}): Task {
  return aTask({
    id,
    nodeId: "node-1",
    desiredState: "SHUTDOWN",
    ...init,
    status: { state: "SHUTDOWN", appliedAt: toTimestamp(testEpoch + age), ...init.status },
  });
}

function aLive(id: string, init: DeepPartial<Task> = {}): Task {
  return aTask({ id, nodeId: "node-1", status: { state: "RUNNING" }, ...init });
}

function ids(harness: ComponentHarness): readonly string[] {
  return harness.view.find("task", { by: "all" }).map((task) => task.id);
}

test("a slot keeps its newest tasks, as many as the swarm's history says", () => {
  const harness = aHarness(2);
  harness.start();
  harness.create("task", aPast("c", 3), aPast("a", 2), aPast("b", 1), aLive("d"));
  expect(ids(harness)).toEqual(["a", "b", "c", "d"]);
  harness.advance(249);
  expect(ids(harness)).toHaveLength(4);
  harness.advance(1);
  expect(ids(harness)).toEqual(["c", "d"]);
});

test("each slot has a history of its own", () => {
  const harness = aHarness(1);
  harness.start();
  harness.create("task", aPast("a", 1, { slot: 2 }), aPast("b", 1), aLive("c"));
  harness.advance(250);
  expect(ids(harness)).toEqual(["a", "c"]);
});

test("a global service keeps a history for each node", () => {
  const harness = aHarness(1);
  harness.start();
  harness.create(
    "service",
    aService({ id: "global", spec: { annotations: { name: "g" }, global: {} } }),
  );
  const onNode = (nodeId: string) => ({ serviceId: "global", slot: 0, nodeId });
  harness.create(
    "task",
    aPast("a", 1, onNode("x")),
    aLive("b", onNode("x")),
    aPast("c", 1, onNode("y")),
  );
  harness.advance(250);
  expect(ids(harness)).toEqual(["b", "c"]);
});

test("a negative limit keeps all tasks", () => {
  const harness = aHarness(-1);
  harness.start();
  harness.create("task", aPast("a", 1), aPast("b", 2), aPast("c", 3), aLive("d"));
  harness.advance(1_000);
  expect(ids(harness)).toHaveLength(4);
});

test("with limited restarts one more task than their number is kept", () => {
  const harness = aHarness(1);
  harness.patch("service", "service-1", {
    spec: aService({ spec: { task: { restart: { condition: "ANY", maxAttempts: 2 } } } }).spec,
  });
  harness.start();
  harness.create("task", aPast("a", 1), aPast("b", 2), aPast("c", 3), aLive("d"));
  harness.advance(250);
  expect(ids(harness)).toEqual(["b", "c", "d"]);
});

test("tasks that still run are kept, and go when they have stopped", () => {
  const harness = aHarness(1);
  harness.start();
  harness.create("task", aLive("a", { desiredState: "SHUTDOWN" }), aLive("b"));
  harness.advance(250);
  expect(ids(harness)).toEqual(["a", "b"]);
  harness.patch("task", "a", { status: aPast("a", 5).status });
  harness.advance(250);
  expect(ids(harness)).toEqual(["b"]);
});

test("a failed task is kept until the orchestrator has dealt with it", () => {
  const harness = aHarness(0);
  harness.start();
  harness.create("task", aLive("a", { status: { state: "FAILED" } }), aLive("b"));
  harness.advance(250);
  expect(ids(harness)).toEqual(["a", "b"]);
  harness.patch("task", "a", { desiredState: "SHUTDOWN" });
  harness.advance(250);
  expect(ids(harness)).toEqual(["b"]);
});

test("the newest task of a slot that is not filled again is kept even without history", () => {
  const harness = aHarness(0);
  harness.start();
  harness.create("task", aPast("a", 1), aPast("b", 2));
  harness.advance(250);
  expect(ids(harness)).toEqual(["b"]);
});

test("a task that never got a node and is not wanted any more is history", () => {
  const harness = aHarness(1);
  harness.start();
  const init = { nodeId: "", status: { state: "PENDING" } } as const;
  harness.create("task", aPast("a", 1, init), aLive("b"));
  harness.advance(250);
  expect(ids(harness)).toEqual(["b"]);
});

test.each(["NEW", "PENDING", "COMPLETE", "SHUTDOWN", "FAILED", "REJECTED", "ORPHANED"] as const)(
  "a task to be removed goes when it is %s",
  (state) => {
    const harness = aHarness(5);
    harness.start();
    harness.create("task", aTask({ desiredState: "REMOVE", status: { state } }));
    harness.advance(250);
    expect(ids(harness)).toEqual([]);
  },
);

test.each(["ASSIGNED", "RUNNING"] as const)(
  "a task to be removed stays while it is %s",
  (state) => {
    const harness = aHarness(5);
    harness.start();
    harness.create("task", aTask({ desiredState: "REMOVE", nodeId: "a", status: { state } }));
    harness.advance(250);
    expect(ids(harness)).toEqual(["task-1"]);
  },
);

test("an orphaned task goes at once only if it has no service", () => {
  const harness = aHarness(5);
  harness.start();
  const status = { state: "ORPHANED" } as const;
  harness.create("task", aTask({ id: "a", serviceId: "", status }), aTask({ id: "b", status }));
  harness.advance(250);
  expect(ids(harness)).toEqual(["b"]);
});

test("a new leader's reaper takes out at once what was left", () => {
  const harness = aHarness(1);
  harness.create(
    "task",
    aPast("a", 1),
    aLive("b"),
    aTask({ id: "c", slot: 2, desiredState: "REMOVE" }),
  );
  harness.start();
  expect(ids(harness)).toEqual(["b"]);
});

test("many marks are worked off without a delay", () => {
  const harness = aHarness(5);
  harness.start();
  const count = reaperMarksMax + 1;
  const tasks = Array.from({ length: count }, (_, slot) =>
    aTask({ id: `task-${slot}`, slot, serviceId: "", desiredState: "REMOVE" }),
  );
  harness.batch((store) => {
    for (const task of tasks) store.update((transaction) => transaction.create("task", task));
  });
  harness.settle();
  expect(ids(harness)).toEqual([]);
});

test("a service that shrinks, and one that is removed, leave no tasks behind", () => {
  const orchestrator = new ReplicatedOrchestrator({ newTaskId: countingIds() });
  const world = new OrchestrationWorld({ components: [orchestrator, new TaskReaper()] });
  world.harness.start();
  world.createService({ spec: { replicated: { replicas: 3 } } });
  world.scale(1);
  world.harness.advance(250);
  expect(world.summary()).toEqual(["1 RUNNING/RUNNING"]);
  world.harness.remove("service", "service-1");
  world.harness.advance(250);
  expect(world.harness.view.count("task")).toBe(0);
});
