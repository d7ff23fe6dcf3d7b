import type { Raft } from "./raft.ts";
import type { RaftId } from "./raft-id.ts";
import type { Role } from "./state.ts";
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
  /** In numeric order. */
  readonly voters: readonly RaftId[];
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
}

/** A copy that later steps do not change. */
export function toStatus(raft: Raft): Status {
  const { id, role, leader, term, vote, log, tracker } = raft;
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
    voters: tracker.voterIds(),
    progress: role === "leader" ? memberProgresses(raft) : [],
  };
}

function memberProgresses(raft: Raft): readonly MemberProgress[] {
  return raft.tracker.voterIds().flatMap((id) => {
    const progress = raft.tracker.progress(id);
    if (progress === undefined) return [];
    const { state, match, next, inflights } = progress;
    return [{ id, state, match, next, inflightMessages: inflights.count }];
  });
}
