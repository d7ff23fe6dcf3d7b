import type { Task } from "@swarmkit/proto/types";
import { fromTimestamp, type Millis } from "../lib/time.ts";

/** When the task's status came in: by the manager's clock if it is known, else by the agent's. */
export function statusTime(task: Task): Millis {
  const timestamp = task.status.appliedAt ?? task.status.timestamp;
  return timestamp === undefined ? 0 : fromTimestamp(timestamp);
}

/** When the task was made, by the clock of the manager that made it. */
export function creationTime(task: Task): Millis {
  const timestamp = task.meta.createdAt ?? task.status.timestamp;
  return timestamp === undefined ? 0 : fromTimestamp(timestamp);
}

/** Oldest first; equal times are told apart by id. */
export function compareByCreation(left: Task, right: Task): number {
  return creationTime(left) - creationTime(right) || compareIds(left, right);
}

/** Least recently reported first; equal times by creation. */
export function compareByStatusTime(left: Task, right: Task): number {
  return statusTime(left) - statusTime(right) || compareByCreation(left, right);
}

function compareIds(left: Task, right: Task): number {
  if (left.id === right.id) return 0;
  return left.id < right.id ? -1 : 1;
}
