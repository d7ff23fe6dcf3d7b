import type { ServiceSpec, UpdateConfig } from "@swarmkit/proto/types";
import { type Refusal, refuse } from "../lib/outcome.ts";
import { checkName } from "./annotations.ts";
import { checkNotNegative } from "./durations.ts";
import { checkEndpointSpec } from "./endpoint-spec.ts";
import { invalidArgument } from "./refusals.ts";
import { checkTaskSpec } from "./task-spec.ts";
import { checkUnbuiltParts } from "./unbuilt-service-parts.ts";

/**
 * Replicas of one service, at most: as many as the largest swarm that we plan for has tasks. SwarmKit
 * has no bound, and a slip of the finger can bury its managers in tasks.
 */
export const replicasMax = 100_000;

/** Checks a spec by itself: SwarmKit's rules in its order, then what is not built yet. */
export function checkServiceSpec(spec: ServiceSpec | undefined): Refusal | undefined {
  if (spec === undefined) return invalidArgument;
  return (
    checkName(spec.annotations) ??
    checkTaskSpec(spec.task) ??
    checkMode(spec) ??
    checkUpdate(spec) ??
    checkEndpointSpec(spec.endpoint) ??
    checkUnbuiltParts(spec)
  );
}

/** The mode's field; undefined when the spec has none. */
export function modeOf(spec: ServiceSpec): string | undefined {
  const modes = ["replicated", "global", "replicatedJob", "globalJob"] as const;
  return modes.find((mode) => spec[mode] !== undefined);
}

function checkMode(spec: ServiceSpec): Refusal | undefined {
  if (modeOf(spec) === undefined) return refuse("invalid-argument", "Unrecognized service mode");
  const replicas = spec.replicated?.replicas ?? 0;
  if (replicas < 0) return refuse("invalid-argument", "Number of replicas must be non-negative");
  if (replicas <= replicasMax) return undefined;
  return refuse(
    "invalid-argument",
    `Number of replicas must be at most ${replicasMax}, not ${replicas}: ` +
      "ask for fewer, or split the service",
  );
}

function checkUpdate({ replicatedJob, globalJob, update }: ServiceSpec): Refusal | undefined {
  if (replicatedJob === undefined && globalJob === undefined) return checkUpdateConfig(update);
  if (update === undefined) return undefined;
  return refuse("invalid-argument", "Jobs may not have an update config");
}

/** The rollback configuration is not checked, as in SwarmKit: services that have it must go on. */
function checkUpdateConfig(config: UpdateConfig | undefined): Refusal | undefined {
  if (config === undefined) return undefined;
  const negative =
    checkNotNegative(config.delay, "TaskSpec: update-delay") ??
    checkNotNegative(config.monitor, "TaskSpec: update-monitor");
  if (negative !== undefined) return negative;
  if (config.maxFailureRatio >= 0 && config.maxFailureRatio <= 1) return undefined;
  return refuse(
    "invalid-argument",
    "TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1",
  );
}
