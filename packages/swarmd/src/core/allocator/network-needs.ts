// What of a service or task needs networks, which are not built yet, and how it is told.
import type { EndpointSpec, Service, Task } from "@swarmkit/proto/types";

/**
 * Why the task cannot have its network, for `status.err`: what, why and what to do. Undefined when it
 * needs none. The service's own network list is a deprecated place for the same request.
 */
export function explainNetworkNeed(task: Task, service: Service | undefined): string | undefined {
  if (task.spec.attachment !== undefined) {
    return "network attachments are not supported yet: this task cannot be started";
  }
  const named = task.spec.networks[0] ?? service?.spec.networks[0];
  if (named !== undefined) {
    return (
      `network "${named.target}" cannot be attached: networks are not supported yet; ` +
      "update the service without networks"
    );
  }
  const ingress = task.endpoint?.spec?.ports.find((port) => port.publishMode === "INGRESS");
  if (ingress !== undefined) {
    return (
      `port ${ingress.targetPort} cannot be published through the ingress network: networks are not ` +
      "supported yet; publish it with mode host"
    );
  }
  return undefined;
}

/** True when the ports need no allocation: they are published by each task's own node. */
export function isHostOnly(spec: EndpointSpec): boolean {
  return spec.ports.every((port) => port.publishMode === "HOST");
}
