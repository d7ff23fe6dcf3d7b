// Membership changes. A change takes effect when it is applied. One member at a time needs no more than that:
// two majorities that differ by one member always share a member (the thesis, §4.1). Several at a time go
// through a joint membership (§6), which is entered by one entry and left by another.
import { type CompleteConfState, compactConfState, completeConfState } from "./conf-state.ts";
import { assert } from "./errors.ts";
import { assertRaftId, type RaftId } from "./raft-id.ts";
import type { ConfState } from "./state.ts";

/**
 * What happens to a member. "add-node" makes it a voter, also when it is a learner; "add-learner-node" makes
 * it a learner, also when it is a voter. "update-node" matters to the host only.
 */
export type ConfChangeType = "add-node" | "remove-node" | "update-node" | "add-learner-node";

/** One change, as entries of type "conf-change" carry it. `context` matters to the host only. */
export interface ConfChange {
  /** Chosen by the proposer to recognise its own change; a decimal uint64, opaque here. */
  readonly id: string;
  readonly type: ConfChangeType;
  readonly nodeId: RaftId;
  readonly context: Uint8Array;
}

/** One of several changes that are made together. */
export interface ConfChangeSingle {
  readonly type: ConfChangeType;
  readonly nodeId: RaftId;
}

/**
 * How several changes are made. "auto": a single change directly, more by way of a joint membership that the
 * leader ends by itself. "joint-implicit": always joint, and ended by the leader. "joint-explicit": always
 * joint, and ended by a proposal of the host.
 */
export type ConfChangeTransition = "auto" | "joint-implicit" | "joint-explicit";

/**
 * Several changes at once, as entries of type "conf-change-v2" carry them. "auto" without changes leaves the
 * joint membership; the leader appends this by itself, with empty data, which is what it encodes to.
 */
export interface ConfChangeV2 {
  readonly transition: ConfChangeTransition;
  readonly changes: readonly ConfChangeSingle[];
  readonly context: Uint8Array;
}

/**
 * Why a change does not fit the membership.
 * - "last-voter": it would leave the group without a voter.
 * - "joint-membership": another change of several members is not over; only leaving it is possible.
 * - "not-joint": there is no joint membership to leave.
 */
export type ConfChangeRefusal = "last-voter" | "joint-membership" | "not-joint";

/** The membership after a change, or why there is none. */
export type ConfChangeResult =
  | { readonly ok: true; readonly confState: ConfState }
  | { readonly ok: false; readonly reason: ConfChangeRefusal };

/**
 * Tries `change` on `confState`. Adding a voter twice or removing a stranger changes nothing. A group that
 * has no voters yet, whose membership is still to come with its log, may also be told of removals.
 */
export function tryConfChange(
  confState: ConfState,
  change: ConfChange | ConfChangeV2,
): ConfChangeResult {
  const before = completeConfState(confState);
  const { transition, changes } = toV2(change);
  const wasJoint = before.votersOutgoing.length > 0;
  const isLeave = transition === "auto" && changes.length === 0;
  if (isLeave) return wasJoint ? done(leaveJoint(before)) : refuse("not-joint");
  if (wasJoint) return refuse("joint-membership");
  const entersJoint = transition !== "auto" || changes.length > 1;
  if (entersJoint && before.voters.length === 0) return refuse("last-voter");
  const start = entersJoint
    ? { ...before, votersOutgoing: before.voters, autoLeave: transition !== "joint-explicit" }
    : before;
  const after = changes.reduce(applySingle, start);
  if (after.voters.length === 0 && before.voters.length > 0) return refuse("last-voter");
  return done(after);
}

/** The membership after a committed change, which must fit: its leader would have refused it otherwise. */
export function changedConfState(
  confState: ConfState,
  change: ConfChange | ConfChangeV2,
): ConfState {
  const result = tryConfChange(confState, change);
  assert(result.ok, `a committed membership change does not fit: ${result.ok || result.reason}`);
  return result.confState;
}

/** Whether it is of the kind that entries of type "conf-change-v2" carry. */
export function isConfChangeV2(change: ConfChange | ConfChangeV2): change is ConfChangeV2 {
  return "changes" in change;
}

function toV2(change: ConfChange | ConfChangeV2): Omit<ConfChangeV2, "context"> {
  return isConfChangeV2(change) ? change : { transition: "auto", changes: [change] };
}

function applySingle(confState: CompleteConfState, change: ConfChangeSingle): CompleteConfState {
  const { nodeId, type } = change;
  assertRaftId(nodeId);
  switch (type) {
    case "add-node": {
      const rest = without(confState, nodeId);
      return { ...rest, voters: [...rest.voters, nodeId] };
    }
    case "add-learner-node": {
      const rest = without(confState, nodeId);
      // Who still votes in the outgoing half becomes a learner when that half is gone, not before.
      if (confState.votersOutgoing.includes(nodeId)) {
        return { ...rest, learnersNext: [...rest.learnersNext, nodeId] };
      }
      return { ...rest, learners: [...rest.learners, nodeId] };
    }
    case "remove-node":
      return without(confState, nodeId);
    case "update-node":
      return confState;
  }
}

function without(confState: CompleteConfState, nodeId: RaftId): CompleteConfState {
  const isOther = (id: RaftId): boolean => id !== nodeId;
  return {
    ...confState,
    voters: confState.voters.filter(isOther),
    learners: confState.learners.filter(isOther),
    learnersNext: confState.learnersNext.filter(isOther),
  };
}

function leaveJoint({ voters, learners, learnersNext }: CompleteConfState): ConfState {
  return { voters, learners: [...learners, ...learnersNext] };
}

function done(confState: ConfState): ConfChangeResult {
  return { ok: true, confState: compactConfState(confState) };
}

function refuse(reason: ConfChangeRefusal): ConfChangeResult {
  return { ok: false, reason };
}
