import type { TaskState } from "@swarmkit/proto/types";

/** The states up to RUNNING, in a task's order of life. */
export const liveTaskStates: readonly TaskState[] = [
  "NEW",
  "PENDING",
  "ASSIGNED",
  "ACCEPTED",
  "PREPARING",
  "READY",
  "STARTING",
  "RUNNING",
];

/** Whether a task in this state has run, or will never. */
export function isPastRunning(state: TaskState): boolean {
  return !liveTaskStates.includes(state);
}
