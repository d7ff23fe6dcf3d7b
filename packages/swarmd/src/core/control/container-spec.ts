import type { ContainerSpec, HealthConfig } from "@swarmkit/proto/types";
import { type Refusal, refuse } from "../lib/outcome.ts";
import { checkZeroOrMillisecond } from "./durations.ts";
import { isImageReference } from "./image-reference.ts";

/** SwarmKit's rules for a container. */
export function checkContainerSpec(container: ContainerSpec): Refusal | undefined {
  return (
    checkImage(container.image) ??
    checkMountTargets(container) ??
    checkHealthConfig(container.healthcheck)
  );
}

function checkImage(image: string): Refusal | undefined {
  if (image === "") {
    return refuse("invalid-argument", "ContainerSpec: image reference must be provided");
  }
  if (isImageReference(image)) return undefined;
  const quoted = JSON.stringify(image);
  return refuse("invalid-argument", `ContainerSpec: ${quoted} is not a valid repository/tag`);
}

function checkMountTargets({ mounts }: ContainerSpec): Refusal | undefined {
  const targets = new Set<string>();
  for (const { target } of mounts) {
    if (targets.has(target)) {
      return refuse("invalid-argument", `ContainerSpec: duplicate mount point: ${target}`);
    }
    targets.add(target);
  }
  return undefined;
}

function checkHealthConfig(config: HealthConfig | undefined): Refusal | undefined {
  if (config === undefined) return undefined;
  return (
    checkZeroOrMillisecond(config.interval, "ContainerSpec: Interval in HealthConfig") ??
    checkZeroOrMillisecond(config.timeout, "ContainerSpec: Timeout in HealthConfig") ??
    checkZeroOrMillisecond(config.startPeriod, "ContainerSpec: StartPeriod in HealthConfig") ??
    checkZeroOrMillisecond(config.startInterval, "ContainerSpec: StartInterval in HealthConfig") ??
    checkRetries(config.retries)
  );
}

function checkRetries(retries: number): Refusal | undefined {
  if (retries >= 0) return undefined;
  return refuse("invalid-argument", "ContainerSpec: Retries in HealthConfig cannot be negative");
}
