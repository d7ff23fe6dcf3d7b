import type { Resources, Service, TaskSpec } from "@swarmkit/proto/types";
import { type Detail, detail, formatDetails, heading } from "./details.ts";
import {
  commandDetails,
  fileDetails,
  logDriverDetails,
  mountDetails,
} from "./inspect-container.ts";
import { sortedEntries } from "./key-values.ts";
import { formatBytes, formatCpus, formatGenericResource } from "./quantity.ts";
import { formatReplicas } from "./service-table.ts";
import { formatAgo } from "./time.ts";

/** What there is to know about a service. */
export function formatService(
  service: Service,
  facts: { readonly running: number; readonly nowMs: number },
): string {
  const { annotations, task } = service.spec;
  const labels = sortedEntries(annotations.labels);
  return formatDetails([
    ...detail(0, "ID", service.id),
    ...detail(0, "Name", annotations.name),
    ...(labels.length === 0 ? [] : [heading(0, "Labels")]),
    ...labels.map(([key, value]) => ({ depth: 1, label: key, value })),
    ...detail(0, "Replicas", formatReplicas(service, facts.running)),
    ...updateDetails(service, facts.nowMs),
    heading(0, "Template"),
    ...runtimeDetails(task),
    ...resourceDetails(task),
    ...networkDetails(task),
    ...(task.container === undefined
      ? []
      : [...mountDetails(task.container, 1), ...fileDetails(task.container, 1)]),
    ...logDriverDetails("LogDriver", task.logDriver, 1),
    ...portDetails(service),
  ]);
}

function updateDetails({ updateStatus: status }: Service, nowMs: number): readonly Detail[] {
  if (status === undefined) return [];
  return [
    heading(0, "Update Status"),
    ...detail(1, "State", status.state),
    ...detail(1, "Started", formatAgo(status.startedAt, nowMs)),
    ...detail(1, "Completed", formatAgo(status.completedAt, nowMs)),
    ...detail(1, "Message", status.message),
  ];
}

function runtimeDetails({ container, generic, placement }: TaskSpec): readonly Detail[] {
  return [
    ...(container === undefined ? [] : [heading(1, "Container"), ...commandDetails(container, 2)]),
    ...(generic === undefined ? [] : detail(1, "Generic", generic.kind)),
    ...detail(2, "Constraints", (placement?.constraints ?? []).join(", ")),
    ...detail(2, "Replicas per Node", formatLimit(placement?.maxReplicas ?? 0)),
  ];
}

function formatLimit(limit: number): string {
  return limit === 0 ? "" : `at most ${limit}`;
}

function resourceDetails({ resources }: TaskSpec): readonly Detail[] {
  const details = [
    ...oneSideDetails("Reservations", resources?.reservations),
    ...oneSideDetails("Limits", resources?.limits),
  ];
  return details.length === 0 ? [] : [heading(1, "Resources"), ...details];
}

function oneSideDetails(label: string, resources: Resources | undefined): readonly Detail[] {
  if (resources === undefined) return [];
  const { nanoCpus, memoryBytes, generic } = resources;
  const details = [
    ...detail(3, "CPU", nanoCpus === 0 ? "" : formatCpus(nanoCpus)),
    ...detail(3, "Memory", memoryBytes === 0 ? "" : formatBytes(memoryBytes)),
    ...generic.flatMap((resource) => detail(3, ...formatGenericResource(resource))),
  ];
  return details.length === 0 ? [] : [heading(2, label), ...details];
}

function networkDetails({ networks }: TaskSpec): readonly Detail[] {
  return detail(1, "Networks", networks.map(({ target }) => target).join(" "));
}

/** Where the manager has given ports already, those; else the ones asked for. */
function portDetails({ endpoint, spec }: Service): readonly Detail[] {
  const allocated = endpoint?.ports ?? [];
  const ports = allocated.length > 0 ? allocated : (spec.endpoint?.ports ?? []);
  if (ports.length === 0) return [];
  return [
    heading(0, "Ports"),
    ...ports.flatMap((port) => [
      { depth: 1, label: "Name", value: port.name },
      ...detail(2, "Protocol", port.protocol),
      ...detail(2, "Port", String(port.targetPort)),
      ...detail(2, "SwarmPort", String(port.publishedPort)),
    ]),
  ];
}
