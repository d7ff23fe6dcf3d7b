import type { Entry } from "./entry.ts";
import type { HardState } from "./state.ts";

/** What a founding member saves before its first start, in place of a history. */
export interface Bootstrap {
  readonly hardState: HardState;
  readonly entries: readonly Entry[];
}

/**
 * The first entries of a new group: one committed change of term 1 for each founding member, so that the
 * membership is part of the log and whoever replays it learns it. Every founder saves the same.
 */
export function bootstrapLog(encodedChanges: readonly Uint8Array[]): Bootstrap {
  const entries = encodedChanges.map(
    (data, position): Entry => ({ term: 1, index: position + 1, type: "conf-change", data }),
  );
  return { hardState: { term: 1, vote: undefined, commit: entries.length }, entries };
}
