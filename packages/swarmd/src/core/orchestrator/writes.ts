// Writes that hold whatever the transaction finds: each reads the newest object first and changes
// it only where the change still applies.
import type { Cluster, Service, Task, TaskState } from "@swarmkit/proto/types";
import { assert } from "../lib/assert.ts";
import { isTerminal } from "../model/task-state.ts";
import type { ReadView, WriteResult, WriteTransaction } from "../store/types.ts";
import { isForward, isNodeLost } from "./task-health.ts";

/** Moves the desired state on; a task that is gone or further on already stays as it is. */
export function setDesiredState(
  transaction: WriteTransaction,
  taskId: string,
  desired: TaskState,
): void {
  const task = transaction.get("task", taskId);
  if (task === undefined || !isForward(task, desired)) return;
  mustWrite(transaction.update("task", { ...task, desiredState: desired }));
}

/**
 * Takes a task out of the store that nothing stands for any more. One that may still be running is
 * told to be removed instead, and the task reaper takes it out once it has stopped: SwarmKit
 * deletes it at once, and its node's resources are given away while they are in use.
 */
export function discardTask(transaction: WriteTransaction, taskId: string): void {
  const task = transaction.get("task", taskId);
  if (task === undefined) return;
  const isOver =
    isTerminal(task.status.state) ||
    task.nodeId === "" ||
    isNodeLost(transaction.get("node", task.nodeId));
  if (isOver) mustWrite(transaction.remove("task", taskId));
  else setDesiredState(transaction, taskId, "REMOVE");
}

export function createTask(transaction: WriteTransaction, task: Task): void {
  mustWrite(transaction.create("task", task));
}

/** Replaces parts of a service that the transaction has just read. */
export function updateService(
  transaction: WriteTransaction,
  service: Service,
  parts: Partial<Service>,
): void {
  mustWrite(transaction.update("service", { ...service, ...parts }));
}

/** The swarm's one cluster object, once it is there. */
export function findCluster(view: ReadView): Cluster | undefined {
  return view.find("cluster", { by: "all" })[0];
}

/** What was read in the same transaction cannot be refused: neither out of sequence nor missing. */
export function mustWrite(result: WriteResult): void {
  assert(result.ok, result.ok ? "" : `a write of the orchestrator was refused: ${result.message}`);
}
