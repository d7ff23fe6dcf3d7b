import type { AssignmentChange, DeepPartial, Task } from "@swarmkit/proto/types";
import { describe, expect, test } from "vitest";
import { aTask, testEpoch } from "../../testing/builders.ts";
import type { ControllerCall } from "./call.ts";
import { callRetryDelayMs } from "./task-machine.ts";
import { tracesRetryDelayMs, Worker, type WorkerInput } from "./worker.ts";

/** A worker with what it said, one phrase per effect. */
class Play {
  readonly worker = new Worker();
  now = testEpoch;

  give(input: WorkerInput): string[] {
    return this.worker.step(input, this.now).flatMap((effect) => {
      switch (effect.type) {
        case "call":
          return `${effect.call} ${effect.taskId}`;
        case "store":
          return effect.stored.isAssigned ? [] : `unassign ${effect.stored.task.id}`;
        case "report":
          return `${effect.task.id} ${effect.task.status.state}`;
        case "cancel":
        case "forget":
        case "remove-orphan":
          return `${effect.type} ${effect.taskId}`;
        default:
          return effect.type;
      }
    });
  }

  complete(...changes: readonly AssignmentChange[]): string[] {
    return this.give({ type: "assignments", set: "COMPLETE", changes });
  }

  increment(...changes: readonly AssignmentChange[]): string[] {
    return this.give({ type: "assignments", set: "INCREMENTAL", changes });
  }

  finish(taskId: string, call: ControllerCall): string[] {
    return this.give({ type: "call-finished", taskId, call, outcome: { type: "done" } });
  }
}

function anAssigned(id: string, init: DeepPartial<Task> = {}): Task {
  return aTask({ id, status: { state: "ASSIGNED" }, ...init });
}

const update = (task: Task): AssignmentChange => ({ action: "UPDATE", assignment: { task } });
const remove = (id: string): AssignmentChange => ({
  action: "REMOVE",
  assignment: { task: aTask({ id }) },
});

describe("a complete set", () => {
  test("starts what is new, removes what is not in it, and looks for leftovers", () => {
    const play = new Play();
    play.complete(update(anAssigned("a")));
    expect(play.complete(update(anAssigned("b")))).toEqual([
      "prepare b",
      "b PREPARING",
      "unassign a",
      "cancel a",
      "list-traces",
    ]);
  });

  test("leaves alone what it names again", () => {
    const play = new Play();
    play.complete(update(anAssigned("a")));
    expect(play.complete(update(anAssigned("a")))).toEqual(["list-traces"]);
  });
});

describe("increments", () => {
  test("add and remove without touching the rest", () => {
    const play = new Play();
    play.complete(update(anAssigned("a")), update(anAssigned("b")));
    expect(play.increment(update(anAssigned("c")), remove("a"))).toEqual([
      "prepare c",
      "c PREPARING",
      "unassign a",
      "cancel a",
    ]);
  });

  test("that remove a task nobody knows clear what a crash may have left of it", () => {
    expect(new Play().increment(remove("gone"))).toEqual(["remove-orphan gone"]);
  });

  test("that assign a task again while it is being removed run it afresh", () => {
    const play = new Play();
    play.complete(update(anAssigned("a", { status: { state: "FAILED" } })));
    expect(play.increment(remove("a"))).toEqual(["unassign a", "remove a"]);
    expect(play.increment(update(anAssigned("a")))).toEqual([]);
    expect(play.finish("a", "remove")).toEqual(["forget a", "prepare a", "a PREPARING"]);
  });
});

describe("after a restart", () => {
  test("stored tasks go on, and those that were being removed are removed", () => {
    const tasks = [
      { task: anAssigned("a", { status: { state: "RUNNING" } }), isAssigned: true },
      { task: anAssigned("b", { status: { state: "RUNNING" } }), isAssigned: false },
    ];
    const effects = new Play().give({ type: "restore", tasks });
    expect(effects).toEqual(["wait a", "unassign b", "remove b"]);
  });

  test("the stored status counts for more than the manager's", () => {
    const play = new Play();
    const task = anAssigned("a", { status: { state: "RUNNING" } });
    play.give({ type: "restore", tasks: [{ task, isAssigned: true }] });
    expect(play.complete(update(anAssigned("a")))).toEqual(["list-traces"]);
    expect(play.worker.tasks().map(({ status }) => status.state)).toEqual(["RUNNING"]);
  });

  test("a task whose secret has not come yet waits for the first complete set", () => {
    const play = new Play();
    const task = aTask({
      id: "a",
      status: { state: "PREPARING" },
      spec: { container: { secrets: [{ secretId: "s1", secretName: "key" }] } },
    });
    expect(play.give({ type: "restore", tasks: [{ task, isAssigned: true }] })).toEqual([]);
    const secret = { id: "s1" } as NonNullable<AssignmentChange["assignment"]>["secret"];
    const changes: AssignmentChange[] = [
      update(task),
      { action: "UPDATE", assignment: { secret } },
    ];
    expect(play.complete(...changes)).toEqual(["prepare a", "list-traces"]);
  });
});

describe("dependencies", () => {
  test("that a complete set lacks reject the task with what is missing", () => {
    const play = new Play();
    const spec = { container: { configs: [{ configId: "c1", configName: "web.conf" }] } };
    const task = anAssigned("a", { spec });
    expect(play.complete(update(task))).toEqual(["a REJECTED", "list-traces"]);
    expect(play.worker.tasks()[0]?.status.err).toContain("config web.conf was not sent");
  });
});

describe("leftovers", () => {
  test("of unknown tasks are removed, of known ones kept", () => {
    const play = new Play();
    play.complete(update(anAssigned("a")));
    expect(play.give({ type: "traces-listed", taskIds: ["a", "b"] })).toEqual(["remove-orphan b"]);
  });

  test("are looked for again after a failure", () => {
    const play = new Play();
    play.give({ type: "traces-failed" });
    play.now += tracesRetryDelayMs;
    expect(play.worker.nextDeadline()).toBe(play.now);
    expect(play.give({ type: "tick" })).toEqual(["list-traces"]);
    expect(play.worker.nextDeadline()).toBeUndefined();
  });
});

describe("retries", () => {
  test("come when the earliest of all tasks' deadlines has passed", () => {
    const play = new Play();
    play.complete(update(anAssigned("a")), update(anAssigned("b")));
    const outcome = { type: "failed", message: "away", isRetryable: true } as const;
    play.give({ type: "call-finished", taskId: "b", call: "prepare", outcome });
    expect(play.worker.nextDeadline()).toBe(testEpoch + callRetryDelayMs);
    play.now += callRetryDelayMs;
    expect(play.give({ type: "tick" })).toEqual(["prepare b"]);
  });
});

describe("leaving", () => {
  test("removes every task, is told when that is done, and takes no more", () => {
    const play = new Play();
    play.complete(update(anAssigned("a", { status: { state: "FAILED" } })));
    expect(play.give({ type: "leave" })).toEqual(["unassign a", "remove a"]);
    expect(play.increment(update(anAssigned("b")))).toEqual([]);
    expect(play.finish("a", "remove")).toEqual(["forget a", "left"]);
  });

  test("is done at once without tasks", () => {
    expect(new Play().give({ type: "leave" })).toEqual(["left"]);
  });
});
