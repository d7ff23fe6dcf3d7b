import type { Raft } from "./raft.ts";
import type { RaftId } from "./raft-id.ts";
import type { ConfState, Role } from "./state.ts";
import type { ProgressState } from "./tracker/progress.ts";

/** A member as it sees itself: for the host's decisions, metrics and diagnostics. */
export interface Status {
  readonly id: RaftId;
  readonly role: Role;
  readonly leader: RaftId | undefined;
  readonly term: number;
  readonly vote: RaftId | undefined;
  readonly commit: number;
  readonly applied: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** In numeric order; during a joint change, the voters to be. */
  readonly voters: readonly RaftId[];
  /** The whole membership in force. */
  readonly confState: ConfState;
  /** As leader: to whom leadership is being handed over. */
  readonly transferee: RaftId | undefined;
  /** In order of id; empty unless this member leads. */
  readonly progress: readonly MemberProgress[];
}

/** What a leader knows of one member, itself included. */
export interface MemberProgress {
  readonly id: RaftId;
  readonly state: ProgressState;
  readonly match: number;
  readonly next: number;
  readonly inflightMessages: number;
  readonly inflightBytes: number;
  readonly isLearner: boolean;
  /** Heard from within the last one to two electionTicks; always true for the leader itself. */
  readonly isActive: boolean;
}

/** A copy that later steps do not change. */
export function toStatus(raft: Raft): Status {
  const { id, role, leader, term, vote, log, tracker, transferee } = raft;
  const confState = tracker.confState();
  return {
    id,
    role,
    leader,
    term,
    vote,
    commit: log.committed,
    applied: log.applied,
    firstIndex: log.firstIndex(),
    lastIndex: log.lastIndex(),
    voters: confState.voters,
    confState,
    transferee,
    progress: role === "leader" ? memberProgresses(raft) : [],
  };
}

function memberProgresses({ id: ownId, tracker }: Raft): readonly MemberProgress[] {
  return tracker.members().map(({ id, progress }) => {
    const { state, match, next, inflights } = progress;
    return {
      id,
      state,
      match,
      next,
      inflightMessages: inflights.count,
      inflightBytes: inflights.bytes,
      isLearner: tracker.isLearner(id),
      isActive: id === ownId || progress.isActive,
    };
  });
}
