// From the flags to a service's spec. Only what flags say changes: SwarmKit's swarmctl also set a
// restart policy and took away the log driver.
import type { Driver, Placement, ServiceSpec, TaskSpec } from "@swarmkit/proto/types";
import type { FlagValues } from "../../define-command.ts";
import { usageError } from "../../errors.ts";
import { applyContainerFlags } from "./apply-container-flags.ts";
import { applyRestartFlags, applyRollbackFlags, applyUpdateFlags } from "./apply-policy-flags.ts";
import { applyResourceFlags } from "./apply-resource-flags.ts";
import type { SpecFlags } from "./spec-flags.ts";

type Flags = FlagValues<SpecFlags>;

/** The spec as the flags have it. Throws CliError for flags that do not go with the service. */
export function applySpecFlags(
  spec: ServiceSpec,
  flags: Flags,
  networkId: string | undefined,
): ServiceSpec {
  const { annotations } = spec;
  return {
    ...spec,
    annotations: {
      ...annotations,
      name: flags.name ?? annotations.name,
      labels: flags.label ?? annotations.labels,
    },
    ...replicatedPart(spec, flags),
    update: applyUpdateFlags(spec.update, flags),
    rollback: applyRollbackFlags(spec.rollback, flags),
    endpoint:
      flags.ports === undefined
        ? spec.endpoint
        : { mode: "VIP", ...spec.endpoint, ports: flags.ports },
    task: applyTaskFlags(spec, flags, networkId),
  };
}

function replicatedPart(spec: ServiceSpec, flags: Flags): Pick<ServiceSpec, "replicated"> {
  if (flags.replicas === undefined) return { replicated: spec.replicated };
  if (spec.replicated === undefined) throw onlyReplicated("--replicas");
  return { replicated: { ...spec.replicated, replicas: flags.replicas } };
}

function applyTaskFlags(spec: ServiceSpec, flags: Flags, networkId: string | undefined): TaskSpec {
  const { task } = spec;
  return {
    ...task,
    container: applyContainerFlags(task.container, flags),
    resources: applyResourceFlags(task.resources, flags),
    restart: applyRestartFlags(task.restart, flags),
    placement: applyPlacementFlags(spec, flags),
    logDriver: applyLogFlags(task.logDriver, flags),
    networks:
      networkId === undefined
        ? task.networks
        : [{ target: networkId, aliases: [], addresses: [], driverAttachmentOpts: {} }],
  };
}

function applyPlacementFlags(spec: ServiceSpec, flags: Flags): Placement | undefined {
  const { constraint, replicasMaxPerNode } = flags;
  const { placement } = spec.task;
  if (constraint === undefined && replicasMaxPerNode === undefined) return placement;
  if (replicasMaxPerNode !== undefined && spec.replicated === undefined) {
    throw onlyReplicated("--replicas-max-per-node");
  }
  return {
    preferences: [],
    platforms: [],
    ...placement,
    constraints: constraint ?? placement?.constraints ?? [],
    maxReplicas: replicasMaxPerNode ?? placement?.maxReplicas ?? 0,
  };
}

function applyLogFlags(driver: Driver | undefined, flags: Flags): Driver | undefined {
  const { logDriver: name, logOpt: options } = flags;
  if (name !== undefined) return { name, options: options ?? {} };
  if (options === undefined) return driver;
  if (driver === undefined) {
    const why = "the service has no log driver for it";
    throw usageError("--log-opt has nothing to set", why, "name one with --log-driver");
  }
  return { ...driver, options };
}

function onlyReplicated(flag: string): Error {
  const remedy = `leave ${flag} out`;
  return usageError(`${flag} cannot be used`, "the service is not a replicated one", remedy);
}
