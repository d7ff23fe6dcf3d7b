import type { DeepPartial, Node, Task } from "@swarmkit/proto/types";
import { describe, expect, it } from "vitest";
import { aNode, aService, aTask } from "../../testing/builders.ts";
import { ComponentHarness } from "../../testing/component-harness.ts";
import { isTerminal } from "../model/task-state.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler.ts";

function started(nodes: readonly Node[], options: SchedulerOptions = {}): ComponentHarness {
  const harness = new ComponentHarness([new Scheduler(options)]);
  harness.create("node", ...nodes);
  harness.create("service", aService({ specVersion: { index: 1 } }));
  harness.start();
  return harness;
}

/** Waiting tasks `PREFIX-1`..`PREFIX-N` of one service. */
function waiting(count: number, init: DeepPartial<Task> = {}, prefix = "task"): readonly Task[] {
  return Array.from({ length: count }, (_, position) =>
    aTask({
      id: `${prefix}-${String(position + 1).padStart(2, "0")}`,
      slot: position + 1,
      specVersion: { index: 1 },
      ...init,
      status: { state: "PENDING", message: "pending task scheduling", ...init.status },
    }),
  );
}

function nodes(count: number, init: DeepPartial<Node> = {}): readonly Node[] {
  return Array.from({ length: count }, (_, position) =>
    aNode({ id: `node-${position + 1}`, ...init }),
  );
}

/** Number of live tasks by node, "" for those without one. */
function spread(harness: ComponentHarness, prefix = ""): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const task of harness.view.find("task", { by: "id-prefix", prefix })) {
    if (isTerminal(task.status.state)) continue;
    counts[task.nodeId] = (counts[task.nodeId] ?? 0) + 1;
  }
  return counts;
}

function end(harness: ComponentHarness, taskId: string, state: Task["status"]["state"]): void {
  const { status } = harness.get("task", taskId);
  harness.patch("task", taskId, { status: { ...status, state } });
}

describe("placement", () => {
  it("a waiting task becomes ASSIGNED in the commit that brings it", () => {
    const harness = started(nodes(1));
    harness.create("task", ...waiting(1));
    expect(harness.get("task", "task-01")).toMatchObject({
      nodeId: "node-1",
      status: { state: "ASSIGNED", message: "scheduler assigned task to node", err: "" },
    });
  });

  it("spreads a service over the nodes, and later tasks over the emptier ones", () => {
    const harness = started(nodes(3));
    harness.create("task", ...waiting(6));
    expect(spread(harness)).toEqual({ "node-1": 2, "node-2": 2, "node-3": 2 });
    harness.create("node", aNode({ id: "node-4" }));
    harness.create("task", ...waiting(2, {}, "more"));
    expect(spread(harness, "more")).toEqual({ "node-4": 2 });
  });

  it("a service's own balance counts more than the total load", () => {
    const harness = started(nodes(2));
    harness.create("service", aService({ id: "other", spec: { annotations: { name: "other" } } }));
    harness.create("task", ...waiting(5, { serviceId: "other", nodeId: "node-1" }, "other"));
    harness.create("task", ...waiting(1, { nodeId: "node-2" }, "own"));
    harness.create("task", ...waiting(3));
    expect(spread(harness, "task")).toEqual({ "node-1": 2, "node-2": 1 });
  });

  it("takes up at its start what waits and what runs already", () => {
    const harness = new ComponentHarness([new Scheduler()]);
    harness.create("node", ...nodes(2));
    harness.create("service", aService());
    harness.create(
      "task",
      ...waiting(1, { nodeId: "node-1", status: { state: "RUNNING" } }, "old"),
    );
    harness.create(
      "task",
      ...waiting(1, { nodeId: "node-2", status: { state: "FAILED" } }, "dead"),
    );
    harness.create("task", ...waiting(1));
    harness.start();
    expect(harness.get("task", "task-01").nodeId).toBe("node-2");
  });

  it("leaves alone tasks that are not wanted any more, and tasks that are still NEW", () => {
    const harness = started(nodes(1));
    harness.create("task", ...waiting(1, { desiredState: "SHUTDOWN" }, "a"));
    harness.create("task", ...waiting(1, { desiredState: "REMOVE" }, "b"));
    harness.create("task", ...waiting(1, { status: { state: "NEW" } }, "c"));
    expect(spread(harness)).toEqual({ "": 3 });
  });

  it("tasks without a spec version are placed one by one", () => {
    const harness = started(nodes(2));
    harness.create("task", ...waiting(4, { specVersion: undefined }));
    expect(spread(harness)).toEqual({ "node-1": 2, "node-2": 2 });
  });

  it("with a debounce it waits for quiet, but not for ever", () => {
    const harness = started(nodes(1), { debounceMs: 50, latencyMsMax: 100 });
    harness.create("task", ...waiting(1, {}, "a"));
    harness.advance(49);
    expect(spread(harness)).toEqual({ "": 1 });
    harness.create("task", ...waiting(1, {}, "b"));
    harness.advance(49);
    harness.create("task", ...waiting(1, {}, "c"));
    expect(spread(harness)).toEqual({ "": 3 });
    harness.advance(2);
    expect(spread(harness)).toEqual({ "node-1": 3 });
  });

  it("does not count twice what is proposed and not yet committed", () => {
    const [first] = nodes(1, { description: { resources: { nanoCpus: 2e9 } } });
    const harness = started(first === undefined ? [] : [first]);
    const reservation = { spec: { resources: { reservations: { nanoCpus: 1e9 } } } };
    harness.batch((store) => {
      for (const task of waiting(2, reservation)) {
        store.update((transaction) => transaction.create("task", task));
      }
    });
    // The scheduler has decided; then comes a commit that knows nothing of it.
    harness.commitNext();
    harness.batch((store) => {
      store.update((transaction) =>
        transaction.create("task", waiting(1, reservation, "z")[0] as Task),
      );
    });
    harness.settle();
    expect(spread(harness)).toEqual({ "": 1, "node-1": 2 });
  });
});

describe("nodes", () => {
  it("none ready: the task waits and says so; it goes to the first that becomes ready", () => {
    const harness = started(nodes(2, { status: { state: "DOWN" } }));
    harness.create("task", ...waiting(1));
    expect(harness.get("task", "task-01").status).toMatchObject({
      state: "PENDING",
      message: "pending task scheduling",
      err: "no suitable node (2 nodes not available for new tasks)",
    });
    harness.patch("node", "node-2", { status: aNode().status });
    expect(harness.get("task", "task-01")).toMatchObject({
      nodeId: "node-2",
      status: { state: "ASSIGNED", err: "" },
    });
  });

  it("without any node the task says only that there is none", () => {
    const harness = started([]);
    harness.create("task", ...waiting(1));
    expect(harness.get("task", "task-01").status.err).toBe("no suitable node");
    harness.create("node", aNode());
    expect(harness.get("task", "task-01").nodeId).toBe("node-1");
  });

  it.each(["PAUSE", "DRAIN"] as const)("a node in %s receives no new tasks", (availability) => {
    const harness = started([aNode(), aNode({ id: "node-2", spec: { availability } })]);
    harness.create("task", ...waiting(2));
    expect(spread(harness)).toEqual({ "node-1": 2 });
  });

  it("a removed node receives no new tasks", () => {
    const harness = started(nodes(2));
    harness.remove("node", "node-1");
    harness.create("task", ...waiting(2));
    expect(spread(harness)).toEqual({ "node-2": 2 });
  });

  it("an explanation follows the nodes, though not more than once a second", () => {
    const harness = started(nodes(3, { status: { state: "DOWN" } }));
    harness.create("task", ...waiting(1));
    harness.remove("node", "node-3");
    harness.create("node", aNode({ id: "node-4", spec: { availability: "DRAIN" } }));
    harness.remove("node", "node-2");
    harness.remove("node", "node-4");
    const writes = harness.commits.length;
    expect(harness.get("task", "task-01").status.err).toContain("3 nodes");
    harness.advance(1000);
    expect(harness.get("task", "task-01").status.err).toBe(
      "no suitable node (1 node not available for new tasks)",
    );
    expect(harness.commits.length).toBe(writes + 1);
  });

  it("after five failures in five minutes the others come first", () => {
    const harness = started(nodes(2));
    harness.create(
      "task",
      ...waiting(4, { nodeId: "node-2", status: { state: "RUNNING" } }, "busy"),
    );
    for (let round = 1; round <= 5; round += 1) {
      harness.create("task", ...waiting(1, {}, `try-${round}`));
      expect(harness.get("task", `try-${round}-01`).nodeId).toBe("node-1");
      end(harness, `try-${round}-01`, round % 2 === 0 ? "REJECTED" : "FAILED");
    }
    harness.create("task", ...waiting(1, {}, "sixth"));
    expect(harness.get("task", "sixth-01").nodeId).toBe("node-2");
    // Another spec version starts with a clean slate, and so does everything after the window.
    harness.create("task", ...waiting(1, { specVersion: { index: 2 } }, "newer"));
    expect(harness.get("task", "newer-01").nodeId).toBe("node-1");
    harness.advance(5 * 60 * 1000);
    harness.create("task", ...waiting(1, {}, "later"));
    expect(harness.get("task", "later-01").nodeId).toBe("node-1");
  });

  it("a faulty node is still taken when there is no other", () => {
    const harness = started(nodes(1));
    for (let round = 1; round <= 6; round += 1) {
      harness.create("task", ...waiting(1, {}, `try-${round}`));
      expect(harness.get("task", `try-${round}-01`).nodeId).toBe("node-1");
      end(harness, `try-${round}-01`, "FAILED");
    }
  });
});

describe("waiting tasks", () => {
  it("are dropped with their service", () => {
    const harness = started([]);
    harness.create("task", ...waiting(2));
    harness.remove("service", "service-1");
    harness.create("node", aNode());
    expect(spread(harness)).toEqual({ "": 2 });
  });

  it("one of an older spec version that is not wanted any more is shut down", () => {
    const harness = started([]);
    harness.create("task", ...waiting(2));
    harness.patch("service", "service-1", { specVersion: { index: 2 } });
    harness.patch("task", "task-01", { desiredState: "SHUTDOWN" });
    expect(harness.get("task", "task-01").status).toMatchObject({ state: "SHUTDOWN", err: "" });
    expect(harness.get("task", "task-02").status.state).toBe("PENDING");
  });

  it("one of the newest spec version that is not wanted any more stays as it is", () => {
    const harness = started([]);
    harness.create("task", ...waiting(1));
    harness.patch("task", "task-01", { desiredState: "SHUTDOWN" });
    expect(harness.get("task", "task-01").status.state).toBe("PENDING");
  });

  it("are written to once when nothing changes", () => {
    const harness = started(nodes(1, { status: { state: "DOWN" } }));
    harness.create("task", ...waiting(1));
    const writes = harness.commits.length;
    harness.create("service", aService({ id: "other", spec: { annotations: { name: "other" } } }));
    harness.patch("node", "node-1", { role: "MANAGER" });
    harness.advance(60_000);
    expect(harness.commits.length).toBe(writes + 2);
  });

  it("one that joins a blocked group hears why", () => {
    const harness = started(nodes(1, { status: { state: "DOWN" } }));
    harness.create("task", ...waiting(1, {}, "first"));
    harness.create("task", ...waiting(1, {}, "second"));
    harness.advance(1000);
    expect(harness.get("task", "second-01").status.err).toBe(
      harness.get("task", "first-01").status.err,
    );
  });
});

describe("preassigned tasks", () => {
  const global = aService({ id: "global", spec: { annotations: { name: "global" }, global: {} } });

  it("are confirmed on their own node", () => {
    const harness = started(nodes(2));
    harness.create("service", global);
    harness.create("task", ...waiting(1, { serviceId: "global", slot: 0, nodeId: "node-2" }));
    expect(harness.get("task", "task-01")).toMatchObject({
      nodeId: "node-2",
      status: {
        state: "ASSIGNED",
        message: "scheduler confirmed task can run on preassigned node",
      },
    });
  });

  it("wait with an explanation until their node can take them", () => {
    const harness = started([aNode(), aNode({ id: "node-2", spec: { availability: "PAUSE" } })]);
    harness.create("service", global);
    harness.create("task", ...waiting(1, { serviceId: "global", slot: 0, nodeId: "node-2" }));
    expect(harness.get("task", "task-01")).toMatchObject({
      nodeId: "node-2",
      status: { state: "PENDING", err: "1 node not available for new tasks" },
    });
    const node = harness.get("node", "node-2");
    harness.patch("node", "node-2", { spec: { ...node.spec, availability: "ACTIVE" } });
    expect(harness.get("task", "task-01").status).toMatchObject({ state: "ASSIGNED", err: "" });
  });

  it("go before the others", () => {
    const harness = new ComponentHarness([new Scheduler()]);
    const resources = { reservations: { nanoCpus: 4e9 } };
    harness.create("node", ...nodes(1));
    harness.create("service", aService(), global);
    harness.create("task", ...waiting(1, { spec: { resources } }, "a"));
    harness.create(
      "task",
      ...waiting(1, { serviceId: "global", nodeId: "node-1", spec: { resources } }, "b"),
    );
    harness.start();
    expect(harness.get("task", "b-01").status.state).toBe("ASSIGNED");
    expect(harness.get("task", "a-01").status.err).toBe(
      "no suitable node (insufficient resources on 1 node)",
    );
  });

  it("their failures are not held against the node", () => {
    const harness = started(nodes(1));
    harness.create("service", global);
    const init = { serviceId: "global", nodeId: "node-1" };
    for (let round = 1; round <= 5; round += 1) {
      harness.create("task", ...waiting(1, init, `try-${round}`));
      end(harness, `try-${round}-01`, "FAILED");
    }
    harness.create("node", aNode({ id: "node-2" }));
    harness.create("task", ...waiting(1, { serviceId: "global" }));
    expect(harness.get("task", "task-01").nodeId).toBe("node-1");
  });
});
