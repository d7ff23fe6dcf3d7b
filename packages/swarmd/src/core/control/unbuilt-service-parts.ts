// Parts of a service spec that SwarmKit knows and this version does not act upon. They are refused:
// a service must never run otherwise than its spec says.
import type { ContainerSpec, Mount, ServiceSpec, TaskSpec } from "@swarmkit/proto/types";
import type { Refusal } from "../lib/outcome.ts";
import { notBuilt } from "./refusals.ts";

/** Refuses the first part of the spec that is not built yet. */
export function checkUnbuiltParts(spec: ServiceSpec): Refusal | undefined {
  return (
    checkMode(spec) ??
    checkNetworks(spec) ??
    checkPorts(spec) ??
    checkTask(spec.task) ??
    (spec.task.container && checkContainer(spec.task.container))
  );
}

function checkMode(spec: ServiceSpec): Refusal | undefined {
  if (spec.global !== undefined) {
    return notBuilt("global services are", "use replicated mode");
  }
  if (spec.replicatedJob !== undefined || spec.globalJob !== undefined) {
    return notBuilt("job services are", "use replicated mode");
  }
  return undefined;
}

function checkNetworks(spec: ServiceSpec): Refusal | undefined {
  const [network] = [...spec.task.networks, ...spec.networks];
  if (network === undefined) return undefined;
  return notBuilt("networks are", `remove network "${network.target}" from the service`);
}

function checkPorts(spec: ServiceSpec): Refusal | undefined {
  const port = spec.endpoint?.ports.find(({ publishMode }) => publishMode !== "HOST");
  if (port === undefined) return undefined;
  const mode = port.publishMode.toLowerCase();
  return notBuilt(`publishing port ${port.targetPort} in ${mode} mode is`, "use host mode");
}

function checkTask(task: TaskSpec): Refusal | undefined {
  const [reference] = task.resourceReferences;
  if (reference === undefined) return undefined;
  return notBuilt("resource references are", `remove the one to "${reference.resourceId}"`);
}

function checkContainer(container: ContainerSpec): Refusal | undefined {
  const [secret] = container.secrets;
  if (secret !== undefined) {
    return notBuilt("secrets are", `remove secret "${secret.secretName}" from the service`);
  }
  const [config] = container.configs;
  if (config !== undefined) {
    return notBuilt("configs are", `remove config "${config.configName}" from the service`);
  }
  if (container.privileges?.credentialSpec?.config) {
    return notBuilt("credential specs from configs are", "use a file or the registry");
  }
  for (const mount of container.mounts) {
    if (mount.type !== "CLUSTER") continue;
    const remedy = `use a bind, volume or tmpfs mount for "${mount.target}"`;
    return notBuilt("cluster (CSI) volumes are", remedy);
  }
  return checkTemplates(container);
}

/** Go templates stand in these fields. An environment variable is named without its value. */
function checkTemplates(container: ContainerSpec): Refusal | undefined {
  if (isTemplate(container.hostname)) return template("the host name");
  for (const variable of container.env) {
    const separator = variable.indexOf("=");
    if (separator < 0 || !isTemplate(variable.slice(separator + 1))) continue;
    return template(`environment variable ${variable.slice(0, separator)}`);
  }
  const mount = container.mounts.find(hasTemplate);
  return mount && template(`the mount at "${mount.target}"`);
}

function hasTemplate({ source, target, volumeOptions }: Mount): boolean {
  const options = Object.values(volumeOptions?.driverConfig?.options ?? {});
  const labels = Object.values(volumeOptions?.labels ?? {});
  return [source, target, ...labels, ...options].some(isTemplate);
}

function isTemplate(text: string): boolean {
  return text.includes("{{");
}

function template(place: string): Refusal {
  return notBuilt(`templates ("{{") in ${place} are`, "write the value out");
}
