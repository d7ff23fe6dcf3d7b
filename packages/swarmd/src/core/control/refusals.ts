import { type Outcome, type Refusal, refuse, succeed } from "../lib/outcome.ts";
import type { WriteResult } from "../store/types.ts";

/** SwarmKit's answer to a request without its id, version or spec. */
export const invalidArgument: Refusal = refuse("invalid-argument", "invalid argument");

export function notFound(kind: string, id: string): Refusal {
  return refuse("not-found", `${kind} ${id} not found`);
}

/** For what SwarmKit can do and we cannot yet. `remedy` says what to do until then. */
export function notBuilt(what: string, remedy: string): Refusal {
  return refuse("unimplemented", `${what} not built yet: ${remedy}`);
}

/**
 * A write's outcome: its value when it was made. A stale version has the code UNKNOWN, as SwarmKit
 * answers; its clients match the text.
 */
export function toOutcome<T>(result: WriteResult, value: () => T): Outcome<T> {
  return result.ok ? succeed(value()) : refuse("unknown", result.message);
}
