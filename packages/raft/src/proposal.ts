import {
  type ConfChange,
  type ConfChangeRefusal,
  type ConfChangeV2,
  isConfChangeV2,
  tryConfChange,
} from "./conf-change.ts";
import { type EntryType, entryBytes } from "./entry.ts";
import type { Raft } from "./raft.ts";

/**
 * Why a proposal was refused; nothing was appended.
 * - "no-leader": no leader is known in this term, or this one was removed; retry when one is.
 * - "not-leader": another member leads (see Status.leader); ask there.
 * - "queue-full": uncommittedBytesMax is reached; retry once entries were applied.
 * - "conf-change-pending": an earlier membership change, or the leader's first entry, is not applied yet.
 * - "transfer-pending": leadership is being handed over; ask the next leader, or again after electionTicks.
 * - the others: the change does not fit the membership (see ConfChangeRefusal).
 */
export type RefusalReason =
  | "no-leader"
  | "not-leader"
  | "queue-full"
  | "conf-change-pending"
  | "transfer-pending"
  | ConfChangeRefusal;

/**
 * Where the entry went. That is not yet a commitment: it holds once an entry with this index *and* this
 * term is among the committed ones, and is lost when the index is committed with another term.
 */
export type ProposeResult =
  | { readonly ok: true; readonly index: number; readonly term: number }
  | { readonly ok: false; readonly reason: RefusalReason };

/** Appends an entry to the leader's log, or says why not. */
export function propose(raft: Raft, type: EntryType, data: Uint8Array): ProposeResult {
  if (raft.role !== "leader") {
    return refuse(raft.leader === undefined ? "no-leader" : "not-leader");
  }
  // Removed, and about to make way: what it appended now might wait for a majority in vain.
  if (!raft.tracker.isVoter(raft.id)) return refuse("no-leader");
  if (raft.transferee !== undefined) return refuse("transfer-pending");
  const bytes = entryBytes(data);
  // A single entry above the limit passes while nothing else waits; otherwise it never could.
  if (
    raft.uncommittedBytes > 0 &&
    raft.uncommittedBytes + bytes > raft.config.uncommittedBytesMax
  ) {
    return refuse("queue-full");
  }
  return { ok: true, index: raft.appendAsLeader(type, data), term: raft.term };
}

/**
 * Appends a membership change unless one is under way: neighbouring memberships share a member in any two
 * quorums only if each change is applied before the next is appended (the thesis, §4.1).
 */
export function proposeConfChange(
  raft: Raft,
  change: ConfChange | ConfChangeV2,
  encoded: Uint8Array,
): ProposeResult {
  if (raft.role === "leader") {
    if (raft.pendingConfChangeIndex > raft.log.applied) return refuse("conf-change-pending");
    const outcome = tryConfChange(raft.tracker.confState(), change);
    if (!outcome.ok) return outcome;
  }
  const result = propose(raft, isConfChangeV2(change) ? "conf-change-v2" : "conf-change", encoded);
  if (result.ok) raft.pendingConfChangeIndex = result.index;
  return result;
}

/**
 * Ends a joint membership that is to end by itself, once it is in force here. Whoever leads by then sees to
 * it; a new leader first waits for its own first entry. Not refused by any limit: the group waits for it.
 */
export function maybeLeaveJoint(raft: Raft): void {
  if (raft.role !== "leader" || !raft.tracker.isLeaveDue()) return;
  if (raft.pendingConfChangeIndex > raft.log.applied || raft.transferee !== undefined) return;
  raft.pendingConfChangeIndex = raft.appendAsLeader("conf-change-v2", new Uint8Array());
}

function refuse(reason: RefusalReason): ProposeResult {
  return { ok: false, reason };
}
