import type {
  GetTaskRequest,
  GetTaskResponse,
  ListTasksRequest,
  ListTasksRequestFilters,
  ListTasksResponse,
  RemoveTaskRequest,
  RemoveTaskResponse,
  Task,
} from "@swarmkit/proto/types";
import { type Outcome, succeed } from "../lib/outcome.ts";
import { taskName } from "../model/naming.ts";
import type { Query, ReadView, WriteTransaction } from "../store/types.ts";
import type { ControlContext } from "./context.ts";
import { invalidArgument, notFound, toOutcome } from "./refusals.ts";
import { runtimeName } from "./runtime-name.ts";
import { passes, selectAll, type Traits } from "./select.ts";

const traits: Traits<"task"> = {
  table: "task",
  name: taskName,
  labels: ({ serviceAnnotations }) => serviceAnnotations.labels,
};

export function getTask({ taskId }: GetTaskRequest, view: ReadView): Outcome<GetTaskResponse> {
  if (taskId === "") return invalidArgument;
  const task = view.get("task", taskId);
  return task === undefined ? notFound("task", taskId) : succeed({ task });
}

export function listTasks(
  { filters }: ListTasksRequest,
  view: ReadView,
  context: ControlContext,
): Outcome<ListTasksResponse> {
  const found = selectAll(view, traits, filters, filters && narrowingQueries(filters));
  if (filters === undefined) return succeed({ tasks: found });
  const tasks = found.filter(
    (task) =>
      passes(filters.serviceIds, (id) => id === task.serviceId) &&
      passes(filters.nodeIds, (id) => id === task.nodeId) &&
      passes(filters.desiredStates, (state) => state === task.desiredState) &&
      passes(filters.runtimes, (runtime) => runtime === runtimeName(task.spec)) &&
      (!filters.upToDate || isUpToDate(task, view, context)),
  );
  return succeed({ tasks });
}

/** Deletes the object at once, as SwarmKit does: the orchestrator puts another task in its place. */
export function removeTask(
  { taskId }: RemoveTaskRequest,
  tx: WriteTransaction,
): Outcome<RemoveTaskResponse> {
  if (taskId === "") return invalidArgument;
  if (tx.get("task", taskId) === undefined) return notFound("task", taskId);
  return toOutcome(tx.remove("task", taskId), () => ({}));
}

function narrowingQueries(filters: ListTasksRequestFilters): readonly Query<"task">[] {
  const { serviceIds, nodeIds, desiredStates } = filters;
  if (serviceIds.length > 0) return serviceIds.map((serviceId) => ({ by: "service", serviceId }));
  if (nodeIds.length > 0) return nodeIds.map((nodeId) => ({ by: "node", nodeId }));
  return desiredStates.map((state) => ({ by: "desired-state", state }));
}

/** A task whose service is gone is not what anybody asks for. */
function isUpToDate(task: Task, view: ReadView, context: ControlContext): boolean {
  const service = view.get("service", task.serviceId);
  if (service === undefined) return false;
  return !context.isTaskDirty(service, task, view.get("node", task.nodeId));
}
