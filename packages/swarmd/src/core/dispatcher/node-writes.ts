// The dispatcher's writes of nodes, and of tasks whose node is lost. Writes: Node.Status,
// Node.Description, Task.Status.
import type { Node, NodeDescription, Task } from "@swarmkit/proto/types";
import { isEqual } from "../lib/equal.ts";
import { type Millis, toTimestamp } from "../lib/time.ts";
import { compareTaskStates, isTerminal } from "../model/task-state.ts";
import type { Batch } from "../store/types.ts";

export const unknownMessage = 'Node moved to "unknown" state due to leadership change in cluster';
export const heartbeatFailure = "heartbeat failure";
export const unknownHeartbeatFailure = 'heartbeat failure for node in "unknown" state';

/** The node is there. Nothing is written when all of it is known already. */
export function markReady(
  nodeId: string,
  report: { readonly address: string; readonly description: NodeDescription | undefined },
  store: Batch,
): void {
  changeNode(nodeId, store, (node) => ({
    ...node,
    description: report.description ?? node.description,
    status: { ...node.status, state: "READY", message: "", addr: report.address },
  }));
}

export function markUnknown(nodeId: string, store: Batch): void {
  changeNode(nodeId, store, (node) => ({
    ...node,
    status: { ...node.status, state: "UNKNOWN", message: unknownMessage },
  }));
}

export function markDown(nodeId: string, message: string, store: Batch): void {
  changeNode(nodeId, store, (node) => ({
    ...node,
    status: { ...node.status, state: "DOWN", message },
  }));
}

/** Gives up the tasks that may still run on a node which has been down for long. */
export function orphanTasks(
  nodeId: string,
  stamp: { readonly leaderId: string; readonly now: Millis },
  store: Batch,
): void {
  const timestamp = toTimestamp(stamp.now);
  for (const task of store.find("task", { by: "node", nodeId })) {
    if (!mayRun(task)) continue;
    store.update((transaction) => {
      const current = transaction.get("task", task.id);
      if (current === undefined || !mayRun(current)) return;
      const applied = { appliedBy: stamp.leaderId, appliedAt: timestamp };
      const status = { ...current.status, state: "ORPHANED", timestamp, ...applied } as const;
      transaction.update("task", { ...current, status });
    });
  }
}

function mayRun(task: Task): boolean {
  const { state } = task.status;
  return compareTaskStates(state, "ASSIGNED") >= 0 && !isTerminal(state);
}

function changeNode(nodeId: string, store: Batch, change: (node: Node) => Node): void {
  const node = store.get("node", nodeId);
  if (node === undefined || isEqual(change(node), node)) return;
  store.update((transaction) => {
    const current = transaction.get("node", nodeId);
    if (current !== undefined) transaction.update("node", change(current));
  });
}
