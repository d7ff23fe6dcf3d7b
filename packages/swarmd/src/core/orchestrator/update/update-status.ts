// The outcomes of an update as they are written into its service. Each function gets the service as
// the transaction sees it, after its caller has made sure that the update is still the newest.
import type { Service, UpdateStatus, UpdateStatusUpdateState } from "@swarmkit/proto/types";
import { type Millis, toTimestamp } from "../../lib/time.ts";
import type { WriteTransaction } from "../../store/types.ts";
import { updateService } from "../writes.ts";

/** True while the user has to decide how to go on: nothing is updated until then. */
export function isPaused(service: Service): boolean {
  const state = service.updateStatus?.state;
  return state === "PAUSED" || state === "ROLLBACK_PAUSED";
}

/** True while the service says that an update or rollback is under way. */
export function isUnderWay(service: Service): boolean {
  const state = service.updateStatus?.state;
  return state === "UPDATING" || state === "ROLLBACK_STARTED";
}

/**
 * Does nothing when the service has a status: a rollback, or an update taken over, goes on with it.
 */
export function writeStarted(transaction: WriteTransaction, service: Service, now: Millis): void {
  if (service.updateStatus !== undefined) return;
  updateService(transaction, service, {
    updateStatus: {
      state: "UPDATING",
      startedAt: toTimestamp(now),
      completedAt: undefined,
      message: "update in progress",
    },
  });
}

export function writeCompleted(transaction: WriteTransaction, service: Service, now: Millis): void {
  if (!isUnderWay(service)) return;
  const isRollback = service.updateStatus?.state === "ROLLBACK_STARTED";
  const state = isRollback ? "ROLLBACK_COMPLETED" : "COMPLETED";
  const message = isRollback ? "rollback completed" : "update completed";
  writeState(transaction, service, { state, message, completedAt: toTimestamp(now) });
}

/** Stops the update until the user decides. */
export function writePaused(
  transaction: WriteTransaction,
  service: Service,
  failedTaskId: string,
): void {
  const isRollback = service.updateStatus?.state === "ROLLBACK_STARTED";
  const state: UpdateStatusUpdateState = isRollback ? "ROLLBACK_PAUSED" : "PAUSED";
  const what = isRollback ? "rollback paused" : "update paused";
  writeState(transaction, service, { state, message: explain(what, failedTaskId) });
}

/**
 * Brings the previous spec back. Without one there is nothing to go back to, and the update pauses.
 */
export function writeRolledBack(
  transaction: WriteTransaction,
  service: Service,
  failure: { readonly taskId: string; readonly now: Millis },
): void {
  if (service.previousSpec === undefined) {
    writePaused(transaction, service, failure.taskId);
    return;
  }
  updateService(transaction, service, {
    spec: service.previousSpec,
    specVersion: service.previousSpecVersion,
    previousSpec: undefined,
    previousSpecVersion: undefined,
    updateStatus: {
      state: "ROLLBACK_STARTED",
      startedAt: toTimestamp(failure.now),
      completedAt: undefined,
      message: explain("update rolled back", failure.taskId),
    },
  });
}

/** SwarmKit's text; clients show it. */
function explain(what: string, taskId: string): string {
  return `${what} due to failure or early termination of task ${taskId}`;
}

function writeState(
  transaction: WriteTransaction,
  service: Service,
  parts: Partial<UpdateStatus> & Pick<UpdateStatus, "state" | "message">,
): void {
  const { updateStatus } = service;
  const startedAt = updateStatus?.startedAt;
  const completedAt = updateStatus?.completedAt;
  updateService(transaction, service, { updateStatus: { startedAt, completedAt, ...parts } });
}
