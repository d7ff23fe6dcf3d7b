import type { ResourceRequirements, Resources } from "@swarmkit/proto/types";
import type { FlagValues } from "../../define-command.ts";
import type { SpecFlags } from "./spec-flags.ts";

/** What a task needs and may use, as the flags have it. */
export function applyResourceFlags(
  before: ResourceRequirements | undefined,
  flags: FlagValues<SpecFlags>,
): ResourceRequirements | undefined {
  const reservations = applySide(before?.reservations, {
    nanoCpus: flags.cpuReservation,
    memoryBytes: flags.memoryReservation,
    generic: flags.genericResources,
  });
  const limits = applySide(before?.limits, {
    nanoCpus: flags.cpuLimit,
    memoryBytes: flags.memoryLimit,
    generic: undefined,
  });
  if (reservations === before?.reservations && limits === before?.limits) return before;
  return { ...before, reservations, limits };
}

type Change = {
  readonly [Key in "nanoCpus" | "memoryBytes" | "generic"]: Resources[Key] | undefined;
};

function applySide(before: Resources | undefined, change: Change): Resources | undefined {
  if (Object.values(change).every((value) => value === undefined)) return before;
  return {
    ...before,
    nanoCpus: change.nanoCpus ?? before?.nanoCpus ?? 0,
    memoryBytes: change.memoryBytes ?? before?.memoryBytes ?? 0,
    generic: change.generic ?? before?.generic ?? [],
  };
}
