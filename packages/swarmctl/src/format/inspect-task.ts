import type { PortConfig, Task, TaskStatus } from "@swarmkit/proto/types";
import { type Detail, detail, formatDetails, heading } from "./details.ts";
import { commandDetails, fileDetails } from "./inspect-container.ts";
import type { NamesById } from "./names.ts";
import { isPastRunning } from "./task-state.ts";
import { formatTimestamp } from "./time.ts";

/** What there is to know about a task. */
export function formatTask(
  task: Task,
  names: { readonly serviceNames: NamesById; readonly nodeNames: NamesById },
): string {
  const { container } = task.spec;
  return formatDetails([
    ...detail(0, "ID", task.id),
    ...detail(0, "Slot", String(task.slot)),
    ...detail(0, "Service", names.serviceNames.get(task.serviceId) ?? task.serviceId),
    heading(0, "Status"),
    ...detail(1, "Desired State", task.desiredState),
    ...statusDetails(task.status),
    ...detail(0, "Node", names.nodeNames.get(task.nodeId) ?? task.nodeId),
    heading(0, "Spec"),
    ...(container === undefined
      ? detail(1, "Generic", task.spec.generic?.kind ?? "")
      : [...commandDetails(container, 1), ...fileDetails(container, 1)]),
  ]);
}

function statusDetails(status: TaskStatus): readonly Detail[] {
  const { container, portStatus } = status;
  const exitCode = isPastRunning(status.state) ? container?.exitCode : undefined;
  return [
    ...detail(1, "Last State", status.state),
    ...detail(1, "Timestamp", formatTimestamp(status.timestamp)),
    ...detail(1, "Message", status.message),
    ...detail(1, "Error", status.err),
    ...detail(1, "ContainerID", container?.containerId ?? ""),
    ...detail(1, "Pid", formatPid(container?.pid ?? 0)),
    ...detail(1, "ExitCode", exitCode === undefined ? "" : String(exitCode)),
    ...detail(1, "Ports", (portStatus?.ports ?? []).map(formatPort).join(", ")),
  ];
}

function formatPid(pid: number): string {
  return pid === 0 ? "" : String(pid);
}

function formatPort({ publishedPort, targetPort, protocol }: PortConfig): string {
  return `0.0.0.0:${publishedPort}->${targetPort}/${protocol.toLowerCase()}`;
}
