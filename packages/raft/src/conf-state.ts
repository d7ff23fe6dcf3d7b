// A membership in two spellings: ConfState leaves out what is empty, as most groups only have voters.
import { type RaftId, sortRaftIds } from "./raft-id.ts";
import type { ConfState } from "./state.ts";

/** A membership with nothing left out; every list in numeric order. */
export type CompleteConfState = Required<ConfState>;

/** Fills in what was left out, and puts the lists in order. */
export function completeConfState(confState: ConfState): CompleteConfState {
  return {
    voters: sortRaftIds(confState.voters),
    learners: sortRaftIds(confState.learners ?? []),
    votersOutgoing: sortRaftIds(confState.votersOutgoing ?? []),
    learnersNext: sortRaftIds(confState.learnersNext ?? []),
    autoLeave: confState.autoLeave ?? false,
  };
}

/** Puts the lists in order, and leaves out what is empty. */
export function compactConfState(confState: ConfState): ConfState {
  const { voters, learners, votersOutgoing, learnersNext, autoLeave } =
    completeConfState(confState);
  return {
    voters,
    ...(learners.length === 0 ? {} : { learners }),
    ...(votersOutgoing.length === 0 ? {} : { votersOutgoing }),
    ...(learnersNext.length === 0 ? {} : { learnersNext }),
    ...(autoLeave ? { autoLeave } : {}),
  };
}

/** Whether the group is between two memberships. */
export function isJoint(confState: ConfState): boolean {
  return (confState.votersOutgoing ?? []).length > 0;
}

/** Everybody who gets the log: voters of both halves and learners, in numeric order. */
export function confStateMembers(confState: ConfState): readonly RaftId[] {
  const { voters, learners, votersOutgoing } = completeConfState(confState);
  return sortRaftIds([...voters, ...votersOutgoing, ...learners]);
}
