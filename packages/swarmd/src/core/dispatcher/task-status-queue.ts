import type { Task, TaskStatus } from "@swarmkit/proto/types";
import { isEqual } from "../lib/equal.ts";
import type { Outcome } from "../lib/outcome.ts";
import { succeed } from "../lib/outcome.ts";
import { type Millis, toTimestamp } from "../lib/time.ts";
import { compareTaskStates } from "../model/task-state.ts";
import type { Batch, ReadView } from "../store/types.ts";
import type { TaskStatusInput } from "./effects.ts";
import { statusUpdatesMax } from "./limits.ts";
import { Pacer } from "./pacer.ts";
import { foreignTask } from "./refusals.ts";

/** What agents report of their tasks, merged per task until it is written. */
export class TaskStatusQueue {
  readonly #leaderId: string;
  readonly #pacer = new Pacer();
  readonly #waiting = new Map<string, TaskStatus>();

  constructor(leaderId: string) {
    this.#leaderId = leaderId;
  }

  /**
   * Takes in a whole report, or nothing of it when it speaks of another node's task. Tasks that are
   * gone are passed over: the agent hears of it by its assignments.
   */
  add(input: TaskStatusInput, view: ReadView): Outcome<void> {
    const accepted: [string, TaskStatus][] = [];
    for (const { taskId, status } of input.updates) {
      const task = view.get("task", taskId);
      if (status === undefined || task === undefined) continue;
      if (task.nodeId !== input.nodeId) return foreignTask;
      accepted.push([taskId, status]);
    }
    for (const [taskId, status] of accepted) {
      const waiting = this.#waiting.get(taskId);
      // Calls may overtake each other: the task does not go back.
      if (waiting === undefined || !goesBack(waiting, status)) this.#waiting.set(taskId, status);
    }
    return succeed(undefined);
  }

  /** When `flush` will write; undefined when nothing waits. */
  get flushAt(): Millis | undefined {
    if (this.#waiting.size === 0) return undefined;
    return this.#waiting.size >= statusUpdatesMax ? Number.NEGATIVE_INFINITY : this.#pacer.freeAt;
  }

  /** Writes what waits, unless it is to wait on. */
  flush(store: Batch, now: Millis): void {
    const { flushAt } = this;
    if (flushAt === undefined || now < flushAt) return;
    for (const [taskId, status] of this.#waiting) this.#write(taskId, status, store, now);
    this.#pacer.spend(this.#waiting.size, now);
    this.#waiting.clear();
  }

  #write(taskId: string, reported: TaskStatus, store: Batch, now: Millis): void {
    const task = store.get("task", taskId);
    if (task === undefined || isKnown(task, reported) || goesBack(task.status, reported)) return;
    const status = { ...reported, appliedBy: this.#leaderId, appliedAt: toTimestamp(now) };
    store.update((transaction) => {
      const current = transaction.get("task", taskId);
      if (current !== undefined) transaction.update("task", { ...current, status });
    });
  }
}

/** True when the task has this very status, by whomever and whenever it was written. */
function isKnown(task: Task, reported: TaskStatus): boolean {
  const { appliedBy, appliedAt } = task.status;
  return isEqual({ ...reported, appliedBy, appliedAt }, task.status);
}

/** True also for a state that this version does not know: it has no place in the order. */
function goesBack(from: TaskStatus, to: TaskStatus): boolean {
  return !(compareTaskStates(to.state, from.state) >= 0);
}
