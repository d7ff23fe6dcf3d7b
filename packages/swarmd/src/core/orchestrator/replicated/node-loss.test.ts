import { expect, test } from "vitest";
import { aStartedWorld, aReplicatedWorld as aWorld } from "../../../testing/orchestration-world.ts";

test.each([
  { change: { state: "DOWN" } as const, what: "goes down" },
  { change: { availability: "DRAIN" } as const, what: "is drained" },
])("the tasks of a node that $what run elsewhere at once, without the delay", ({ change }) => {
  const world = aStartedWorld(3);
  world.setNode("node-1", change);
  const running = world.wanted();
  expect(running.map((task) => task.slot)).toEqual([1, 2, 3]);
  expect(running.map((task) => task.nodeId)).not.toContain("node-1");
  expect(running.map((task) => task.status.state)).toEqual(["RUNNING", "RUNNING", "RUNNING"]);
});

test("the tasks of a deleted node run elsewhere", () => {
  const world = aStartedWorld(3);
  world.harness.remove("node", "node-2");
  expect(world.wanted().map((task) => task.nodeId)).not.toContain("node-2");
  expect(world.wanted()).toHaveLength(3);
});

test.each(["UNKNOWN", "DISCONNECTED"] as const)("a node in state %s keeps its tasks", (state) => {
  const world = aStartedWorld(3);
  const before = world.summary();
  world.setNode("node-1", { state });
  expect(world.summary()).toEqual(before);
});

test("a paused node keeps its tasks", () => {
  const world = aStartedWorld(3);
  const before = world.summary();
  world.setNode("node-1", { availability: "PAUSE" });
  expect(world.summary()).toEqual(before);
});

test("a task that lands on a drained node is moved", () => {
  const world = aWorld({ isWithoutWorkers: true });
  world.setNode("node-1", { availability: "DRAIN" });
  world.harness.start();
  world.createService();
  const [task] = world.tasks();
  world.harness.patch("task", task?.id ?? "", { nodeId: "node-1" });
  expect(world.summary()).toEqual(["1 SHUTDOWN/NEW", "1 READY/NEW"]);
});

test("a drained node's task stops before its successor runs", () => {
  const world = aStartedWorld(1, { nodes: 2 });
  world.workers.conductOf = () => "never-stops";
  world.setNode(world.tasks()[0]?.nodeId ?? "", { availability: "DRAIN" });
  expect(world.summary()).toEqual(["1 SHUTDOWN/RUNNING", "1 READY/READY"]);
  world.report(world.tasks()[0]?.id ?? "", "SHUTDOWN");
  expect(world.summary()).toEqual(["1 SHUTDOWN/SHUTDOWN", "1 RUNNING/RUNNING"]);
});
