import { getCodec } from "@swarmkit/proto";
import type { AssignmentsMessage, DeepPartial, Task } from "@swarmkit/proto/types";
import { describe, expect, it } from "vitest";
import { aNode, aTask } from "../../testing/builders.ts";
import { DispatcherWorld } from "../../testing/dispatcher-world.ts";
import { assignmentChangesMax } from "./limits.ts";

class Agent {
  readonly world = new DispatcherWorld();
  readonly sessionId: string;

  constructor() {
    this.world.harness.create("node", aNode(), aNode({ id: "node-2" }));
    this.world.harness.start();
    this.sessionId = this.world.register("node-1");
  }

  open(): number {
    return this.world.openAssignments("node-1", this.sessionId);
  }

  /** Adds tasks of this node. */
  add(...tasks: readonly DeepPartial<Task>[]): void {
    const all = tasks.map((init) => aTask({ nodeId: "node-1", ...init }));
    this.world.harness.create("task", ...all);
  }

  setState(taskId: string, state: Task["status"]["state"]): void {
    const { status } = this.world.harness.get("task", taskId);
    this.world.harness.patch("task", taskId, { status: { ...status, state } });
  }

  /** Assignment messages since the last call. */
  take(): readonly AssignmentsMessage[] {
    return this.world.take().flatMap((effect) => {
      return effect.kind === "assignments-message" ? [effect.message] : [];
    });
  }

  /** Changes of the messages since the last call, as `UPDATE task ID`. */
  takeChanges(): readonly string[] {
    return this.take().flatMap(({ changes }) =>
      changes.map(({ action, assignment }) => {
        const [[kind, object] = []] = Object.entries(assignment ?? {});
        return `${action} ${kind} ${(object as { id: string }).id}`;
      }),
    );
  }
}

function assigned(id: string, init: DeepPartial<Task> = {}): DeepPartial<Task> {
  return { id, status: { state: "ASSIGNED" }, ...init };
}

function aSecret(id: string, driver?: string) {
  const spec = {
    annotations: { name: id },
    ...(driver === undefined ? {} : { driver: { name: driver } }),
  };
  return getCodec("Secret").create({ id, spec });
}

function aConfig(id: string) {
  return getCodec("Config").create({ id, spec: { annotations: { name: id } } });
}

function needing(secretIds: readonly string[], configIds: readonly string[] = []) {
  return {
    spec: {
      container: {
        secrets: secretIds.map((secretId) => ({ secretId })),
        configs: configIds.map((configId) => ({ configId })),
      },
    },
  };
}

describe("the first message", () => {
  it("is COMPLETE even when it is empty", () => {
    const agent = new Agent();
    const streamId = agent.open();
    expect(agent.world.take()).toEqual([
      {
        kind: "assignments-message",
        streamId,
        message: { type: "COMPLETE", appliesTo: "", resultsIn: "1", changes: [] },
      },
    ]);
  });

  it("has this node's tasks from ASSIGNED on, in order", () => {
    const agent = new Agent();
    agent.add(
      { id: "d", status: { state: "FAILED" } },
      { id: "b", status: { state: "RUNNING" } },
      { id: "a", status: { state: "PENDING" } },
      assigned("c"),
      assigned("other", { nodeId: "node-2" }),
    );
    agent.open();
    expect(agent.takeChanges()).toEqual(["UPDATE task b", "UPDATE task c", "UPDATE task d"]);
  });

  it("needs the session's id", () => {
    const agent = new Agent();
    agent.world.openAssignments("node-1", "");
    agent.world.openAssignments("node-2", agent.sessionId);
    expect(agent.world.take()).toMatchObject([
      { kind: "close", code: "invalid-argument", message: "session invalid" },
      { kind: "close", code: "not-found", message: "node not registered" },
    ]);
  });

  it("of a second stream ends the first", () => {
    const agent = new Agent();
    const first = agent.open();
    agent.take();
    const second = agent.open();
    expect(agent.world.take()).toMatchObject([
      { kind: "close", streamId: first, code: "aborted" },
      {
        kind: "assignments-message",
        streamId: second,
        message: { type: "COMPLETE", appliesTo: "" },
      },
    ]);
    agent.world.dispatcher.closeStream(first);
    agent.world.harness.advance(1000);
    agent.add(assigned("a"));
    expect(agent.world.take()).toMatchObject([{ streamId: second }]);
  });
});

describe("increments", () => {
  it("chain by decimal numbers", () => {
    const agent = new Agent();
    agent.open();
    for (const id of ["a", "b"]) {
      agent.world.harness.advance(1000);
      agent.add(assigned(id));
    }
    expect(agent.take()).toMatchObject([
      { type: "COMPLETE", appliesTo: "", resultsIn: "1" },
      { type: "INCREMENTAL", appliesTo: "1", resultsIn: "2" },
      { type: "INCREMENTAL", appliesTo: "2", resultsIn: "3" },
    ]);
  });

  it("say nothing of a task before it is ASSIGNED", () => {
    const agent = new Agent();
    agent.open();
    agent.take();
    agent.add({ id: "a", status: { state: "NEW" } });
    agent.setState("a", "PENDING");
    agent.world.harness.advance(1000);
    expect(agent.take()).toEqual([]);
    agent.setState("a", "ASSIGNED");
    agent.world.harness.advance(1000);
    expect(agent.takeChanges()).toEqual(["UPDATE task a"]);
  });

  it("do not echo what the agent reports, but tell what others want", () => {
    const agent = new Agent();
    agent.add(assigned("a"));
    agent.open();
    agent.take();
    agent.setState("a", "RUNNING");
    agent.world.harness.advance(1000);
    expect(agent.take()).toEqual([]);
    agent.world.harness.patch("task", "a", { desiredState: "SHUTDOWN" });
    agent.world.harness.advance(1000);
    expect(agent.takeChanges()).toEqual(["UPDATE task a"]);
    agent.setState("a", "SHUTDOWN");
    agent.world.harness.advance(1000);
    expect(agent.take()).toEqual([]);
  });

  it("tell of any change while the task is still ASSIGNED", () => {
    const agent = new Agent();
    agent.add(assigned("a"));
    agent.open();
    agent.take();
    const { status } = agent.world.harness.get("task", "a");
    agent.world.harness.patch("task", "a", { status: { ...status, message: "again" } });
    agent.world.harness.advance(1000);
    expect(agent.takeChanges()).toEqual(["UPDATE task a"]);
  });

  it("a commit that the committed state was ahead of tells nothing twice", () => {
    const agent = new Agent();
    agent.add(assigned("a"));
    agent.open();
    agent.world.harness.patch("node", "node-1", { role: "MANAGER" });
    agent.world.take();
    const { commits, view, now } = agent.world.harness;
    for (const commit of commits.slice(-2)) {
      agent.world.record(agent.world.dispatcher.handle(commit, view, now + 1000));
    }
    expect(agent.world.take()).toEqual([]);
  });

  it("a removed task is named by its id alone", () => {
    const agent = new Agent();
    agent.add(assigned("a"));
    agent.open();
    agent.take();
    agent.world.harness.remove("task", "a");
    agent.world.harness.advance(1000);
    const [message] = agent.take();
    expect(message?.changes).toMatchObject([
      { action: "REMOVE", assignment: { task: { id: "a" } } },
    ]);
    const codec = getCodec("Task");
    const removed = message?.changes[0]?.assignment?.task ?? aTask();
    expect(codec.decode(codec.encode(removed))).toEqual(codec.create({ id: "a" }));
  });
});

describe("batches", () => {
  it("a change after quiet goes at once, and what follows is gathered", () => {
    const agent = new Agent();
    agent.open();
    agent.world.harness.advance(1000);
    agent.take();
    agent.add(assigned("a"));
    expect(agent.takeChanges()).toEqual(["UPDATE task a"]);
    agent.add(assigned("b"));
    agent.add(assigned("c"));
    agent.setState("c", "RUNNING");
    agent.add(assigned("d"));
    agent.world.harness.remove("task", "d");
    expect(agent.take()).toEqual([]);
    agent.world.harness.advance(5);
    expect(agent.take()).toMatchObject([
      {
        changes: [
          { action: "UPDATE", assignment: { task: { id: "b" } } },
          { action: "UPDATE", assignment: { task: { id: "c", status: { state: "RUNNING" } } } },
        ],
      },
    ]);
    agent.world.harness.advance(1000);
    expect(agent.take()).toEqual([]);
  });

  it("the wait grows with what is sent, up to a tenth of a second", () => {
    const agent = new Agent();
    agent.open();
    agent.world.harness.advance(1000);
    agent.add(...Array.from({ length: 150 }, (_, index) => assigned(`first-${index}`)));
    agent.take();
    agent.add(assigned("second"));
    agent.world.harness.advance(99);
    expect(agent.take()).toEqual([]);
    agent.world.harness.advance(1);
    expect(agent.takeChanges()).toEqual(["UPDATE task second"]);
  });

  it("a full batch does not wait", () => {
    const agent = new Agent();
    agent.open();
    agent.take();
    const tasks = Array.from({ length: assignmentChangesMax }, (_, index) =>
      assigned(`t-${index}`),
    );
    agent.add(...tasks.slice(1));
    expect(agent.take()).toEqual([]);
    agent.add(...tasks.slice(0, 1));
    expect(agent.takeChanges().length).toBe(assignmentChangesMax);
  });
});

describe("secrets and configs", () => {
  it("come before their task, once, and only what there is and is not a driver's", () => {
    const agent = new Agent();
    agent.world.harness.create("secret", aSecret("s1"), aSecret("s2", "vault"));
    agent.world.harness.create("config", aConfig("c1"));
    agent.add(assigned("a", needing(["s1", "s1", "s2", "missing"], ["c1"])));
    agent.open();
    expect(agent.takeChanges()).toEqual(["UPDATE secret s1", "UPDATE config c1", "UPDATE task a"]);
    agent.world.harness.advance(1000);
    const resourceReferences = [{ resourceId: "s1", resourceType: "SECRET" } as const];
    agent.add(assigned("b", { spec: { resourceReferences } }));
    expect(agent.takeChanges()).toEqual(["UPDATE task b"]);
  });

  it("are not sent for a task that has ended", () => {
    const agent = new Agent();
    agent.world.harness.create("secret", aSecret("s1"));
    agent.add({ id: "a", status: { state: "FAILED" }, ...needing(["s1"]) });
    agent.open();
    expect(agent.takeChanges()).toEqual(["UPDATE task a"]);
  });

  it("are removed when the last task that needs them has ended or is gone", () => {
    const agent = new Agent();
    agent.world.harness.create("secret", aSecret("s1"), aSecret("s2"));
    agent.add(assigned("a", needing(["s1", "s2"])), assigned("b", needing(["s2"])));
    agent.open();
    agent.take();
    agent.setState("a", "COMPLETE");
    agent.world.harness.advance(1000);
    expect(agent.takeChanges()).toEqual(["REMOVE secret s1"]);
    agent.world.harness.remove("task", "a");
    agent.world.harness.advance(1000);
    expect(agent.takeChanges()).toEqual(["REMOVE task a"]);
    agent.world.harness.remove("task", "b");
    agent.world.harness.advance(1000);
    expect(agent.takeChanges()).toEqual(["REMOVE task b", "REMOVE secret s2"]);
  });

  it("stay when one task hands them to another in the same message", () => {
    const agent = new Agent();
    agent.world.harness.create("secret", aSecret("s1"));
    agent.add(assigned("a", needing(["s1"])));
    agent.open();
    agent.take();
    agent.world.harness.remove("task", "a");
    agent.add(assigned("b", needing(["s1"])));
    agent.world.harness.advance(1000);
    expect(agent.takeChanges()).toEqual(["UPDATE task b", "REMOVE task a"]);
  });

  it("their own changes cause no message", () => {
    const agent = new Agent();
    agent.world.harness.create("secret", aSecret("s1"));
    agent.add(assigned("a", needing(["s1"])));
    agent.open();
    agent.take();
    agent.world.harness.patch("secret", "s1", { internal: true });
    agent.world.harness.remove("secret", "s1");
    agent.world.harness.advance(1000);
    expect(agent.take()).toEqual([]);
  });
});
