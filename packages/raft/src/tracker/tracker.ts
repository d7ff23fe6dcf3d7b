import { majorityIndex, majorityVote, type VoteResult } from "../quorum/majority.ts";
import { type RaftId, sortRaftIds } from "../raft-id.ts";
import type { ConfState } from "../state.ts";
import { Inflights } from "./inflights.ts";
import { Progress } from "./progress.ts";

/** The membership in force, each member's progress, and the votes of the current election. */
export class Tracker {
  private readonly inflightMessagesMax: number;
  private voters: readonly RaftId[] = [];
  private progresses = new Map<RaftId, Progress>();
  private votes = new Map<RaftId, boolean>();

  constructor(inflightMessagesMax: number) {
    this.inflightMessagesMax = inflightMessagesMax;
  }

  confState(): ConfState {
    return { voters: this.voters };
  }

  isVoter(id: RaftId): boolean {
    return this.progresses.has(id);
  }

  /** All voters in numeric order, so that everything derived from the membership replays. */
  voterIds(): readonly RaftId[] {
    return this.voters;
  }

  progress(id: RaftId): Progress | undefined {
    return this.progresses.get(id);
  }

  /** Keeps what is known of members that stay; `next` is where a new member is first tried. */
  setConfState(confState: ConfState, next: number): void {
    this.voters = sortRaftIds(confState.voters);
    const known = this.progresses;
    this.progresses = new Map(
      this.voters.map((id) => [id, known.get(id) ?? this.freshProgress(next)]),
    );
  }

  /** Forgets everything but the membership, as each new term demands. */
  reset(next: number): void {
    this.votes = new Map();
    this.progresses = new Map(this.voters.map((id) => [id, this.freshProgress(next)]));
  }

  /** The first answer of a member counts. */
  recordVote(id: RaftId, granted: boolean): void {
    if (!this.votes.has(id)) this.votes.set(id, granted);
  }

  voteResult(): VoteResult {
    return majorityVote(this.voters, this.votes);
  }

  /** The highest index that a majority has saved. */
  majorityMatch(): number {
    return majorityIndex(this.voters, (id) => this.progresses.get(id)?.match ?? 0);
  }

  private freshProgress(next: number): Progress {
    return new Progress(next, new Inflights(this.inflightMessagesMax));
  }
}
