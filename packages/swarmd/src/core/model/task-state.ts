import type { TaskState } from "@swarmkit/proto/types";

/** Wire numbers of the states: their order is the order in which a task moves (never backwards). */
const order: Readonly<Record<TaskState, number>> = {
  NEW: 0,
  PENDING: 64,
  ASSIGNED: 192,
  ACCEPTED: 256,
  PREPARING: 320,
  READY: 384,
  STARTING: 448,
  RUNNING: 512,
  COMPLETE: 576,
  SHUTDOWN: 640,
  FAILED: 704,
  REJECTED: 768,
  REMOVE: 800,
  ORPHANED: 832,
};

/** Negative when `left` comes before `right`, zero when equal, positive when after. */
export function compareTaskStates(left: TaskState, right: TaskState): number {
  return order[left] - order[right];
}

/** True for the states in which nothing runs any more. */
export function isTerminal(state: TaskState): boolean {
  return compareTaskStates(state, "RUNNING") > 0;
}
