import type { Node, Service, Task } from "@swarmkit/proto/types";
import { compareText } from "./names.ts";
import { formatTable } from "./table.ts";

const columns = ["ID", "Name", "Image", "Replicas"];

/** The order in which services are listed: by name. */
export function sortServices(services: readonly Service[]): readonly Service[] {
  return [...services].sort(
    (left, right) =>
      compareText(left.spec.annotations.name, right.spec.annotations.name) ||
      compareText(left.id, right.id),
  );
}

/** How many tasks of each service run, by the service's id. */
export type RunningByService = ReadonlyMap<string, number>;

/** Counts running tasks; what a node that is down says about its tasks is no longer true. */
export function countRunning(tasks: readonly Task[], nodes: readonly Node[]): RunningByService {
  const downIds = new Set(
    nodes.filter(({ status }) => status.state === "DOWN").map(({ id }) => id),
  );
  const nodeIds = new Set(nodes.map(({ id }) => id));
  const running = new Map<string, number>();
  for (const { serviceId, nodeId, status } of tasks) {
    if (status.state !== "RUNNING" || !nodeIds.has(nodeId) || downIds.has(nodeId)) continue;
    running.set(serviceId, (running.get(serviceId) ?? 0) + 1);
  }
  return running;
}

export function formatServiceTable(
  services: readonly Service[],
  running: RunningByService,
): string {
  return formatTable(
    columns,
    services.map((service) => [
      service.id,
      service.spec.annotations.name,
      service.spec.task.container?.image ?? "",
      formatReplicas(service, running.get(service.id) ?? 0),
    ]),
  );
}

/** How many tasks run of how many that should: `3/5`; a global service has no such number. */
export function formatReplicas({ spec }: Service, running: number): string {
  if (spec.replicated !== undefined) return `${running}/${spec.replicated.replicas}`;
  return spec.global === undefined ? "" : "global";
}
