// What orchestrators ask of a task and its node before they act.
import type { Node, Task, TaskState } from "@swarmkit/proto/types";
import { compareTaskStates, isTerminal } from "../model/task-state.ts";
import type { ReadView } from "../store/types.ts";

/** True while the orchestrator wants the task to run, now or soon. */
export function isWanted(task: Task): boolean {
  return compareTaskStates(task.desiredState, "RUNNING") <= 0;
}

/**
 * True for nodes whose tasks have to move: gone, DOWN or drained. UNKNOWN and DISCONNECTED nodes
 * may be back in a moment and keep their tasks.
 */
export function isNodeInvalid(node: Node | undefined): boolean {
  return node === undefined || isNodeLost(node) || node.spec.availability === "DRAIN";
}

/** True when nothing that runs on the node can be heard of any more. */
export function isNodeLost(node: Node | undefined): boolean {
  return node === undefined || node.status.state === "DOWN";
}

/**
 * True when the task, although it is wanted, does not run and will not, or should not where it is.
 */
export function needsRestart(view: ReadView, task: Task): boolean {
  if (!isWanted(task)) return false;
  if (isTerminal(task.status.state)) return true;
  return task.nodeId !== "" && isNodeInvalid(view.get("node", task.nodeId));
}

/** True when the task is told to stop, and its node may still be running it. */
export function isStopping(view: ReadView, task: Task): boolean {
  if (isWanted(task) || isTerminal(task.status.state) || task.nodeId === "") return false;
  return !isNodeLost(view.get("node", task.nodeId));
}

/** True when `desired` is further on than what the task is told now: desires never go back. */
export function isForward(task: Task, desired: TaskState): boolean {
  return compareTaskStates(desired, task.desiredState) > 0;
}
