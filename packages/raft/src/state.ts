// What a member keeps across restarts besides its log (§5.1, figure 2: "persistent state").
import type { RaftId } from "./raft-id.ts";

/** Saved before any message that depends on it is sent. */
export interface HardState {
  readonly term: number;
  /** Who got this member's vote in `term`. */
  readonly vote: RaftId | undefined;
  /** May lag behind after a crash: it is learnt again, so it alone never needs an fsync. */
  readonly commit: number;
}

/**
 * Who belongs to the group. Kept with every snapshot, because the log before it is gone. What is left out is
 * empty or false (see completeConfState()). No id is in two of the lists, except that outgoing voters may
 * also be voters or next learners.
 */
export interface ConfState {
  /** Who counts for a majority; during a joint change, the voters to be. */
  readonly voters: readonly RaftId[];
  /** Who gets the log, but neither votes nor counts. */
  readonly learners?: readonly RaftId[];
  /** During a joint change: the voters before it, of whom a majority is needed as well. */
  readonly votersOutgoing?: readonly RaftId[];
  /** During a joint change: outgoing voters that will be learners after it. */
  readonly learnersNext?: readonly RaftId[];
  /** During a joint change: the leader ends it by itself. */
  readonly autoLeave?: boolean;
}

/** The last entry a snapshot covers, and the membership at that entry. */
export interface SnapshotMetadata {
  readonly index: number;
  readonly term: number;
  readonly confState: ConfState;
}

/** The host's state at an index, in the host's own format. Index 0 means that there is none yet. */
export interface Snapshot {
  readonly metadata: SnapshotMetadata;
  readonly data: Uint8Array;
}

/** What the host is told when it changes; never saved. */
export interface SoftState {
  readonly leader: RaftId | undefined;
  readonly role: Role;
}

/**
 * A member's part in its current term (§5.1). A "pre-candidate" asks whether it could win an election, before
 * it starts one (the thesis, §9.6).
 */
export type Role = "follower" | "pre-candidate" | "candidate" | "leader";

/** Whether two hard states say the same. */
export function isSameHardState(left: HardState, right: HardState): boolean {
  return left.term === right.term && left.vote === right.vote && left.commit === right.commit;
}
