import { expect, test } from "vitest";
import { aNode, aTask, testEpoch } from "../../../testing/builders.ts";
import { aReplicatedWorld as aWorld } from "../../../testing/orchestration-world.ts";
import { toTimestamp } from "../../lib/time.ts";

const noDelay = { condition: "ANY", delay: { seconds: 0, nanos: 0 } } as const;

test.each(["REJECTED", "FAILED"] as const)(
  "a new leader restarts a task that was left %s",
  (state) => {
    const world = aWorld();
    world.createService();
    world.harness.create("task", aTask({ nodeId: "node-1", status: { state } }));
    world.harness.start();
    expect(world.summary()).toEqual(["1 READY/READY", `1 SHUTDOWN/${state}`]);
    world.harness.advance(5_000);
    expect(world.summary()).toEqual(["1 RUNNING/RUNNING", `1 SHUTDOWN/${state}`]);
  },
);

test("a new leader moves tasks off a node that went down meanwhile", () => {
  const world = aWorld();
  world.createService();
  world.harness.create("node", aNode({ id: "lost", status: { state: "DOWN" } }));
  world.harness.create("task", aTask({ nodeId: "lost", status: { state: "RUNNING" } }));
  world.harness.start();
  expect(world.wanted()).toMatchObject([{ slot: 1, status: { state: "RUNNING" } }]);
  expect(world.wanted()[0]?.nodeId).not.toBe("lost");
});

test("a new leader lets a delayed start wait for what is left of its delay", () => {
  const world = aWorld();
  world.createService({
    spec: { task: { restart: { condition: "ANY", delay: { seconds: 100 } } } },
  });
  const { spec } = world.service();
  world.harness.create("task", aTask({ spec: spec.task, desiredState: "READY" }));
  world.harness.advance(60_000);
  world.harness.start();
  world.harness.advance(39_999);
  expect(world.tasks()[0]?.desiredState).toBe("READY");
  world.harness.advance(1);
  expect(world.tasks()[0]?.desiredState).toBe("RUNNING");
});

test("a new leader does not start a task beside the one that it replaces", () => {
  const world = aWorld();
  world.createService({ spec: { task: { restart: noDelay } } });
  const task = { spec: world.service().spec.task, nodeId: "node-1" };
  world.harness.create(
    "task",
    aTask({ ...task, id: "a", desiredState: "SHUTDOWN", status: { state: "RUNNING" } }),
    aTask({ ...task, id: "b", desiredState: "READY", status: { state: "READY" } }),
  );
  world.workers.conductOf = () => "never-stops";
  world.harness.start();
  expect(world.harness.get("task", "b").desiredState).toBe("READY");
  world.report("a", "SHUTDOWN");
  expect(world.harness.get("task", "b").desiredState).toBe("RUNNING");
});

test("a new leader clears up after services that are gone; what runs goes through REMOVE", () => {
  const world = aWorld({ isWithoutWorkers: true });
  world.harness.create(
    "task",
    aTask({ id: "over", status: { state: "FAILED" } }),
    aTask({ id: "unplaced" }),
    aTask({ id: "live", nodeId: "node-1", status: { state: "RUNNING" } }),
    aTask({ id: "no-service", serviceId: "", nodeId: "node-1" }),
  );
  world.harness.start();
  const left = world.harness.view.find("task", { by: "all" });
  expect(left.map((task) => `${task.id} ${task.desiredState}`)).toEqual([
    "live REMOVE",
    "no-service RUNNING",
  ]);
});

test("a new leader counts the restarts that an earlier leader made", () => {
  const world = aWorld();
  const restart = { condition: "ANY", delay: { seconds: 0 }, maxAttempts: 2 } as const;
  world.createService({ spec: { task: { restart } } });
  const { spec } = world.service();
  ["a", "b", "c"].forEach((id, position) => {
    const isLast = id === "c";
    world.harness.create(
      "task",
      aTask({
        id,
        spec: spec.task,
        specVersion: { index: 0 },
        nodeId: "node-1",
        desiredState: isLast ? "RUNNING" : "SHUTDOWN",
        status: {
          state: isLast ? "RUNNING" : "FAILED",
          timestamp: toTimestamp(testEpoch + position),
        },
      }),
    );
  });
  world.harness.start();
  world.report("c", "FAILED");
  world.harness.advance(60_000);
  expect(world.wanted()).toEqual([]);
  expect(world.tasks()).toHaveLength(3);
});

test("a new leader keeps of two tasks in a slot the one that is to run already", () => {
  const world = aWorld();
  world.createService();
  const task = { spec: world.service().spec.task, nodeId: "node-1" };
  world.harness.create(
    "task",
    aTask({ ...task, id: "a", desiredState: "READY", status: { state: "READY" } }),
    aTask({ ...task, id: "b", status: { state: "ASSIGNED" } }),
  );
  world.harness.start();
  expect(world.wanted()).toMatchObject([{ id: "b", status: { state: "RUNNING" } }]);
});
