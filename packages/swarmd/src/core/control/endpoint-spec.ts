import type { EndpointSpec, PortConfig } from "@swarmkit/proto/types";
import { type Refusal, refuse } from "../lib/outcome.ts";
import type { ReadView } from "../store/types.ts";

/** SwarmKit's rules for one endpoint by itself. */
export function checkEndpointSpec(endpoint: EndpointSpec | undefined): Refusal | undefined {
  if (endpoint === undefined) return undefined;
  const published = new Set<string>();
  for (const port of endpoint.ports) {
    if (endpoint.mode === "DNSRR" && port.publishMode === "INGRESS") {
      return refuse(
        "invalid-argument",
        "EndpointSpec: port published with ingress mode can't be used with dnsrr mode",
      );
    }
    if (port.publishedPort === 0) continue;
    if (published.has(portKey(port))) {
      return refuse("invalid-argument", "EndpointSpec: duplicate published ports provided");
    }
    published.add(portKey(port));
  }
  return undefined;
}

/**
 * Refuses a port that another service has. Two services may publish one port in host mode: the
 * scheduler keeps them apart.
 */
export function checkPortConflicts(
  endpoint: EndpointSpec | undefined,
  view: ReadView,
  ownServiceId: string | undefined,
): Refusal | undefined {
  const wanted = new Map<string, PortConfig["publishMode"]>();
  for (const port of endpoint?.ports ?? []) {
    if (port.publishedPort !== 0) wanted.set(portKey(port), port.publishMode);
  }
  if (wanted.size === 0) return undefined;
  for (const service of view.find("service", { by: "all" })) {
    if (service.id === ownServiceId) continue;
    const ports = [...(service.spec.endpoint?.ports ?? []), ...(service.endpoint?.ports ?? [])];
    for (const port of ports) {
      const mode = wanted.get(portKey(port));
      if (mode === undefined || (mode === "HOST" && port.publishMode === "HOST")) continue;
      const use = port.publishMode === "HOST" ? "a host-published port" : "an ingress port";
      const owner = `'${service.spec.annotations.name}' (${service.id})`;
      return refuse(
        "invalid-argument",
        `port '${port.publishedPort}' is already in use by service ${owner} as ${use}`,
      );
    }
  }
  return undefined;
}

function portKey({ publishedPort, protocol }: PortConfig): string {
  return `${publishedPort}/${protocol}`;
}
