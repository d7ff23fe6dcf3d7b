/**
 * Raft's saved values as raftpb bytes. Written here rather than by the general codec because every entry
 * passes through it twice; a test holds it equal to the general one.
 */
import type { ConfState, Entry, EntryType, HardState } from "@swarmkit/raft";
import { readFields, toBytes, toId, toNumber, WireError, WireWriter } from "./wire.ts";

/** A snapshot's place in the log, as its record in the log states it. */
export interface SnapshotPosition {
  readonly index: number;
  readonly term: number;
  /** Absent at index 0 and in logs of early versions. */
  readonly confState: ConfState | undefined;
}

/** In raftpb's numbering. */
const entryTypes: readonly EntryType[] = ["normal", "conf-change", "conf-change-v2"];

/** raftpb.Entry with `data` as it shall be stored. */
export function encodeEntry(entry: Entry, data: Uint8Array): Uint8Array {
  return new WireWriter(data.length + 40)
    .number(1, entryTypes.indexOf(entry.type))
    .number(2, entry.term)
    .number(3, entry.index)
    .bytes(4, data)
    .finish();
}

/** The inverse; `data` is as stored. Throws a WireError. */
export function decodeEntry(bytes: Uint8Array): Entry {
  let type: EntryType | undefined = "normal";
  let term = 0;
  let index = 0;
  let data: Uint8Array | undefined;
  for (const field of readFields(bytes)) {
    if (field.field === 1) type = entryTypes[toNumber(field)];
    else if (field.field === 2) term = toNumber(field);
    else if (field.field === 3) index = toNumber(field);
    else if (field.field === 4) data = toBytes(field);
    else throw new WireError(`an entry has no field ${field.field}`);
  }
  if (type === undefined) throw new WireError("an entry is of an unknown type");
  if (data === undefined) throw new WireError("an entry has no data");
  if (index === 0) throw new WireError("an entry has no index");
  return { type, term, index, data };
}

/** raftpb.HardState. */
export function encodeHardState(state: HardState): Uint8Array {
  return new WireWriter()
    .number(1, state.term)
    .id(2, state.vote ?? "0")
    .number(3, state.commit)
    .finish();
}

/** The inverse. Throws a WireError. */
export function decodeHardState(bytes: Uint8Array): HardState {
  let term = 0;
  let vote = "0";
  let commit = 0;
  for (const field of readFields(bytes)) {
    if (field.field === 1) term = toNumber(field);
    else if (field.field === 2) vote = toId(field);
    else if (field.field === 3) commit = toNumber(field);
    else throw new WireError(`a hard state has no field ${field.field}`);
  }
  return { term, vote: vote === "0" ? undefined : vote, commit };
}

/** walpb.Snapshot. */
export function encodeSnapshotPosition(position: SnapshotPosition): Uint8Array {
  const writer = new WireWriter().number(1, position.index).number(2, position.term);
  if (position.confState !== undefined) writer.bytes(3, encodeConfState(position.confState));
  return writer.finish();
}

/** The inverse. Throws a WireError. */
export function decodeSnapshotPosition(bytes: Uint8Array): SnapshotPosition {
  let index = 0;
  let term = 0;
  let confState: ConfState | undefined;
  for (const field of readFields(bytes)) {
    if (field.field === 1) index = toNumber(field);
    else if (field.field === 2) term = toNumber(field);
    else if (field.field === 3) confState = decodeConfState(toBytes(field));
    else throw new WireError(`a snapshot record has no field ${field.field}`);
  }
  return { index, term, confState };
}

/** raftpb.ConfState. */
export function encodeConfState(confState: ConfState): Uint8Array {
  const writer = new WireWriter();
  for (const [field, list] of confStateLists) {
    for (const id of confState[list] ?? []) writer.id(field, id);
  }
  return writer.number(5, confState.autoLeave === true ? 1 : 0).finish();
}

/** The inverse; what is empty is left out. Throws a WireError. */
export function decodeConfState(bytes: Uint8Array): ConfState {
  const lists: Partial<Record<ConfStateList, string[]>> = {};
  let autoLeave = false;
  for (const field of readFields(bytes)) {
    const list = confStateLists.get(field.field);
    if (list !== undefined) {
      lists[list] ??= [];
      lists[list].push(toId(field));
    } else if (field.field === 5) {
      autoLeave = toNumber(field) !== 0;
    } else {
      throw new WireError(`a membership has no field ${field.field}`);
    }
  }
  return { voters: [], ...lists, ...(autoLeave ? { autoLeave } : {}) };
}

type ConfStateList = "voters" | "learners" | "votersOutgoing" | "learnersNext";

/** The lists of a ConfState by their numbers in raftpb. */
const confStateLists: ReadonlyMap<number, ConfStateList> = new Map([
  [1, "voters"],
  [2, "learners"],
  [3, "votersOutgoing"],
  [4, "learnersNext"],
]);
