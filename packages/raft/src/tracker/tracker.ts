import {
  type CompleteConfState,
  compactConfState,
  completeConfState,
  confStateMembers,
} from "../conf-state.ts";
import { type JointVoters, jointIndex, jointVote } from "../quorum/joint.ts";
import type { VoteResult } from "../quorum/majority.ts";
import { type RaftId, sortRaftIds } from "../raft-id.ts";
import type { ConfState } from "../state.ts";
import { type InflightLimits, Inflights } from "./inflights.ts";
import { Progress } from "./progress.ts";

/** A member that a leader sends to. */
export interface TrackedMember {
  readonly id: RaftId;
  readonly progress: Progress;
}

/** The membership in force, each member's progress, and the votes of the current election. */
export class Tracker {
  private readonly limits: InflightLimits;
  private membership: CompleteConfState = completeConfState({ voters: [] });
  private compactMembership: ConfState = { voters: [] };
  private voters: JointVoters = { incoming: [], outgoing: [] };
  private allVoters: readonly RaftId[] = [];
  private progresses: Map<RaftId, Progress> = new Map();
  private votes: Map<RaftId, boolean> = new Map();

  constructor(limits: InflightLimits) {
    this.limits = limits;
  }

  confState(): ConfState {
    return this.compactMembership;
  }

  isJoint(): boolean {
    return this.membership.votersOutgoing.length > 0;
  }

  /** Whether the leader is to end the joint membership. */
  isLeaveDue(): boolean {
    return this.isJoint() && this.membership.autoLeave;
  }

  /** In either half of a joint membership. */
  isVoter(id: RaftId): boolean {
    return this.allVoters.includes(id);
  }

  isLearner(id: RaftId): boolean {
    return this.membership.learners.includes(id);
  }

  isMember(id: RaftId): boolean {
    return this.progresses.has(id);
  }

  /** The voters of both halves in numeric order, so that everything derived from them replays. */
  voterIds(): readonly RaftId[] {
    return this.allVoters;
  }

  /** Everybody with progress, in numeric order. */
  members(): readonly TrackedMember[] {
    return Array.from(this.progresses, ([id, progress]) => ({ id, progress }));
  }

  /** Everybody that the leader `id` sends to, in numeric order. */
  followers(id: RaftId): readonly TrackedMember[] {
    return this.members().filter((member) => member.id !== id);
  }

  progress(id: RaftId): Progress | undefined {
    return this.progresses.get(id);
  }

  /**
   * Keeps what is known of members that stay; `next` is where a new member is first tried. A new one counts
   * as heard from: it had no chance to say anything yet.
   */
  setConfState(confState: ConfState, next: number): void {
    this.membership = completeConfState(confState);
    this.compactMembership = compactConfState(confState);
    const { voters: incoming, votersOutgoing: outgoing } = this.membership;
    this.voters = { incoming, outgoing };
    this.allVoters = sortRaftIds([...incoming, ...outgoing]);
    const known = this.progresses;
    this.progresses = new Map(
      confStateMembers(confState).map((id) => [
        id,
        known.get(id) ?? this.freshProgress(next, true),
      ]),
    );
  }

  /** Forgets everything but the membership, as each new term demands. */
  reset(next: number): void {
    this.votes = new Map();
    this.progresses = new Map(
      Array.from(this.progresses.keys(), (id) => [id, this.freshProgress(next, false)]),
    );
  }

  /** The first answer of a member counts. */
  recordVote(id: RaftId, granted: boolean): void {
    if (!this.votes.has(id)) this.votes.set(id, granted);
  }

  voteResult(): VoteResult {
    return jointVote(this.voters, this.votes);
  }

  /** The highest index that a quorum has saved. */
  committableIndex(): number {
    return this.quorumIndex((id) => this.progresses.get(id)?.match ?? 0);
  }

  /** The highest number that a quorum has reached. */
  quorumIndex(reachedBy: (id: RaftId) => number): number {
    return jointIndex(this.voters, reachedBy);
  }

  /** Whether the leader `id` heard from a quorum since forgetActivity(). */
  isQuorumActive(id: RaftId): boolean {
    const activity = this.members().map((member): readonly [RaftId, boolean] => [
      member.id,
      member.id === id || member.progress.isActive,
    ]);
    return jointVote(this.voters, new Map(activity)) === "won";
  }

  forgetActivity(): void {
    for (const progress of this.progresses.values()) progress.isActive = false;
  }

  private freshProgress(next: number, isActive: boolean): Progress {
    const progress = new Progress(next, new Inflights(this.limits));
    progress.isActive = isActive;
    return progress;
  }
}
