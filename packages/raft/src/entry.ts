/** What an entry's data means to the host. Raft itself only tells configuration changes from the rest. */
export type EntryType = "normal" | "conf-change" | "conf-change-v2";

/** One slot of the replicated log. `data` is opaque; empty data is what a new leader appends (§5.4.2). */
export interface Entry {
  readonly term: number;
  readonly index: number;
  readonly type: EntryType;
  readonly data: Uint8Array;
}

/**
 * What an entry is charged beyond its data: an upper bound of its framing on the wire, so that empty
 * entries are not free and a byte limit also bounds their number.
 */
export const entryOverheadBytes = 32;

/** An entry's charge against every limit in bytes. */
export function entryBytes(data: Uint8Array): number {
  return data.length + entryOverheadBytes;
}

/** The longest prefix within `bytesMax`, but never less than one entry, or a large one would stall all. */
export function limitEntries(entries: readonly Entry[], bytesMax: number): readonly Entry[] {
  let bytes = 0;
  for (const [position, entry] of entries.entries()) {
    bytes += entryBytes(entry.data);
    if (bytes > bytesMax && position > 0) return entries.slice(0, position);
  }
  return entries;
}

/** Whether applying this entry changes the membership. */
export function isConfChange(entry: Entry): boolean {
  return entry.type !== "normal";
}
