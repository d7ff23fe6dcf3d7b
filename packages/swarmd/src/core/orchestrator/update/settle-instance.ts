import type { Service, Task } from "@swarmkit/proto/types";
import { compareByCreation } from "../../model/task-time.ts";
import type { Batch } from "../../store/types.ts";
import { findInstanceTasks, instanceOf } from "../instance.ts";
import { isTaskDirtyIn } from "../task-dirty.ts";
import { isWanted } from "../task-health.ts";
import { setDesiredState } from "../writes.ts";

/**
 * To be called when a task has come to run: of a slot's tasks that run, one stays. This ends a
 * start-first replacement, also one whose updater is gone (the update is paused, the spec has
 * changed again, or the leader has). A task as the spec wants it stays alone; without one the
 * newest stays, and beside it what is still on its way.
 */
export function settleInstance(store: Batch, service: Service, taskId: string): void {
  const task = store.get("task", taskId);
  if (task === undefined || !isRunning(task)) return;
  const wanted = findInstanceTasks(store, instanceOf(task, service)).filter(isWanted);
  if (wanted.length < 2) return;
  const newestFirst = wanted
    .filter(isRunning)
    .sort((left, right) => compareByCreation(right, left));
  const clean = newestFirst.find((candidate) => !isTaskDirtyIn(store, service, candidate));
  const kept = clean ?? newestFirst[0];
  const surplus = clean === undefined ? newestFirst : wanted;
  store.update((transaction) => {
    for (const other of surplus) {
      if (other.id !== kept?.id) setDesiredState(transaction, other.id, "SHUTDOWN");
    }
  });
}

function isRunning(task: Task): boolean {
  return task.status.state === "RUNNING" && isWanted(task);
}
