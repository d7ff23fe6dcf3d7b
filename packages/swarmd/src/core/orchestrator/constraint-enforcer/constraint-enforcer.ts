// Rejects tasks whose node has changed under them: its labels or address no longer meet the
// service's constraints, or its resources no longer suffice. The orchestrator then places them
// anew. PAUSE and DRAIN are not its business: paused nodes keep what they have, drained ones are
// emptied anyway. Reads nodes, tasks and services; writes Task.status.
import type { Node, Task } from "@swarmkit/proto/types";
import { nodeMatches, parseConstraints } from "../../constraint/constraint.ts";
import { isEqual } from "../../lib/equal.ts";
import { type Millis, toTimestamp } from "../../lib/time.ts";
import { compareTaskStates, isTerminal } from "../../model/task-state.ts";
import { compareByCreation } from "../../model/task-time.ts";
import type { Batch, Commit, Component, ReadView } from "../../store/types.ts";
import { mustWrite } from "../writes.ts";
import { NodeAllowance } from "./node-allowance.ts";

export class ConstraintEnforcer implements Component {
  readonly name = "constraint-enforcer";

  start(store: Batch, now: Millis): void {
    for (const node of store.find("node", { by: "all" })) rejectMisplaced(store, node.id, now);
  }

  handle(commit: Commit, store: Batch, now: Millis): void {
    for (const event of commit.events) {
      if (event.table !== "node" || event.kind !== "update") continue;
      // Most updates of nodes are about their sessions and change nothing for tasks.
      if (isRelevantChange(event.old, event.object)) rejectMisplaced(store, event.object.id, now);
    }
  }

  tick(): void {}

  nextDeadline(): undefined {
    return undefined;
  }
}

function isRelevantChange(before: Node, after: Node): boolean {
  return !(
    before.role === after.role &&
    before.status.addr === after.status.addr &&
    isEqual(before.spec, after.spec) &&
    isEqual(before.description, after.description)
  );
}

function rejectMisplaced(store: Batch, nodeId: string, now: Millis): void {
  const node = store.get("node", nodeId);
  if (node?.spec.availability !== "ACTIVE") return;
  for (const task of findMisplaced(store, node)) {
    store.update((transaction) => {
      const current = transaction.get("task", task.id);
      if (current === undefined || !isEnforceable(current)) return;
      const status = {
        ...current.status,
        state: "REJECTED",
        message: "task rejected by constraint enforcer",
        err: "assigned node no longer meets constraints",
        timestamp: toTimestamp(now),
      } as const;
      mustWrite(transaction.update("task", { ...current, status }));
    });
  }
}

/** Older tasks have the first claim on the node's resources. */
function findMisplaced(view: ReadView, node: Node): readonly Task[] {
  const allowance = new NodeAllowance(node.description?.resources);
  return view
    .find("task", { by: "node", nodeId: node.id })
    .filter(isEnforceable)
    .sort(compareByCreation)
    .filter((task) => !meetsConstraints(view, node, task) || !allowance.claim(task));
}

/** Placed and wanted, and not over: SwarmKit rejected completed tasks for a long time. */
function isEnforceable(task: Task): boolean {
  return (
    compareTaskStates(task.desiredState, "ASSIGNED") >= 0 &&
    compareTaskStates(task.desiredState, "COMPLETE") <= 0 &&
    !isTerminal(task.status.state)
  );
}

/**
 * The service's constraints count, not the task's: an update of nothing but constraints leaves
 * tasks alone whose nodes meet them, and with their old specs.
 */
function meetsConstraints(view: ReadView, node: Node, task: Task): boolean {
  const spec = view.get("service", task.serviceId)?.spec.task ?? task.spec;
  const parsed = parseConstraints(spec.placement?.constraints ?? []);
  // Constraints that do not parse were let through by some other manager: nothing follows from
  // them.
  return !parsed.ok || nodeMatches(parsed.constraints, node);
}
