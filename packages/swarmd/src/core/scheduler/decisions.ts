// The scheduler's writes. Each reads the task in its own transaction and gives up when the task has
// moved on.
import type { Task } from "@swarmkit/proto/types";
import { type Millis, toTimestamp } from "../lib/time.ts";
import type { Batch } from "../store/types.ts";
import { toGenericRequest } from "./generic-resources.ts";
import { isWanted, type NodeInfo } from "./node-info.ts";

/** SwarmKit's messages of tasks that got a node, or the node that they were made for. */
export const assignedMessage = "scheduler assigned task to node";
export const confirmedMessage = "scheduler confirmed task can run on preassigned node";

/** Assigns a waiting task, and gives it as it is stored; undefined when that was not possible. */
export function assignTask(
  task: Task,
  node: NodeInfo,
  store: Batch,
  now: Millis,
): Task | undefined {
  const request = toGenericRequest(task.spec.resources?.reservations?.generic ?? []);
  const generic = request.size === 0 ? task.assignedGenericResources : node.chooseGeneric(request);
  store.update((transaction) => {
    const current = transaction.get("task", task.id);
    if (current?.status.state !== "PENDING" || !isWanted(current)) return;
    transaction.update("task", {
      ...current,
      nodeId: node.id,
      assignedGenericResources: generic,
      status: {
        ...current.status,
        state: "ASSIGNED",
        message: current.nodeId === "" ? assignedMessage : confirmedMessage,
        err: "",
        timestamp: toTimestamp(now),
      },
    });
  });
  const stored = store.get("task", task.id);
  return stored?.status.state === "ASSIGNED" ? stored : undefined;
}

/** Tells a waiting task why it waits; nothing is written when it knows already. */
export function describeFailure(taskId: string, reason: string, store: Batch, now: Millis): void {
  if (store.get("task", taskId)?.status.err === reason) return;
  store.update((transaction) => {
    const current = transaction.get("task", taskId);
    if (current?.status.state !== "PENDING") return;
    const status = { ...current.status, err: reason, timestamp: toTimestamp(now) };
    transaction.update("task", { ...current, status });
  });
}

/**
 * A task that never got a node, is not wanted any more and belongs to an older spec of its service
 * ends here: no agent ever will end it, and the update that replaces it waits for that.
 */
export function shutDownTask(task: Task, store: Batch, now: Millis): void {
  const service = store.get("service", task.serviceId);
  const newest = service?.specVersion?.index;
  const own = task.specVersion?.index;
  if (newest === undefined || own === undefined || newest <= own) return;
  store.update((transaction) => {
    const current = transaction.get("task", task.id);
    if (current?.status.state !== "PENDING") return;
    const timestamp = toTimestamp(now);
    const status = { ...current.status, state: "SHUTDOWN", err: "", timestamp } as const;
    transaction.update("task", { ...current, status });
  });
}
