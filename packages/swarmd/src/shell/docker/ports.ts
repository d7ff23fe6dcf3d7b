import type { PortConfig, PortStatus, Task } from "@swarmkit/proto/types";
import type { ContainerInspectInfo } from "dockerode";
import { hostPorts } from "../executor/host-ports.ts";

/** The engine's name of a container's port, e.g. `80/tcp`. */
export function portKey({ targetPort, protocol }: PortConfig): string {
  return `${targetPort}/${protocol.toLowerCase()}`;
}

/** Engine's port bindings; without a published port the engine chooses one. */
export function toPortBindings(task: Task): Record<string, { HostPort: string }[]> {
  const bindings: Record<string, { HostPort: string }[]> = {};
  for (const port of hostPorts(task)) {
    const hostPort = port.publishedPort === 0 ? "" : String(port.publishedPort);
    bindings[portKey(port)] = [...(bindings[portKey(port)] ?? []), { HostPort: hostPort }];
  }
  return bindings;
}

/** The ports on which the container can be reached, as the engine reports them. */
export function toPortStatus(info: ContainerInspectInfo): PortStatus | undefined {
  const ports = new Map<string, PortConfig>();
  for (const [key, bindings] of Object.entries(info.NetworkSettings.Ports ?? {})) {
    const [target = "", protocol = ""] = key.split("/");
    // The engine lists one binding per address family; they are the same port.
    for (const { HostPort } of bindings ?? []) {
      ports.set(`${key} ${HostPort}`, {
        name: "",
        protocol: toProtocol(protocol),
        targetPort: Number(target),
        publishedPort: Number(HostPort),
        publishMode: "HOST",
      });
    }
  }
  return ports.size === 0 ? undefined : { ports: [...ports.values()] };
}

function toProtocol(name: string): PortConfig["protocol"] {
  if (name === "udp") return "UDP";
  return name === "sctp" ? "SCTP" : "TCP";
}
