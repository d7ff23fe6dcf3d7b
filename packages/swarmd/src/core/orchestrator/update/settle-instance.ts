import type { Service } from "@swarmkit/proto/types";
import type { Batch } from "../../store/types.ts";
import { findInstanceTasks, instanceOf } from "../instance.ts";
import { isTaskDirtyIn } from "../task-dirty.ts";
import { isWanted } from "../task-health.ts";
import { setDesiredState } from "../writes.ts";

/**
 * Once a task as the spec wants it runs, the others of its slot are shut down. This ends a start-first
 * replacement, also one whose updater is gone (the update is paused, or the leader has changed).
 */
export function settleInstance(store: Batch, service: Service, taskId: string): void {
  const task = store.get("task", taskId);
  if (task === undefined || task.status.state !== "RUNNING" || !isWanted(task)) return;
  const others = findInstanceTasks(store, instanceOf(task, service)).filter(
    (other) => other.id !== taskId && isWanted(other),
  );
  if (others.length === 0 || isTaskDirtyIn(store, service, task)) return;
  store.update((transaction) => {
    for (const other of others) setDesiredState(transaction, other.id, "SHUTDOWN");
  });
}
