import type { Mount } from "@swarmkit/proto/types";
import { usageError } from "../../errors.ts";

/** Adds mounts to a service's; one with the target of an old one takes its place. */
export function mergeMounts(before: readonly Mount[], added: readonly Mount[]): readonly Mount[] {
  const targets = new Set<string>();
  for (const { target } of added) {
    if (targets.has(target)) {
      const why = "two mounts cannot have one target";
      throw usageError(`${target} is mounted twice`, why, "leave one of them out");
    }
    targets.add(target);
  }
  return [...before.filter(({ target }) => !targets.has(target)), ...added];
}
