import { assert } from "./errors.ts";

/** A member's id: a uint64 in decimal, without leading zeros; never "" or "0", which mean "nobody". */
export type RaftId = string;

const raftIdPattern = /^[1-9][0-9]{0,19}$/;
const raftIdMax = "18446744073709551615";

/** Whether `text` is a well-formed member id. */
export function isRaftId(text: string): boolean {
  return raftIdPattern.test(text) && (text.length < 20 || text <= raftIdMax);
}

/** Asserts that `id` is well formed. */
export function assertRaftId(id: RaftId): void {
  assert(isRaftId(id), `not a raft id: "${id}"`);
}

/** Numeric order without parsing: a longer decimal is larger, equal lengths compare by character. */
export function compareRaftIds(left: RaftId, right: RaftId): number {
  if (left.length !== right.length) return left.length - right.length;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The ids in numeric order, each once. */
export function sortRaftIds(ids: Iterable<RaftId>): readonly RaftId[] {
  return [...new Set(ids)].sort(compareRaftIds);
}
