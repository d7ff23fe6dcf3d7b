import type { DeepPartial, Task, TaskState } from "@swarmkit/proto/types";
import { describe, expect, test } from "vitest";
import { aTask, testEpoch } from "../../testing/builders.ts";
import type { CallOutcome, ControllerCall } from "./call.ts";
import type { DependencyState } from "./dependencies.ts";
import { callRetryDelayMs, type TaskInput, TaskMachine } from "./task-machine.ts";

const done: CallOutcome = { type: "done" };
const ended = (exitCode: number): CallOutcome => ({ type: "done", exit: { exitCode } });
const refused = (message: string): CallOutcome => ({ type: "failed", message, isRetryable: false });
const unavailable: CallOutcome = { type: "failed", message: "engine away", isRetryable: true };

/** A machine with what it said, one word per effect: call names, states in capitals. */
class Play {
  readonly machine: TaskMachine;
  now = testEpoch;
  dependencies: DependencyState = { type: "present" };

  constructor(init: DeepPartial<Task> = {}) {
    const task = aTask({ desiredState: "RUNNING", status: { state: "ASSIGNED" }, ...init });
    this.machine = new TaskMachine(task, () => this.dependencies);
  }

  give(input: TaskInput): string {
    const words = this.machine.step(input, this.now).flatMap((effect) => {
      if (effect.type === "call") return effect.call;
      if (effect.type === "report") return effect.status.state;
      return effect.type === "store" ? [] : effect.type;
    });
    return words.join(" ");
  }

  resume(): string {
    return this.give({ type: "resume" });
  }

  finish(call: ControllerCall, outcome: CallOutcome = done): string {
    return this.give({ type: "call-finished", call, outcome });
  }

  want(desiredState: TaskState): string {
    return this.give({ type: "update", task: { ...this.machine.task, desiredState } });
  }

  pass(durationMs: number): string {
    this.now += durationMs;
    return this.give({ type: "tick" });
  }
}

describe("a task that goes well", () => {
  test("is accepted, prepared, started and waited for", () => {
    const play = new Play();
    expect(play.resume()).toBe("ACCEPTED PREPARING prepare");
    expect(play.finish("prepare")).toBe("READY STARTING start");
    expect(play.finish("start")).toBe("RUNNING wait");
    expect(play.finish("wait", ended(0))).toBe("COMPLETE");
    expect(play.machine.task.status.message).toBe("finished");
  });

  test("carries container and ports from its start on", () => {
    const play = new Play({ status: { state: "STARTING" } });
    play.resume();
    const container = { containerId: "c1", pid: 7, exitCode: 0 };
    play.finish("start", { type: "done", observed: { container, ports: { ports: [] } } });
    expect(play.machine.task.status).toMatchObject({ container, portStatus: { ports: [] } });
  });

  test("waits in READY until more is wanted", () => {
    const play = new Play({ desiredState: "READY" });
    play.resume();
    expect(play.finish("prepare")).toBe("READY");
    expect(play.want("RUNNING")).toBe("STARTING start");
  });

  test("goes on where its stored status says after a restart", () => {
    const state = (of: TaskState): string => new Play({ status: { state: of } }).resume();
    expect(state("PREPARING")).toBe("prepare");
    expect(state("READY")).toBe("STARTING start");
    expect(state("STARTING")).toBe("start");
    expect(state("RUNNING")).toBe("wait");
    expect(state("FAILED")).toBe("");
  });

  test("stamps every state with the time it was given", () => {
    const play = new Play();
    play.now += 1500;
    play.resume();
    const seconds = testEpoch / 1000 + 1;
    expect(play.machine.task.status.timestamp).toEqual({ seconds, nanos: 5e8 });
  });
});

describe("a task that fails", () => {
  test("is REJECTED when it never started", () => {
    const play = new Play();
    play.resume();
    expect(play.finish("prepare", refused("No such image: x:1"))).toBe("REJECTED");
    expect(play.machine.task.status).toMatchObject({
      err: "No such image: x:1",
      message: "preparing",
    });
  });

  test("is FAILED when its start fails", () => {
    const play = new Play({ status: { state: "STARTING" } });
    play.resume();
    expect(play.finish("start", refused("no such program"))).toBe("FAILED");
  });

  test("is FAILED with its exit code and cause when it ends badly", () => {
    const play = new Play({ status: { state: "RUNNING" } });
    play.resume();
    const container = { containerId: "c1", pid: 0, exitCode: 137 };
    const exit = { exitCode: 137, cause: "out of memory" };
    expect(play.finish("wait", { type: "done", exit, observed: { container } })).toBe("FAILED");
    expect(play.machine.task.status).toMatchObject({
      err: "task: non-zero exit (137): out of memory",
      container: { exitCode: 137 },
    });
  });

  test("is tried again a second later when the executor is away, and says so once", () => {
    const play = new Play();
    play.resume();
    expect(play.finish("prepare", unavailable)).toBe("PREPARING");
    expect(play.machine.task.status.err).toBe("engine away");
    expect(play.pass(callRetryDelayMs - 1)).toBe("");
    expect(play.pass(1)).toBe("prepare");
    expect(play.finish("prepare", unavailable)).toBe("");
    expect(play.pass(callRetryDelayMs)).toBe("prepare");
    expect(play.finish("prepare")).toBe("READY STARTING start");
    expect(play.machine.task.status.err).toBe("");
  });

  test("does not wait for its retry when something else is wanted", () => {
    const play = new Play();
    play.resume();
    play.finish("prepare", unavailable);
    expect(play.want("SHUTDOWN")).toBe("shutdown");
    expect(play.machine.nextDeadline()).toBeUndefined();
  });
});

describe("a task that is to stop", () => {
  test("has its wait cancelled and is shut down", () => {
    const play = new Play({ status: { state: "RUNNING" } });
    play.resume();
    expect(play.want("SHUTDOWN")).toBe("cancel");
    expect(play.finish("wait", { type: "cancelled" })).toBe("shutdown");
    expect(play.finish("shutdown")).toBe("SHUTDOWN");
  });

  test("keeps its exit when that came before the cancellation did", () => {
    const play = new Play({ status: { state: "RUNNING" } });
    play.resume();
    play.want("SHUTDOWN");
    expect(play.finish("wait", ended(3))).toBe("FAILED");
  });

  test("has preparing cut short", () => {
    const play = new Play();
    play.resume();
    expect(play.want("SHUTDOWN")).toBe("cancel");
    expect(play.finish("prepare", refused("aborted"))).toBe("shutdown");
  });

  test("is not cancelled twice, nor in its stop", () => {
    const play = new Play({ status: { state: "RUNNING" } });
    play.resume();
    expect(play.want("SHUTDOWN")).toBe("cancel");
    expect(play.want("REMOVE")).toBe("");
    expect(play.finish("wait", { type: "cancelled" })).toBe("shutdown");
    expect(play.give({ type: "remove" })).toBe("");
    expect(play.finish("shutdown")).toBe("SHUTDOWN remove");
  });

  test("is killed when stopping it fails for good", () => {
    const play = new Play({ status: { state: "RUNNING" }, desiredState: "SHUTDOWN" });
    expect(play.resume()).toBe("shutdown");
    expect(play.finish("shutdown", refused("stuck"))).toBe("terminate");
    expect(play.finish("terminate")).toBe("SHUTDOWN");
  });

  test("stays as it is when it has ended already", () => {
    const play = new Play({ status: { state: "COMPLETE" } });
    expect(play.want("REMOVE")).toBe("");
    expect(play.machine.task.status.state).toBe("COMPLETE");
  });
});

describe("removal", () => {
  test("follows the end of what is running", () => {
    const play = new Play({ status: { state: "RUNNING" } });
    play.resume();
    expect(play.give({ type: "remove" })).toBe("cancel");
    expect(play.finish("wait", { type: "cancelled" })).toBe("remove");
    expect(play.finish("remove")).toBe("removed");
  });

  test("is tried until it succeeds", () => {
    const play = new Play({ status: { state: "FAILED" } });
    expect(play.give({ type: "remove" })).toBe("remove");
    expect(play.finish("remove", refused("device busy"))).toBe("");
    expect(play.pass(callRetryDelayMs)).toBe("remove");
    expect(play.finish("remove")).toBe("removed");
  });
});

describe("updates", () => {
  test("that want less than before are refused", () => {
    const play = new Play({ desiredState: "SHUTDOWN", status: { state: "RUNNING" } });
    play.resume();
    expect(play.want("RUNNING")).toBe("");
    expect(play.machine.task.desiredState).toBe("SHUTDOWN");
  });

  test("that differ in version and status only are ignored", () => {
    const play = new Play({ status: { state: "RUNNING" } });
    play.resume();
    const task = aTask({ meta: { version: { index: 9 } }, status: { state: "FAILED" } });
    expect(play.give({ type: "update", task })).toBe("");
  });

  test("of the specification reach the controller before the wait goes on", () => {
    const play = new Play({ status: { state: "RUNNING" } });
    play.resume();
    const task = { ...play.machine.task, serviceId: "another" };
    expect(play.give({ type: "update", task })).toBe("cancel");
    expect(play.finish("wait", { type: "cancelled" })).toBe("update");
    expect(play.finish("update")).toBe("wait");
  });

  test("do not cut short a preparation that is still wanted", () => {
    const play = new Play({ desiredState: "READY" });
    play.resume();
    expect(play.want("RUNNING")).toBe("");
    expect(play.finish("prepare")).toBe("READY STARTING start");
  });
});

describe("dependencies", () => {
  test("that may still come are waited for", () => {
    const play = new Play();
    play.dependencies = { type: "awaited" };
    expect(play.resume()).toBe("ACCEPTED PREPARING");
    play.dependencies = { type: "present" };
    expect(play.resume()).toBe("prepare");
  });

  test("that will not come reject the task", () => {
    const play = new Play();
    play.dependencies = { type: "missing", message: "secret s was not sent" };
    expect(play.resume()).toBe("ACCEPTED PREPARING REJECTED");
    expect(play.machine.task.status.err).toBe("secret s was not sent");
  });
});
