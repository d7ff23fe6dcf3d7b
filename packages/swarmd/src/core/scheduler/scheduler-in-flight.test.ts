import type { Node } from "@swarmkit/proto/types";
import { beforeEach, expect, test } from "vitest";
import { aNode, aService, aTask } from "../../testing/builders.ts";
import { ComponentHarness } from "../../testing/component-harness.ts";
import { Scheduler } from "./scheduler.ts";

let harness: ComponentHarness;

beforeEach(() => {
  harness = new ComponentHarness([new Scheduler()]);
  harness.create("node", aNode({ id: "node-1" }));
  harness.create("service", aService());
  harness.start();
});

/** Proposes a waiting task, and leaves its commit to the test. */
function proposeTask(id = "task-1"): void {
  const task = aTask({ id, specVersion: { index: 0 }, status: { state: "PENDING" } });
  harness.batch((store) => store.update((transaction) => void transaction.create("task", task)));
}

function proposeNode(parts: Partial<Node>): void {
  harness.batch((store) =>
    store.update((transaction) => {
      const node = transaction.get("node", "node-1");
      if (node !== undefined) transaction.update("node", { ...node, ...parts });
    }),
  );
}

test("a node whose removal is in flight gets no task: nobody would ever report on it", () => {
  proposeTask();
  harness.batch((store) =>
    store.update((transaction) => void transaction.remove("node", "node-1")),
  );
  harness.settle();
  expect(harness.get("task", "task-1")).toMatchObject({
    nodeId: "",
    status: { state: "PENDING", err: "no suitable node" },
  });
});

test("a node that is being drained gets no task while the change is in flight", () => {
  proposeTask();
  const { spec } = aNode({ spec: { availability: "DRAIN" } });
  proposeNode({ spec });
  harness.settle();
  expect(harness.get("task", "task-1").nodeId).toBe("");
  proposeNode({ spec: aNode().spec });
  harness.settle();
  expect(harness.get("task", "task-1").nodeId).toBe("node-1");
});

test("a waiting task that is given up in flight gets no node", () => {
  proposeNode({ spec: aNode({ spec: { availability: "DRAIN" } }).spec });
  proposeTask();
  harness.settle();
  proposeNode({ spec: aNode().spec });
  harness.batch((store) =>
    store.update((transaction) => {
      const task = transaction.get("task", "task-1");
      if (task !== undefined) transaction.update("task", { ...task, desiredState: "REMOVE" });
    }),
  );
  harness.settle();
  expect(harness.get("task", "task-1")).toMatchObject({ nodeId: "", status: { state: "PENDING" } });
  proposeTask("task-2");
  harness.settle();
  expect(harness.get("task", "task-2").nodeId).toBe("node-1");
});
