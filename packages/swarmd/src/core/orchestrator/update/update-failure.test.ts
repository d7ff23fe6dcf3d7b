import type { DeepPartial, ServiceSpec, Task, UpdateConfig } from "@swarmkit/proto/types";
import { expect, test } from "vitest";
import { aStartedWorld, type OrchestrationWorld } from "../../../testing/orchestration-world.ts";

const second = 1_000;
const old = "swarmkit-test:latest";

/** Tasks of the image `bad:1` fail. */
function aWorldWith(service: DeepPartial<ServiceSpec>, replicas = 4): OrchestrationWorld {
  const conductOf = (task: Task) => (imageOf(task) === "bad:1" ? "fails" : "runs");
  return aStartedWorld(replicas, { service, conductOf });
}

function withUpdate(update: DeepPartial<UpdateConfig>): OrchestrationWorld {
  return aWorldWith({ update: { parallelism: 1, ...update } });
}

function imageOf(task: Task): string {
  return task.spec.container?.image ?? "";
}

function images(world: OrchestrationWorld): readonly string[] {
  return world.wanted().map(imageOf);
}

/** The first task of this image that failed. */
function failedTask(world: OrchestrationWorld, image = "bad:1"): string | undefined {
  const failed = world.tasks().filter((task) => task.status.state === "FAILED");
  return failed
    .filter((task) => imageOf(task) === image)
    .map((task) => task.id)
    .toSorted()[0];
}

test("a failure pauses the update, and the rest of the slots keep their tasks", () => {
  const world = withUpdate({ failureAction: "PAUSE" });
  world.setImage("bad:1");
  world.harness.advance(60 * second);
  expect(images(world).slice(1)).toEqual([old, old, old]);
  expect(world.service().updateStatus).toMatchObject({
    state: "PAUSED",
    message: `update paused due to failure or early termination of task ${failedTask(world)}`,
  });
});

test("the same spec once more makes a paused update go on", () => {
  const world = withUpdate({ failureAction: "PAUSE" });
  world.setImage("bad:1");
  world.workers.conductOf = () => "runs";
  world.setImage("bad:1");
  world.harness.advance(60 * second);
  expect(images(world)).toEqual(["bad:1", "bad:1", "bad:1", "bad:1"]);
  expect(world.service().updateStatus?.state).toBe("COMPLETED");
});

test("with CONTINUE failures are passed over", () => {
  const world = withUpdate({ failureAction: "CONTINUE", parallelism: 0 });
  world.setImage("bad:1");
  world.harness.advance(60 * second);
  expect(images(world)).toEqual(["bad:1", "bad:1", "bad:1", "bad:1"]);
  expect(world.service().updateStatus?.state).toBe("COMPLETED");
});

test("failures up to the ratio are tolerated", () => {
  const world = withUpdate({ maxFailureRatio: 0.25, parallelism: 4 });
  world.workers.conductOf = (task) =>
    imageOf(task) === "new:1" && task.slot === 1 ? "fails" : "runs";
  world.setImage("new:1");
  expect(world.service().updateStatus?.state).toBe("UPDATING");
  world.workers.conductOf = (task) =>
    imageOf(task) === "new:1" && task.slot < 3 ? "fails" : "runs";
  world.report(world.wanted().find((task) => task.slot === 2)?.id ?? "", "FAILED");
  expect(world.service().updateStatus?.state).toBe("PAUSED");
});

test("a task that ends within the time of monitoring has failed the update", () => {
  const world = withUpdate({ parallelism: 0, monitor: { seconds: 30 } });
  world.setImage("new:1");
  world.harness.advance(29 * second);
  const [first] = world.wanted();
  world.report(first?.id ?? "", "COMPLETE");
  expect(world.service().updateStatus).toMatchObject({
    state: "PAUSED",
    message: `update paused due to failure or early termination of task ${first?.id}`,
  });
});

test("a task that ends later is the restart supervisor's alone", () => {
  const world = withUpdate({ delay: { seconds: 20 }, monitor: { seconds: 30 } });
  world.setImage("new:1");
  world.harness.advance(31 * second);
  world.report(world.wanted()[0]?.id ?? "", "FAILED");
  world.harness.advance(300 * second);
  expect(world.service().updateStatus?.state).toBe("COMPLETED");
});

test("a task that is stopped on account of its node has not failed the update", () => {
  const world = withUpdate({ parallelism: 0, monitor: { seconds: 30 } });
  world.setImage("new:1");
  world.setNode("node-1", { availability: "DRAIN" });
  world.harness.advance(60 * second);
  expect(world.service().updateStatus?.state).toBe("COMPLETED");
});

test("a failure rolls the service back to its previous spec", () => {
  const world = withUpdate({ failureAction: "ROLLBACK" });
  world.setImage("good:1");
  world.harness.advance(60 * second);
  const { specVersion } = world.service();
  world.setImage("bad:1");
  expect(world.service().updateStatus).toMatchObject({
    state: "ROLLBACK_STARTED",
    message: `update rolled back due to failure or early termination of task ${failedTask(world)}`,
  });
  expect(world.service()).toMatchObject({ specVersion, previousSpec: undefined });
  world.harness.advance(60 * second);
  expect(images(world)).toEqual(["good:1", "good:1", "good:1", "good:1"]);
  expect(world.service().updateStatus).toMatchObject({
    state: "ROLLBACK_COMPLETED",
    message: "rollback completed",
  });
});

test("a rollback uses the rollback's configuration", () => {
  const world = aWorldWith({
    update: { failureAction: "ROLLBACK", parallelism: 0 },
    rollback: { parallelism: 1, delay: { seconds: 10 } },
  });
  world.setImage("bad:1");
  world.workers.conductOf = () => "runs";
  const rolledBack = () => images(world).filter((image) => image === old).length;
  const before = rolledBack();
  world.harness.advance(10 * second);
  expect(rolledBack()).toBe(before + 1);
  world.harness.advance(60 * second);
  expect(images(world)).toEqual([old, old, old, old]);
});

test.each(["PAUSE", "ROLLBACK"] as const)("a rollback that fails pauses (%s)", (failureAction) => {
  const world = aWorldWith({
    update: { failureAction: "ROLLBACK", parallelism: 0 },
    rollback: { failureAction, parallelism: 0 },
  });
  world.workers.conductOf = (task) => (Number(task.id.slice(1)) > 4 ? "fails" : "runs");
  world.setImage("bad:1");
  world.harness.advance(1);
  expect(world.service().updateStatus).toMatchObject({
    state: "ROLLBACK_PAUSED",
    message: `rollback paused due to failure or early termination of task ${failedTask(world, old)}`,
  });
});

test("a user may roll back an update that has paused", () => {
  const world = withUpdate({ failureAction: "PAUSE" });
  world.setImage("bad:1");
  world.rollBack();
  world.harness.advance(60 * second);
  expect(images(world)).toEqual([old, old, old, old]);
  expect(world.service().updateStatus?.state).toBe("ROLLBACK_COMPLETED");
});

test("start-first rolled back keeps the tasks that never stopped", () => {
  const world = withUpdate({ failureAction: "ROLLBACK", order: "START_FIRST", parallelism: 0 });
  const before = world.wanted().map((task) => task.id);
  world.setImage("bad:1");
  world.harness.advance(60 * second);
  expect(world.wanted().map((task) => task.id)).toEqual(before);
});

test("start-first that paused ends with the new task alone once that runs", () => {
  const world = withUpdate({ failureAction: "PAUSE", order: "START_FIRST" });
  world.setImage("bad:1");
  expect(world.service().updateStatus?.state).toBe("PAUSED");
  world.workers.conductOf = () => "runs";
  world.harness.advance(60 * second);
  expect(images(world)).toEqual(["bad:1", old, old, old]);
});

test("without a previous spec the update pauses instead of rolling back", () => {
  const world = withUpdate({ failureAction: "ROLLBACK" });
  world.workers.conductOf = () => "never-starts";
  world.setImage("bad:1");
  world.harness.patch("service", "service-1", { previousSpec: undefined });
  world.report(world.wanted()[0]?.id ?? "", "FAILED");
  expect(world.service().updateStatus?.state).toBe("PAUSED");
});

test("a manual rollback that fails pauses and is not rolled forward", () => {
  const world = aWorldWith({ rollback: { failureAction: "ROLLBACK", parallelism: 0 } });
  world.setImage("new:1");
  world.workers.conductOf = (task) => (imageOf(task) === old ? "fails" : "runs");
  world.rollBack();
  expect(world.service().updateStatus?.state).toBe("ROLLBACK_PAUSED");
  expect(world.service().spec.task.container?.image).toBe(old);
});

test("a failure that is heard after the spec has changed does not stop the new update", () => {
  const world = withUpdate({});
  world.workers.conductOf = () => "never-starts";
  world.setImage("bad:1");
  world.workers.conductOf = () => "runs";
  const [failing] = world.wanted();
  world.reportUnheard(failing?.id ?? "", "FAILED");
  world.setImage("new:1");
  world.harness.advance(60 * second);
  expect(images(world)).toEqual(["new:1", "new:1", "new:1", "new:1"]);
  expect(world.service().updateStatus?.state).toBe("COMPLETED");
});

test("the same spec once more turns a rollback into an update", () => {
  const rollback = { parallelism: 1, delay: { seconds: 1_000 } };
  const world = aWorldWith({ update: { parallelism: 0 }, rollback });
  world.setImage("new:1");
  world.rollBack();
  expect(images(world)).toEqual([old, "new:1", "new:1", "new:1"]);
  world.updateSpec(() => ({}));
  expect(images(world)).toEqual([old, old, old, old]);
});

test("a rollback brings slots back that had been over for good", () => {
  const world = aWorldWith({ task: { restart: { condition: "NONE" } } }, 2);
  world.workers.conductOf = () => "never-starts";
  world.setImage("new:1");
  const other = world.wanted().find((task) => task.slot === 2);
  world.report(other?.id ?? "", "COMPLETE");
  expect(world.wanted().map((task) => task.slot)).toEqual([1]);
  world.workers.conductOf = () => "runs";
  world.rollBack();
  expect(images(world)).toEqual([old, old]);
});
