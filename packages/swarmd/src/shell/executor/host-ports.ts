import type { PortConfig, Task } from "@swarmkit/proto/types";

/** Ports that the task publishes on its own host, without the routing mesh. */
export function hostPorts(task: Task): readonly PortConfig[] {
  const { endpoint } = task;
  const ports = endpoint?.ports.length ? endpoint.ports : (endpoint?.spec?.ports ?? []);
  return ports.filter(({ publishMode }) => publishMode === "HOST");
}
