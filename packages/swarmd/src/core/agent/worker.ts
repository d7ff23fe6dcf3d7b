// Keeps one task machine per task that the dispatcher assigns to this node, and sees to it that the
// host holds no others.
import type { AssignmentChange, AssignmentsMessageType, Task } from "@swarmkit/proto/types";
import type { Millis } from "../lib/time.ts";
import type { CallOutcome, ControllerCall } from "./call.ts";
import { Dependencies } from "./dependencies.ts";
import { type TaskEffect, type TaskInput, TaskMachine } from "./task-machine.ts";

/** Pause before leftovers on the host are looked for again when that failed. */
export const tracesRetryDelayMs = 10_000;

/** A task as the journal keeps it: with the newest status that this node gave it. */
export interface StoredTask {
  readonly task: Task;
  /** False when the task was being removed. */
  readonly isAssigned: boolean;
}

export type WorkerInput =
  /** Once, before all else: what the journal held. */
  | { readonly type: "restore"; readonly tasks: readonly StoredTask[] }
  | {
      readonly type: "assignments";
      readonly set: AssignmentsMessageType;
      readonly changes: readonly AssignmentChange[];
    }
  | {
      readonly type: "call-finished";
      readonly taskId: string;
      readonly call: ControllerCall;
      readonly outcome: CallOutcome;
    }
  /** Answer to `list-traces`. */
  | { readonly type: "traces-listed"; readonly taskIds: readonly string[] }
  /** The host could not be listed, or a leftover not removed. */
  | { readonly type: "traces-failed" }
  /** Removes every task; later assignments are ignored. */
  | { readonly type: "leave" }
  | { readonly type: "tick" };

export type WorkerEffect =
  | {
      readonly type: "call";
      readonly taskId: string;
      readonly call: ControllerCall;
      readonly task: Task;
    }
  | { readonly type: "cancel"; readonly taskId: string }
  | { readonly type: "store"; readonly stored: StoredTask }
  /** The task's status changed: tell the manager. */
  | { readonly type: "report"; readonly task: Task }
  /** Nothing of the task is left: drop its journal entry and close its controller. */
  | { readonly type: "forget"; readonly taskId: string }
  /** Ask the executor what is on the host. */
  | { readonly type: "list-traces" }
  | { readonly type: "remove-orphan"; readonly taskId: string }
  /** The node has left: no task remains. */
  | { readonly type: "left" };

export class Worker {
  readonly #machines: Map<string, TaskMachine> = new Map();
  readonly #dependencies: Dependencies = new Dependencies();
  /** Tasks that were assigned anew before their removal was done. */
  readonly #reassigned: Map<string, Task> = new Map();
  #isLeaving = false;
  #listAt: Millis | undefined;
  #hasLeft = false;
  #effects: WorkerEffect[] = [];

  step(input: WorkerInput, now: Millis): readonly WorkerEffect[] {
    this.#effects = [];
    switch (input.type) {
      case "restore":
        this.#restore(input.tasks, now);
        break;
      case "assignments":
        if (!this.#isLeaving) this.#assign(input.set, input.changes, now);
        break;
      case "call-finished":
        this.#run(
          input.taskId,
          { type: "call-finished", call: input.call, outcome: input.outcome },
          now,
        );
        break;
      case "traces-listed":
        this.#removeOrphans(input.taskIds);
        break;
      case "traces-failed":
        this.#listAt = now + tracesRetryDelayMs;
        break;
      case "leave":
        this.#isLeaving = true;
        this.#reassigned.clear();
        this.#runAll({ type: "remove" }, now);
        break;
      case "tick":
        this.#tick(now);
        break;
    }
    if (this.#isLeaving && !this.#hasLeft && this.#machines.size === 0) {
      this.#hasLeft = true;
      this.#effects.push({ type: "left" });
    }
    return this.#effects;
  }

  nextDeadline(): Millis | undefined {
    let earliest = this.#listAt;
    for (const machine of this.#machines.values()) {
      const deadline = machine.nextDeadline();
      if (deadline !== undefined && deadline < (earliest ?? Infinity)) earliest = deadline;
    }
    return earliest;
  }

  /** Every assigned task with its current status, as each new session is told. */
  tasks(): readonly Task[] {
    const machines = [...this.#machines.values()];
    return machines.filter(({ isRemoving }) => !isRemoving).map(({ task }) => task);
  }

  #restore(tasks: readonly StoredTask[], now: Millis): void {
    for (const { task, isAssigned } of tasks) {
      this.#add(task);
      this.#run(task.id, { type: isAssigned ? "resume" : "remove" }, now);
    }
  }

  /** Secrets and configs come first and go last, as the order within a message says nothing. */
  #assign(set: AssignmentsMessageType, changes: readonly AssignmentChange[], now: Millis): void {
    if (set === "COMPLETE") this.#dependencies.reset();
    for (const change of changes) this.#changeDependency(change, "UPDATE");
    const assigned = new Set<string>();
    for (const { action, assignment } of changes) {
      if (action !== "UPDATE" || assignment?.task === undefined) continue;
      assigned.add(assignment.task.id);
      this.#assignTask(assignment.task, now);
    }
    if (set === "COMPLETE") {
      for (const taskId of [...this.#machines.keys()]) {
        if (!assigned.has(taskId)) this.#removeTask(taskId, now);
      }
      this.#listTraces();
    }
    for (const { action, assignment } of changes) {
      if (action === "REMOVE" && assignment?.task) this.#removeTask(assignment.task.id, now);
    }
    for (const change of changes) this.#changeDependency(change, "REMOVE");
    this.#runAll({ type: "resume" }, now);
  }

  #changeDependency({ action, assignment }: AssignmentChange, wanted: typeof action): void {
    if (action !== wanted) return;
    const change = action === "UPDATE" ? "add" : "delete";
    if (assignment?.secret) this.#dependencies[change]("secret", assignment.secret.id);
    if (assignment?.config) this.#dependencies[change]("config", assignment.config.id);
  }

  #assignTask(task: Task, now: Millis): void {
    const machine = this.#machines.get(task.id);
    if (machine === undefined) {
      this.#add(task);
      this.#effects.push({ type: "store", stored: { task, isAssigned: true } });
      this.#run(task.id, { type: "resume" }, now);
    } else if (machine.isRemoving) {
      this.#reassigned.set(task.id, task);
    } else {
      this.#run(task.id, { type: "update", task }, now);
    }
  }

  #removeTask(taskId: string, now: Millis): void {
    this.#reassigned.delete(taskId);
    const machine = this.#machines.get(taskId);
    if (machine !== undefined) this.#run(taskId, { type: "remove" }, now);
    // Known only to the manager; still, a crash may have left something of it on this host.
    else this.#effects.push({ type: "remove-orphan", taskId });
  }

  #listTraces(): void {
    this.#listAt = undefined;
    this.#effects.push({ type: "list-traces" });
  }

  #removeOrphans(taskIds: readonly string[]): void {
    for (const taskId of taskIds) {
      if (!this.#machines.has(taskId)) this.#effects.push({ type: "remove-orphan", taskId });
    }
  }

  #add(task: Task): void {
    this.#machines.set(
      task.id,
      new TaskMachine(task, (candidate) => this.#dependencies.check(candidate)),
    );
  }

  #tick(now: Millis): void {
    if (this.#listAt !== undefined && this.#listAt <= now) this.#listTraces();
    for (const [taskId, machine] of [...this.#machines]) {
      const deadline = machine.nextDeadline();
      if (deadline !== undefined && deadline <= now) this.#run(taskId, { type: "tick" }, now);
    }
  }

  #runAll(input: TaskInput, now: Millis): void {
    for (const taskId of [...this.#machines.keys()]) this.#run(taskId, input, now);
  }

  #run(taskId: string, input: TaskInput, now: Millis): void {
    const machine = this.#machines.get(taskId);
    if (machine === undefined) return;
    const wasRemoving = machine.isRemoving;
    const effects = machine.step(input, now);
    const hasBegunRemoval = machine.isRemoving && !wasRemoving;
    // Written down before the first call: a crash in between must not bring the task back.
    if (hasBegunRemoval || effects.some(({ type }) => type === "store")) {
      const stored = { task: machine.task, isAssigned: !machine.isRemoving };
      this.#effects.push({ type: "store", stored });
    }
    for (const effect of effects) this.#translate(machine, effect, now);
    if (effects.some(({ type }) => type === "report") && !machine.isRemoving) {
      this.#effects.push({ type: "report", task: machine.task });
    }
  }

  #translate({ task }: TaskMachine, effect: TaskEffect, now: Millis): void {
    const taskId = task.id;
    if (effect.type === "call") {
      this.#effects.push({ type: "call", taskId, call: effect.call, task: effect.task });
    } else if (effect.type === "cancel") {
      this.#effects.push({ type: "cancel", taskId });
    } else if (effect.type === "removed") {
      this.#machines.delete(taskId);
      this.#effects.push({ type: "forget", taskId });
      const reassigned = this.#reassigned.get(taskId);
      this.#reassigned.delete(taskId);
      if (reassigned !== undefined) this.#assignTask(reassigned, now);
    }
  }
}
