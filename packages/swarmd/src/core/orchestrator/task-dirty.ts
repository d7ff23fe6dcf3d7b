import type { Node, Service, Task, TaskSpec } from "@swarmkit/proto/types";
import { nodeMatches, parseConstraints } from "../constraint/constraint.ts";
import { isEqual } from "../lib/equal.ts";
import { compareTaskStates } from "../model/task-state.ts";
import type { ReadView } from "../store/types.ts";

/**
 * True when the service's spec asks for a task other than this one, so that a rolling update has to
 * replace it (swarmkit manager/orchestrator/task.go). `node` is the task's node, if it has one.
 */
export function isTaskDirty(service: Service, task: Task, node: Node | undefined): boolean {
  const { specVersion } = service;
  if (specVersion !== undefined && specVersion.index === task.specVersion?.index) return false;
  if (task.endpoint !== undefined && !isEqual(service.spec.endpoint, task.endpoint.spec)) {
    return true;
  }
  let wanted: TaskSpec = service.spec.task;
  let actual: TaskSpec = task.spec;
  // Where a task is already, a placement that its node meets asks for nothing new.
  if (node !== undefined && meetsConstraints(service, node)) {
    wanted = { ...wanted, placement: undefined };
    actual = { ...actual, placement: undefined };
  }
  // The image is there once a task is READY: other credentials to pull it change nothing.
  if (hasImage(task)) {
    wanted = withoutPullOptions(wanted);
    actual = withoutPullOptions(actual);
  }
  return !isEqual(wanted, actual);
}

/** True when the slot (or node) has more than one task, or one that is dirty. */
export function isSlotDirty(view: ReadView, service: Service, tasks: readonly Task[]): boolean {
  const [first] = tasks;
  if (first === undefined) return false;
  return tasks.length > 1 || isTaskDirtyIn(view, service, first);
}

/** `isTaskDirty` with the node looked up. */
export function isTaskDirtyIn(view: ReadView, service: Service, task: Task): boolean {
  const node = task.nodeId === "" ? undefined : view.get("node", task.nodeId);
  return isTaskDirty(service, task, node);
}

function meetsConstraints(service: Service, node: Node): boolean {
  const parsed = parseConstraints(service.spec.task.placement?.constraints ?? []);
  return parsed.ok && nodeMatches(parsed.constraints, node);
}

function hasImage(task: Task): boolean {
  return (
    compareTaskStates(task.desiredState, "RUNNING") <= 0 &&
    compareTaskStates(task.status.state, "READY") >= 0 &&
    compareTaskStates(task.status.state, "RUNNING") <= 0
  );
}

function withoutPullOptions(spec: TaskSpec): TaskSpec {
  if (spec.container?.pullOptions === undefined) return spec;
  return { ...spec, container: { ...spec.container, pullOptions: undefined } };
}
