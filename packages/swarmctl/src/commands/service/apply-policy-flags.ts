// Restarts, updates and rollbacks. A policy that a service does not have stands for the manager's
// defaults, so the first flag about it starts from those: the rest stays as it was.
import type { RestartPolicy, UpdateConfig } from "@swarmkit/proto/types";
import type { FlagValues } from "../../define-command.ts";
import type { SpecFlags } from "./spec-flags.ts";

type Flags = FlagValues<SpecFlags>;

/** The manager's own (SwarmKit api/defaults/service.go); without a delay it takes 5 s. */
const defaultRestart: RestartPolicy = { condition: "ANY", maxAttempts: 0 };

/** The manager's own (SwarmKit api/defaults/service.go), monitored for 5 s. */
const defaultUpdate: UpdateConfig = {
  parallelism: 1,
  delay: { seconds: 0, nanos: 0 },
  failureAction: "PAUSE",
  monitor: { seconds: 5, nanos: 0 },
  maxFailureRatio: 0,
  order: "STOP_FIRST",
};

export function applyRestartFlags(
  before: RestartPolicy | undefined,
  flags: Flags,
): RestartPolicy | undefined {
  return overlay(before, defaultRestart, {
    condition: flags.restartCondition,
    delay: flags.restartDelay,
    maxAttempts: flags.restartMaxAttempts,
    window: flags.restartWindow,
  });
}

export function applyUpdateFlags(
  before: UpdateConfig | undefined,
  flags: Flags,
): UpdateConfig | undefined {
  return overlay(before, defaultUpdate, {
    parallelism: flags.updateParallelism,
    delay: flags.updateDelay,
    failureAction: flags.updateOnFailure,
    order: flags.updateOrder,
  });
}

export function applyRollbackFlags(
  before: UpdateConfig | undefined,
  flags: Flags,
): UpdateConfig | undefined {
  return overlay(before, defaultUpdate, {
    parallelism: flags.rollbackParallelism,
    delay: flags.rollbackDelay,
    failureAction: flags.rollbackOnFailure,
    order: flags.rollbackOrder,
  });
}

/** The changes that are there, laid over what was before, or over the defaults. */
function overlay<T extends object>(
  before: T | undefined,
  defaults: T,
  changes: { readonly [Key in keyof T]?: T[Key] | undefined },
): T | undefined {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  if (given.length === 0) return before;
  return { ...(before ?? defaults), ...(Object.fromEntries(given) as Partial<T>) };
}
