import type { TaskSpec } from "@swarmkit/proto/types";

/** The name that the `runtimes` filters go by; undefined when the spec has no runtime. */
export function runtimeName(spec: TaskSpec): string | undefined {
  if (spec.attachment !== undefined) return "attachment";
  if (spec.container !== undefined) return "container";
  return spec.generic?.kind.toLowerCase();
}
