import type {
  ListServiceStatusesRequest,
  ListServiceStatusesResponse,
  ListServiceStatusesResponseServiceStatus,
  Service,
  Task,
} from "@swarmkit/proto/types";
import { type Outcome, succeed } from "../lib/outcome.ts";
import type { ReadView } from "../store/types.ts";

/** Counts the tasks of services; one that is gone has its remaining tasks counted, and wants none. */
export function listServiceStatuses(
  { services }: ListServiceStatusesRequest,
  view: ReadView,
): Outcome<ListServiceStatusesResponse> {
  return succeed({ statuses: services.map((serviceId) => countTasks(serviceId, view)) });
}

function countTasks(serviceId: string, view: ReadView): ListServiceStatusesResponseServiceStatus {
  const service = view.get("service", serviceId);
  const iteration = service?.jobStatus?.jobIteration.index;
  const tasks = view
    .find("task", { by: "service", serviceId })
    .filter(({ jobIteration }) => iteration === undefined || jobIteration?.index === iteration);
  const inState = (state: Task["status"]["state"]): number =>
    tasks.filter(({ status }) => status.state === state).length;
  return {
    serviceId,
    desiredTasks: service === undefined ? 0 : countDesired(service, tasks),
    runningTasks: inState("RUNNING"),
    completedTasks: iteration === undefined ? 0 : inState("COMPLETE"),
  };
}

function countDesired({ spec }: Service, tasks: readonly Task[]): number {
  if (spec.replicated !== undefined) return spec.replicated.replicas;
  if (spec.replicatedJob !== undefined) return spec.replicatedJob.maxConcurrent;
  // A global service or job wants the tasks that its orchestrator has made for the nodes.
  return tasks.filter(
    ({ desiredState, status }) =>
      desiredState === "RUNNING" || (desiredState === "COMPLETE" && status.state !== "COMPLETE"),
  ).length;
}
