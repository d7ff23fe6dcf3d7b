import type { DeepPartial, RestartPolicy } from "@swarmkit/proto/types";
import { expect, test } from "vitest";
import { aStartedWorld, type OrchestrationWorld } from "../../../testing/orchestration-world.ts";

const second = 1_000;

/** One replica with this policy, on a swarm of two nodes. */
function aWorldWith(restart: DeepPartial<RestartPolicy> | undefined): OrchestrationWorld {
  return aStartedWorld(1, { nodes: 2, service: { task: { restart } } });
}

/** The one task that is wanted now ends. */
function endTask(world: OrchestrationWorld, state: "FAILED" | "COMPLETE" | "REJECTED"): void {
  const [task] = world.wanted();
  if (task === undefined) throw new Error("no task is wanted");
  world.report(task.id, state);
}

test.each(["FAILED", "COMPLETE", "REJECTED"] as const)(
  "a task without a policy that ends as %s is replaced after five seconds",
  (state) => {
    const world = aWorldWith(undefined);
    endTask(world, state);
    expect(world.summary()).toEqual([`1 SHUTDOWN/${state}`, "1 READY/READY"]);
    world.harness.advance(5 * second - 1);
    expect(world.wanted()[0]?.desiredState).toBe("READY");
    world.harness.advance(1);
    expect(world.summary()).toEqual([`1 SHUTDOWN/${state}`, "1 RUNNING/RUNNING"]);
  },
);

test("the delay is the policy's", () => {
  const world = aWorldWith({ condition: "ANY", delay: { seconds: 30 } });
  endTask(world, "FAILED");
  world.harness.advance(30 * second - 1);
  expect(world.wanted()[0]?.desiredState).toBe("READY");
  world.harness.advance(1);
  expect(world.wanted()[0]?.desiredState).toBe("RUNNING");
});

test("on-failure leaves a completed task alone until the spec changes", () => {
  const world = aWorldWith({ condition: "ON_FAILURE", delay: { seconds: 1 } });
  endTask(world, "FAILED");
  world.harness.advance(second);
  expect(world.wanted()).toHaveLength(1);
  endTask(world, "COMPLETE");
  world.harness.advance(60 * second);
  expect(world.wanted()).toEqual([]);
  world.updateSpec((spec) => ({ annotations: { ...spec.annotations, labels: { a: "b" } } }));
  expect(world.wanted()).toEqual([]);
  world.setImage("other:1");
  expect(world.wanted()).toMatchObject([{ slot: 1, status: { state: "RUNNING" } }]);
});

test.each([{ condition: "NONE" } as const, {}])(
  "a policy of %j never restarts, not even on a drained node",
  (restart) => {
    const world = aWorldWith(restart);
    endTask(world, "FAILED");
    world.harness.advance(60 * second);
    expect(world.summary()).toEqual(["1 SHUTDOWN/FAILED"]);
    world.setImage("other:1");
    world.setNode(world.wanted()[0]?.nodeId ?? "", { availability: "DRAIN" });
    expect(world.wanted()).toEqual([]);
  },
);

test("attempts are limited, and counted anew when the spec changes", () => {
  const world = aWorldWith({ condition: "ANY", delay: { seconds: 0 }, maxAttempts: 2 });
  for (const expected of [1, 1, 0]) {
    endTask(world, "FAILED");
    expect(world.wanted()).toHaveLength(expected);
  }
  world.setImage("other:1");
  for (const expected of [1, 1, 0]) {
    endTask(world, "FAILED");
    expect(world.wanted()).toHaveLength(expected);
  }
});

test("with a window, only the restarts within it count", () => {
  const world = aWorldWith({
    condition: "ANY",
    delay: { seconds: 0 },
    maxAttempts: 1,
    window: { seconds: 10 },
  });
  endTask(world, "FAILED");
  world.harness.advance(11 * second);
  endTask(world, "FAILED");
  expect(world.wanted()).toHaveLength(1);
  world.harness.advance(9 * second);
  endTask(world, "FAILED");
  expect(world.wanted()).toEqual([]);
});

test("a task that fails while its start is delayed is replaced when the delay is over", () => {
  const world = aWorldWith({ condition: "ANY", delay: { seconds: 5 } });
  endTask(world, "FAILED");
  endTask(world, "REJECTED");
  expect(world.tasks()).toHaveLength(2);
  world.harness.advance(5 * second);
  expect(world.summary()).toEqual(["1 SHUTDOWN/FAILED", "1 SHUTDOWN/REJECTED", "1 READY/READY"]);
  world.harness.advance(5 * second);
  expect(world.wanted()[0]?.desiredState).toBe("RUNNING");
});

test("a task whose node came back during the delay is started after all", () => {
  const world = aWorldWith({ condition: "ANY", delay: { seconds: 5 } });
  endTask(world, "FAILED");
  const [waiting] = world.wanted();
  world.setNode(waiting?.nodeId ?? "", { state: "DOWN" });
  world.setNode(waiting?.nodeId ?? "", { state: "READY" });
  world.harness.advance(5 * second);
  expect(world.wanted()).toMatchObject([{ id: waiting?.id, desiredState: "RUNNING" }]);
});

test("a predecessor that does not stop is waited for a minute, the delay included", () => {
  const world = aWorldWith({ condition: "ANY", delay: { seconds: 5 } });
  world.workers.conductOf = () => "never-stops";
  world.setNode(world.wanted()[0]?.nodeId ?? "", { availability: "DRAIN" });
  world.harness.advance(60 * second - 1);
  expect(world.wanted()[0]?.desiredState).toBe("READY");
  world.harness.advance(1);
  expect(world.wanted()[0]?.desiredState).toBe("RUNNING");
});

test.each(["down", "gone"])(
  "a predecessor is not waited for any more once its node is %s",
  (change) => {
    const world = aWorldWith(undefined);
    world.workers.conductOf = () => "never-stops";
    const nodeId = world.wanted()[0]?.nodeId ?? "";
    world.setNode(nodeId, { availability: "DRAIN" });
    expect(world.wanted()[0]?.desiredState).toBe("READY");
    if (change === "gone") world.harness.remove("node", nodeId);
    else world.setNode(nodeId, { state: "DOWN" });
    expect(world.wanted()[0]?.desiredState).toBe("RUNNING");
  },
);

test("a task that failed by itself is delayed although its node is lost afterwards", () => {
  const world = aWorldWith(undefined);
  const [task] = world.wanted();
  world.harness.batch((store) => {
    store.update((transaction) => {
      const node = transaction.get("node", task?.nodeId ?? "");
      const failed = transaction.get("task", task?.id ?? "");
      if (node === undefined || failed === undefined) throw new Error("nothing runs");
      transaction.update("node", { ...node, status: { ...node.status, state: "DOWN" } });
      transaction.update("task", { ...failed, status: { ...failed.status, state: "FAILED" } });
    });
  });
  world.harness.settle();
  expect(world.wanted()[0]?.desiredState).toBe("READY");
});

test("a failure that is reported twice before it commits leads to one successor", () => {
  const world = aWorldWith(undefined);
  const id = world.wanted()[0]?.id ?? "";
  for (const message of ["once", "twice"]) {
    world.harness.batch((store) => {
      store.update((transaction) => {
        const task = transaction.get("task", id);
        if (task === undefined) throw new Error("nothing runs");
        const status = { ...task.status, state: "FAILED", message } as const;
        transaction.update("task", { ...task, status });
      });
    });
  }
  world.harness.settle();
  expect(world.summary()).toEqual(["1 SHUTDOWN/FAILED", "1 READY/READY"]);
});

test("a removed service's delayed start never happens", () => {
  const world = aWorldWith(undefined);
  endTask(world, "FAILED");
  world.harness.remove("service", "service-1");
  world.harness.advance(60 * second);
  expect(world.summary()).toEqual(["1 REMOVE/FAILED", "1 REMOVE/SHUTDOWN"]);
});

test("a task whose node is drained during the delay is never told to run there", () => {
  const world = aWorldWith({ condition: "ANY", delay: { seconds: 5 } });
  endTask(world, "FAILED");
  const [waiting] = world.wanted();
  world.setNode(waiting?.nodeId ?? "", { availability: "DRAIN" });
  world.harness.advance(5 * second);
  const desires = world.harness.commits
    .flatMap((commit) => commit.events)
    .flatMap((event) => (event.table === "task" ? [event.object] : []))
    .filter((task) => task.id === waiting?.id)
    .map((task) => task.desiredState);
  expect(new Set(desires)).toEqual(new Set(["READY", "SHUTDOWN"]));
  expect(world.wanted()).toMatchObject([{ status: { state: "RUNNING" } }]);
});
