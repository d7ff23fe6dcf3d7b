import type { DeepPartial, Task, UpdateConfig } from "@swarmkit/proto/types";
import { expect, test } from "vitest";
import {
  aReplicatedWorld,
  aStartedWorld,
  type OrchestrationWorld,
} from "../../../testing/orchestration-world.ts";

const second = 1_000;

function aWorldWith(update: DeepPartial<UpdateConfig>, replicas = 3): OrchestrationWorld {
  return aStartedWorld(replicas, { service: { update: { parallelism: 1, ...update } } });
}

function imageOf(task: Task): string {
  return task.spec.container?.image ?? "";
}

/** The images of the wanted tasks, by slot. */
function images(world: OrchestrationWorld): readonly string[] {
  return world.wanted().map(imageOf);
}

const old = "swarmkit-test:latest";

test("all tasks are replaced, and the update is completed after the time of monitoring", () => {
  const world = aWorldWith({ monitor: { seconds: 5 } });
  world.setImage("new:1");
  expect(images(world)).toEqual(["new:1", "new:1", "new:1"]);
  expect(world.service().updateStatus).toMatchObject({
    state: "UPDATING",
    message: "update in progress",
  });
  world.harness.advance(5 * second - 1);
  expect(world.service().updateStatus?.state).toBe("UPDATING");
  world.harness.advance(1);
  expect(world.service().updateStatus).toMatchObject({
    state: "COMPLETED",
    message: "update completed",
    completedAt: { seconds: Math.floor(world.harness.now / second) },
  });
});

test("a service without a configuration is updated one slot at a time, old task first", () => {
  const world = aStartedWorld(3);
  world.workers.conductOf = (task) => (imageOf(task) === old ? "never-stops" : "runs");
  world.setImage("new:1");
  expect(world.summary()).toEqual([
    "1 SHUTDOWN/RUNNING",
    "1 READY/READY",
    "2 RUNNING/RUNNING",
    "3 RUNNING/RUNNING",
  ]);
  world.report(world.tasks()[0]?.id ?? "", "SHUTDOWN");
  expect(images(world)).toEqual(["new:1", "new:1", old]);
});

test("parallelism 0 replaces all at once", () => {
  const world = aWorldWith({ parallelism: 0 });
  world.workers.conductOf = () => "never-stops";
  world.setImage("new:1");
  expect(images(world)).toEqual(["new:1", "new:1", "new:1"]);
});

test("parallelism 2 works on two slots", () => {
  const world = aWorldWith({ parallelism: 2 }, 4);
  world.workers.conductOf = () => "never-stops";
  world.setImage("new:1");
  expect(images(world)).toEqual(["new:1", "new:1", old, old]);
});

test("each worker pauses for the delay between two slots", () => {
  const world = aWorldWith({ parallelism: 1, delay: { seconds: 10 } });
  world.setImage("new:1");
  expect(images(world)).toEqual(["new:1", old, old]);
  world.harness.advance(10 * second - 1);
  expect(images(world)).toEqual(["new:1", old, old]);
  world.harness.advance(1);
  expect(images(world)).toEqual(["new:1", "new:1", old]);
});

test("a delay that outlasts the monitoring makes that a second longer than itself", () => {
  const world = aWorldWith({ delay: { seconds: 10 }, monitor: { seconds: 1 } }, 1);
  world.setImage("new:1");
  world.harness.advance(21 * second - 1);
  expect(world.service().updateStatus?.state).toBe("UPDATING");
  world.harness.advance(1);
  expect(world.service().updateStatus?.state).toBe("COMPLETED");
});

test("start-first keeps the old task until the new one runs", () => {
  const world = aWorldWith({ order: "START_FIRST" }, 1);
  world.workers.conductOf = () => "never-starts";
  world.setImage("new:1");
  expect(world.summary()).toEqual(["1 RUNNING/RUNNING", "1 RUNNING/READY"]);
  world.report(world.tasks()[1]?.id ?? "", "RUNNING");
  expect(world.summary()).toEqual(["1 SHUTDOWN/SHUTDOWN", "1 RUNNING/RUNNING"]);
});

test("an old task that never stops is waited for a minute", () => {
  const world = aWorldWith({}, 1);
  world.workers.conductOf = () => "never-stops";
  world.setImage("new:1");
  world.harness.advance(60 * second - 1);
  expect(world.summary()).toEqual(["1 SHUTDOWN/RUNNING", "1 READY/READY"]);
  world.harness.advance(1);
  expect(world.summary()).toEqual(["1 SHUTDOWN/RUNNING", "1 RUNNING/RUNNING"]);
});

test("a task whose node meets the new constraints is left alone", () => {
  const world = aWorldWith({}, 1);
  const [before] = world.tasks();
  const constraints = [`node.id==${before?.nodeId}`];
  world.updateSpec((spec) => ({ task: { ...spec.task, placement: { constraints } } }));
  expect(world.tasks()).toEqual([before]);
  world.updateSpec((spec) => ({
    task: { ...spec.task, placement: { constraints: ["node.id==node-3"] } },
  }));
  expect(world.wanted()).toMatchObject([{ nodeId: "node-3" }]);
});

test("a new spec ends the update that is under way, and takes over its tasks", () => {
  const world = aWorldWith({ parallelism: 1 });
  world.workers.conductOf = () => "never-starts";
  world.setImage("bad:1");
  expect(images(world)).toEqual(["bad:1", old, old]);
  world.workers.conductOf = () => "runs";
  world.setImage("new:1");
  expect(images(world)).toEqual(["new:1", "new:1", "new:1"]);
  world.harness.advance(60 * second);
  expect(world.service().updateStatus?.state).toBe("COMPLETED");
});

test("the same spec once more leaves the running update as it is", () => {
  const world = aWorldWith({ delay: { seconds: 10 } });
  world.setImage("new:1");
  world.setImage("new:1");
  expect(images(world)).toEqual(["new:1", old, old]);
  expect(world.service().updateStatus?.state).toBe("UPDATING");
});

test("a service can be scaled in the middle of an update", () => {
  const world = aWorldWith({ delay: { seconds: 10 } });
  world.setImage("new:1");
  world.scale(5);
  world.harness.advance(60 * second);
  expect(images(world)).toEqual(["new:1", "new:1", "new:1", "new:1", "new:1"]);
  expect(world.service().updateStatus?.state).toBe("COMPLETED");
});

test("a slot whose new task has to move before it runs is waited for there", () => {
  const world = aWorldWith({ parallelism: 1 });
  world.workers.conductOf = (task) => (imageOf(task) === "new:1" ? "never-starts" : "runs");
  world.setImage("new:1");
  const [first] = world.wanted();
  world.setNode(first?.nodeId ?? "", { availability: "DRAIN" });
  const moved = world.wanted().find((task) => task.slot === 1);
  expect(moved?.id).not.toBe(first?.id);
  // The other slots are not taken up before the moved task runs.
  expect(world.wanted().filter((task) => task.slot !== 1 && task.desiredState === "READY")).toEqual(
    [],
  );
  world.workers.conductOf = () => "runs";
  world.report(moved?.id ?? "", "RUNNING");
  expect(images(world)).toEqual(["new:1", "new:1", "new:1"]);
});

test("a new leader goes on with an update", () => {
  const world = aWorldWith({ delay: { seconds: 10 } });
  world.setImage("new:1");
  const leader = aReplicatedWorld({ idPrefix: "u" });
  leader.harness.create("service", world.service());
  leader.harness.create("task", ...world.tasks());
  leader.harness.start();
  leader.harness.advance(60 * second);
  expect(images(leader)).toEqual(["new:1", "new:1", "new:1"]);
  expect(leader.service().updateStatus?.state).toBe("COMPLETED");
});

test("a service that is removed in the middle of an update leaves nothing wanted", () => {
  const world = aWorldWith({ delay: { seconds: 10 } });
  world.setImage("new:1");
  world.harness.remove("service", "service-1");
  world.harness.advance(60 * second);
  expect(world.wanted()).toEqual([]);
});

test("start-first does not wait for what an earlier update is still stopping", () => {
  const world = aWorldWith({ order: "START_FIRST" }, 1);
  world.workers.conductOf = () => "never-stops";
  world.setImage("new:1");
  world.setImage("new:2");
  expect(world.summary()).toEqual([
    "1 SHUTDOWN/RUNNING",
    "1 SHUTDOWN/RUNNING",
    "1 RUNNING/RUNNING",
  ]);
});

test("stop-first waits for what an earlier update is still stopping", () => {
  const world = aWorldWith({}, 1);
  world.workers.conductOf = (task) => (imageOf(task) === old ? "never-stops" : "runs");
  world.setImage("new:1");
  world.setImage("new:2");
  expect(world.wanted()).toMatchObject([{ desiredState: "READY" }]);
  world.report(world.tasks()[0]?.id ?? "", "SHUTDOWN");
  expect(world.wanted()).toMatchObject([{ desiredState: "RUNNING" }]);
  expect(images(world)).toEqual(["new:2"]);
});
