import { describe, expect, it } from "vitest";
import { aNode, aTask, testEpoch } from "../../testing/builders.ts";
import { DispatcherWorld } from "../../testing/dispatcher-world.ts";
import type { ReadView } from "../store/types.ts";
import type { SessionCall } from "./effects.ts";
import { sessionsMax, statusUpdatesMax } from "./limits.ts";
import { SessionTable } from "./session-table.ts";
import { TaskStatusQueue } from "./task-status-queue.ts";

const now = { seconds: testEpoch / 1000, nanos: 0 };

function started(): { readonly world: DispatcherWorld; readonly call: SessionCall } {
  const world = new DispatcherWorld();
  world.harness.create("node", aNode());
  world.harness.create(
    "task",
    aTask({ nodeId: "node-1", status: { state: "ASSIGNED" } }),
    aTask({ id: "task-2", nodeId: "node-1", status: { state: "ASSIGNED" } }),
    aTask({ id: "foreign", nodeId: "node-2", status: { state: "ASSIGNED" } }),
  );
  world.harness.start();
  return { world, call: { nodeId: "node-1", sessionId: world.register("node-1") } };
}

function stateOf(world: DispatcherWorld, taskId = "task-1"): string {
  return world.harness.get("task", taskId).status.state;
}

describe("task status", () => {
  it("is written at once after quiet, with the leader and its time", () => {
    const { world, call } = started();
    expect(world.report(call, "task-1", { state: "RUNNING", message: "started" })).toEqual({
      ok: true,
      value: undefined,
    });
    expect(world.harness.get("task", "task-1").status).toMatchObject({
      state: "RUNNING",
      message: "started",
      appliedBy: "leader-1",
      appliedAt: now,
    });
  });

  it("what follows quickly is merged per task and written a little later", () => {
    const { world, call } = started();
    world.report(call, "task-1", { state: "ACCEPTED" });
    const writes = world.harness.commits.length;
    world.report(call, "task-1", { state: "PREPARING" });
    world.report(call, "task-1", { state: "STARTING" });
    world.report(call, "task-2", { state: "ACCEPTED" });
    expect(stateOf(world)).toBe("ACCEPTED");
    world.harness.advance(5);
    expect([stateOf(world), stateOf(world, "task-2")]).toEqual(["STARTING", "ACCEPTED"]);
    expect(world.harness.commits.length).toBe(writes + 1);
  });

  it("never goes back, neither in the store nor among what waits", () => {
    const { world, call } = started();
    world.report(call, "task-1", { state: "RUNNING" });
    world.report(call, "task-1", { state: "STARTING" });
    world.report(call, "task-2", { state: "RUNNING" });
    world.report(call, "task-2", { state: "PREPARING" });
    world.harness.advance(1000);
    expect([stateOf(world), stateOf(world, "task-2")]).toEqual(["RUNNING", "RUNNING"]);
  });

  it("the same report again, or a state from the future, writes nothing", () => {
    const { world, call } = started();
    world.report(call, "task-1", { state: "RUNNING", message: "started" });
    const writes = world.harness.commits.length;
    world.harness.advance(1000);
    world.report(call, "task-1", { state: "RUNNING", message: "started" });
    world.harness.advance(1000);
    world.report(call, "task-1", { state: "#999" as "RUNNING" });
    world.harness.advance(1000);
    expect(world.harness.commits.length).toBe(writes);
  });
});

describe("reports that are refused, in part or in whole", () => {
  it("another node's task spoils the whole report", () => {
    const { world, call } = started();
    const { status } = aTask({ status: { state: "RUNNING" } });
    const updates = [
      { taskId: "task-1", status },
      { taskId: "foreign", status },
    ];
    const outcome = world.call((store) =>
      world.dispatcher.updateTaskStatus({ ...call, updates }, store, world.harness.now),
    );
    expect(outcome).toEqual({
      ok: false,
      code: "permission-denied",
      message: "cannot update a task not assigned this node",
    });
    world.harness.advance(1000);
    expect(stateOf(world)).toBe("ASSIGNED");
  });

  it("tasks that are gone, and updates without a status, are passed over", () => {
    const { world, call } = started();
    const { status } = aTask({ status: { state: "RUNNING" } });
    const updates = [
      { taskId: "gone", status },
      { taskId: "task-2" },
      { taskId: "task-1", status },
    ];
    const outcome = world.call((store) =>
      world.dispatcher.updateTaskStatus({ ...call, updates }, store, world.harness.now),
    );
    expect(outcome.ok).toBe(true);
    expect([stateOf(world), stateOf(world, "task-2")]).toEqual(["RUNNING", "ASSIGNED"]);
  });

  it("a task that is removed while its status waits is left alone", () => {
    const { world, call } = started();
    world.report(call, "task-2", { state: "ACCEPTED" });
    world.report(call, "task-1", { state: "ACCEPTED" });
    world.harness.remove("task", "task-1");
    world.harness.advance(1000);
    expect(world.harness.view.get("task", "task-1")).toBeUndefined();
  });

  it("without a session is refused", () => {
    const { world, call } = started();
    expect(world.report({ ...call, nodeId: "node-2" }, "foreign", {})).toMatchObject({
      code: "not-found",
      message: "node not registered",
    });
    expect(world.report({ ...call, sessionId: "" }, "task-1", {})).toMatchObject({
      code: "invalid-argument",
      message: "session invalid",
    });
  });
});

describe("bounds", () => {
  it("a full queue does not wait", () => {
    const { status } = aTask({ status: { state: "RUNNING" } });
    const world = new DispatcherWorld();
    world.harness.create("task", aTask({ nodeId: "node-1" }));
    const task = world.harness.get("task", "task-1");
    const view = { ...world.harness.view, get: () => task } as unknown as ReadView;
    const queue = new TaskStatusQueue("leader-1");
    const add = (count: number, from: number): void => {
      const updates = Array.from({ length: count }, (_, index) => ({
        taskId: `${from + index}`,
        status,
      }));
      queue.add({ nodeId: "node-1", sessionId: "any", updates }, view);
    };
    add(1, 0);
    world.harness.batch((store) => queue.flush(store, testEpoch));
    add(statusUpdatesMax - 1, 1);
    expect(queue.flushAt).toBeGreaterThan(testEpoch);
    add(1, 0);
    expect(queue.flushAt).toBeLessThan(testEpoch);
  });

  it("there is a largest number of sessions; nodes that have one may still register", () => {
    let nextId = 0;
    const sessions = new SessionTable({ ids: () => `session-${nextId++}`, prng: () => 0.5 });
    for (let index = 0; index < sessionsMax; index += 1) sessions.register(`node-${index}`, 0);
    expect(sessions.register("one-more", 0)).toMatchObject({ code: "resource-exhausted" });
    expect(sessions.register("node-0", 0).ok).toBe(true);
    sessions.end("node-1");
    expect(sessions.register("one-more", 0).ok).toBe(true);
  });
});
