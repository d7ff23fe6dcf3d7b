import { DeadlineQueue } from "../../lib/deadline-queue.ts";
import type { Millis } from "../../lib/time.ts";
import type { ReadView } from "../../store/types.ts";
import { findInstanceTasks, type Instance, instanceKey } from "../instance.ts";
import { isStopping } from "../task-health.ts";

/** A new task waits this long for its predecessors to stop (SwarmKit's TaskTimeout). */
export const predecessorWaitMsMax = 60_000;

export interface DelayedStart {
  readonly taskId: string;
  readonly instance: Instance;
  /** Time from now until the task may be told to run. */
  readonly delayMs: Millis;
  /** Whether tasks of the same instance that are told to stop have to have stopped first. */
  readonly waitsForStop: boolean;
}

interface PendingStart extends DelayedStart {
  readonly key: string;
  readonly notBefore: Millis;
  /** The wait for others ends here; it runs from the start of the delay. */
  readonly giveUpAt: Millis;
}

/**
 * Tasks that are wanted READY until it is their turn to run: after a delay, and when the tasks that
 * they replace have stopped, or their node is lost, or a minute has passed. Not the one predecessor
 * is waited for, as in SwarmKit, but all tasks of the instance that are stopping: a second update
 * in a row does not run beside what the first has not stopped yet.
 */
export class DelayedStarts {
  readonly #pending = new Map<string, PendingStart>();
  readonly #byInstance = new Map<string, Set<string>>();
  readonly #deadlines = new DeadlineQueue();

  /** Puts a start in the queue, in place of an earlier one for the same task. */
  add(start: DelayedStart, now: Millis): void {
    this.cancel(start.taskId);
    const key = instanceKey(start.instance);
    const notBefore = now + start.delayMs;
    const giveUpAt = now + predecessorWaitMsMax;
    this.#pending.set(start.taskId, { ...start, key, notBefore, giveUpAt });
    const siblings = this.#byInstance.get(key);
    if (siblings === undefined) this.#byInstance.set(key, new Set([start.taskId]));
    else siblings.add(start.taskId);
    this.#deadlines.set(start.taskId, notBefore);
  }

  has(taskId: string): boolean {
    return this.#pending.has(taskId);
  }

  cancel(taskId: string): void {
    const pending = this.#pending.get(taskId);
    if (pending === undefined) return;
    this.#pending.delete(taskId);
    this.#deadlines.delete(taskId);
    const siblings = this.#byInstance.get(pending.key);
    siblings?.delete(taskId);
    if (siblings?.size === 0) this.#byInstance.delete(pending.key);
  }

  /** A task of the instance, or its node, has changed: the wait may be over. */
  wake(instance: Instance, now: Millis): void {
    for (const taskId of this.#byInstance.get(instanceKey(instance)) ?? []) {
      const pending = this.#pending.get(taskId);
      if (pending !== undefined && pending.notBefore <= now) this.#deadlines.set(taskId, now);
    }
  }

  /** Takes out the tasks whose turn it is. */
  takeReady(view: ReadView, now: Millis): readonly string[] {
    const ready: string[] = [];
    for (const taskId of this.#deadlines.takeDue(now)) {
      const pending = this.#pending.get(taskId);
      if (pending === undefined) continue;
      if (pending.notBefore > now) {
        this.#deadlines.set(taskId, pending.notBefore);
      } else if (isHeldUp(pending, view, now)) {
        this.#deadlines.set(taskId, pending.giveUpAt);
      } else {
        this.cancel(taskId);
        ready.push(taskId);
      }
    }
    return ready;
  }

  nextDeadline(): Millis | undefined {
    return this.#deadlines.next();
  }
}

function isHeldUp(pending: PendingStart, view: ReadView, now: Millis): boolean {
  if (!pending.waitsForStop || now >= pending.giveUpAt) return false;
  return findInstanceTasks(view, pending.instance).some(
    (task) => task.id !== pending.taskId && isStopping(view, task),
  );
}
