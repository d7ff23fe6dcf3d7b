// One task on its way through the agent's states (ACCEPTED to a terminal one).
//
// Contract: at most one controller call is out at a time; the state never goes back; the shell answers
// every `call` effect with exactly one `call-finished` input, also when it was cancelled.
import type { Task, TaskState, TaskStatus } from "@swarmkit/proto/types";
import { assert } from "../lib/assert.ts";
import { isEqual } from "../lib/equal.ts";
import { type Millis, toTimestamp } from "../lib/time.ts";
import { compareTaskStates, isTerminal } from "../model/task-state.ts";
import type { CallOutcome, ControllerCall, Observation } from "./call.ts";
import type { DependencyState } from "./dependencies.ts";

/** Pause before a call that failed for the moment is made again (SwarmKit: 1 s). */
export const callRetryDelayMs = 1000;

export type TaskInput =
  /** Sets the machine going; also sent when its dependencies may have arrived. */
  | { readonly type: "resume" }
  | { readonly type: "update"; readonly task: Task }
  /** The task is no longer assigned here: stop it and remove all that belongs to it. */
  | { readonly type: "remove" }
  | {
      readonly type: "call-finished";
      readonly call: ControllerCall;
      readonly outcome: CallOutcome;
    }
  | { readonly type: "tick" };

export type TaskEffect =
  | { readonly type: "call"; readonly call: ControllerCall; readonly task: Task }
  /** Abort the signal of the call that is out. */
  | { readonly type: "cancel" }
  /** The task or its status changed: write it down. */
  | { readonly type: "store"; readonly task: Task }
  | { readonly type: "report"; readonly status: TaskStatus }
  /** Nothing of the task is left on the host; the machine is done. */
  | { readonly type: "removed" };

/** Whether the secrets and configs that a task refers to are here. */
export type CheckDependencies = (task: Task) => DependencyState;

export class TaskMachine {
  #task: Task;
  #call: ControllerCall | undefined;
  #isCancelled = false;
  #retryAt: Millis | undefined;
  /** The controller has not been told of the newest specification yet. */
  #hasUpdate = false;
  #isRemoving = false;
  #isRemoved = false;
  /** Stopping in peace failed for good. */
  #hasShutdownFailed = false;
  #effects: TaskEffect[] = [];
  readonly #checkDependencies: CheckDependencies;

  /** Takes over a task where its status says it is; nothing happens before the first step. */
  constructor(task: Task, checkDependencies: CheckDependencies) {
    this.#task = task;
    this.#checkDependencies = checkDependencies;
  }

  /** The task with its current status. */
  get task(): Task {
    return this.#task;
  }

  get isRemoving(): boolean {
    return this.#isRemoving;
  }

  step(input: TaskInput, now: Millis): readonly TaskEffect[] {
    this.#effects = [];
    if (input.type === "update") this.#onUpdate(input.task);
    if (input.type === "remove") this.#onRemove();
    if (input.type === "call-finished") this.#onCallFinished(input.call, input.outcome, now);
    if (this.#retryAt !== undefined && this.#retryAt <= now) this.#retryAt = undefined;
    this.#advance(now);
    return this.#effects;
  }

  nextDeadline(): Millis | undefined {
    return this.#retryAt;
  }

  /** A task that is wanted less far than before, or is no different, changes nothing. */
  #onUpdate(task: Task): void {
    assert(task.id === this.#task.id, "a task machine is for one task");
    const before = this.#task;
    if (this.#isRemoving) return;
    if (compareTaskStates(task.desiredState, before.desiredState) < 0) return;
    const next = { ...task, status: before.status };
    if (isEqual({ ...next, meta: before.meta }, before)) return;
    this.#task = next;
    const isSameTask = isEqual(
      { ...next, meta: before.meta, desiredState: before.desiredState },
      before,
    );
    if (!isSameTask) this.#hasUpdate = true;
    this.#retryAt = undefined;
    this.#effects.push({ type: "store", task: next });
    this.#interrupt();
  }

  #onRemove(): void {
    if (this.#isRemoving) return;
    this.#isRemoving = true;
    this.#retryAt = undefined;
    this.#interrupt();
  }

  /**
   * Cuts short the call that stands in the way of what is wanted now. A wait would never end by
   * itself; preparing and starting go on unless the task is to end; stopping is never cut short.
   */
  #interrupt(): void {
    const call = this.#call;
    if (call === undefined || this.#isCancelled) return;
    if (call === "shutdown" || call === "terminate" || call === "remove") return;
    if (call !== "wait" && !this.#mustEnd()) return;
    this.#isCancelled = true;
    this.#effects.push({ type: "cancel" });
  }

  #mustEnd(): boolean {
    return this.#isRemoving || compareTaskStates(this.#task.desiredState, "SHUTDOWN") >= 0;
  }

  #onCallFinished(call: ControllerCall, outcome: CallOutcome, now: Millis): void {
    assert(call === this.#call, `call ${call} finished, but ${this.#call ?? "none"} was out`);
    const wasCancelled = this.#isCancelled;
    this.#call = undefined;
    this.#isCancelled = false;
    if (outcome.type === "done") {
      this.#onDone(call, outcome, now);
    } else if (wasCancelled) {
      // Whatever the cancelled call says went wrong, what is wanted now is asked for afresh.
      if (call === "update") this.#hasUpdate = true;
    } else if (outcome.type === "cancelled") {
      this.#retryAt = now + callRetryDelayMs;
    } else {
      this.#onFailed(call, outcome, now);
    }
  }

  #onDone(call: ControllerCall, outcome: CallOutcome & { type: "done" }, now: Millis): void {
    const { exit, observed } = outcome;
    switch (call) {
      case "prepare":
        this.#moveTo("READY", { message: "prepared" }, now);
        return;
      case "start":
        this.#moveTo("RUNNING", { message: "started", observed }, now);
        return;
      case "shutdown":
      case "terminate":
        this.#moveTo("SHUTDOWN", { message: "shutdown", observed }, now);
        return;
      case "wait": {
        assert(exit !== undefined, "a wait that is done carries the exit code");
        if (exit.exitCode === 0) {
          this.#moveTo("COMPLETE", { message: "finished", observed }, now);
          return;
        }
        const cause = exit.cause === undefined ? "" : `: ${exit.cause}`;
        this.#fail(`task: non-zero exit (${exit.exitCode})${cause}`, observed, now);
        return;
      }
      case "remove":
        this.#isRemoved = true;
        this.#effects.push({ type: "removed" });
        return;
      case "update":
        return;
    }
  }

  #onFailed(call: ControllerCall, failure: CallOutcome & { type: "failed" }, now: Millis): void {
    if (call === "remove") {
      // Giving up would leave a container behind that nobody knows of.
      this.#retryAt = now + callRetryDelayMs;
    } else if (failure.isRetryable) {
      this.#retryAt = now + callRetryDelayMs;
      if (call === "update") this.#hasUpdate = true;
      this.#setStatus({ ...this.#task.status, err: failure.message }, now);
    } else if (call === "shutdown" && !this.#hasShutdownFailed) {
      this.#hasShutdownFailed = true;
    } else {
      this.#fail(failure.message, failure.observed, now);
    }
  }

  /** Goes as far as possible without the help of a controller, then asks for the next call. */
  #advance(now: Millis): void {
    while (this.#call === undefined && this.#retryAt === undefined && !this.#isRemoved) {
      const { status, desiredState } = this.#task;
      if (this.#isRemoving) {
        this.#ask("remove");
        return;
      }
      if (isTerminal(status.state)) return;
      if (this.#mustEnd()) {
        this.#ask(this.#hasShutdownFailed ? "terminate" : "shutdown");
        return;
      }
      if (this.#hasUpdate) {
        this.#hasUpdate = false;
        this.#ask("update");
        return;
      }
      if (compareTaskStates(status.state, desiredState) >= 0 && status.state !== "RUNNING") return;
      if (!this.#takeStep(now)) return;
    }
  }

  /** One step towards RUNNING or its end; false when nothing more can be done for now. */
  #takeStep(now: Millis): boolean {
    switch (this.#task.status.state) {
      case "NEW":
      case "PENDING":
      case "ASSIGNED":
        this.#moveTo("ACCEPTED", { message: "accepted" }, now);
        return true;
      case "ACCEPTED":
        this.#moveTo("PREPARING", { message: "preparing" }, now);
        return true;
      case "PREPARING": {
        const dependencies = this.#checkDependencies(this.#task);
        if (dependencies.type === "awaited") return false;
        if (dependencies.type === "present") this.#ask("prepare");
        else this.#fail(dependencies.message, undefined, now);
        return true;
      }
      case "READY":
        this.#moveTo("STARTING", { message: "starting" }, now);
        return true;
      case "STARTING":
        this.#ask("start");
        return true;
      case "RUNNING":
        this.#ask("wait");
        return true;
      default:
        return false;
    }
  }

  #ask(call: ControllerCall): void {
    this.#call = call;
    this.#effects.push({ type: "call", call, task: this.#task });
  }

  #fail(message: string, observed: Observation | undefined, now: Millis): void {
    const { status } = this.#task;
    const state = compareTaskStates(status.state, "STARTING") < 0 ? "REJECTED" : "FAILED";
    this.#moveTo(state, { message: status.message, err: message, observed }, now);
  }

  #moveTo(
    state: TaskState,
    change: { message: string; err?: string; observed?: Observation | undefined },
    now: Millis,
  ): void {
    const { status } = this.#task;
    assert(
      compareTaskStates(state, status.state) > 0,
      `task ${this.#task.id} cannot go from ${status.state} to ${state}`,
    );
    const { message, err = "", observed = {} } = change;
    const container = observed.container ?? status.container;
    const portStatus = observed.ports ?? status.portStatus;
    this.#setStatus({ ...status, state, message, err, container, portStatus }, now);
  }

  #setStatus(status: TaskStatus, now: Millis): void {
    if (isEqual(status, this.#task.status)) return;
    this.#task = { ...this.#task, status: { ...status, timestamp: toTimestamp(now) } };
    this.#effects.push({ type: "store", task: this.#task });
    this.#effects.push({ type: "report", status: this.#task.status });
  }
}
