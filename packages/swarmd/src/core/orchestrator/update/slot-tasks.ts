import type { Service, Task } from "@swarmkit/proto/types";
import { compareTaskStates, isTerminal } from "../../model/task-state.ts";
import type { ReadView, WriteTransaction } from "../../store/types.ts";
import { isTaskDirtyIn } from "../task-dirty.ts";
import { isWanted } from "../task-health.ts";
import { setDesiredState } from "../writes.ts";

/**
 * A task that is as the spec wants it and has not ended, if the slot has one: rather the one that
 * has come further (so a rollback keeps the task that never stopped running).
 */
export function findReusable(
  view: ReadView,
  service: Service,
  tasks: readonly Task[],
): Task | undefined {
  return tasks
    .filter((task) => isWanted(task) && !isTerminal(task.status.state))
    .filter((task) => !isTaskDirtyIn(view, service, task))
    .sort(
      (left, right) =>
        compareTaskStates(right.desiredState, left.desiredState) ||
        compareTaskStates(right.status.state, left.status.state),
    )[0];
}

/** Of a slot's tasks, all that are wanted but the kept one are told to stop. */
export function shutDownOthers(
  transaction: WriteTransaction,
  tasks: readonly Task[],
  kept: Task,
): void {
  for (const task of tasks) {
    if (task.id !== kept.id && isWanted(task)) setDesiredState(transaction, task.id, "SHUTDOWN");
  }
}
