// The state of one member and its transitions. How a role answers messages is in step-<role>.ts, how an
// election is run in election.ts, how the log spreads in replication.ts. Section numbers are those of the
// extended Raft paper (Ongaro, Ousterhout: In Search of an Understandable Consensus Algorithm).
import { type ConfChange, changedConfState } from "./conf-change.ts";
import { assertConfig, type RawNodeConfig } from "./config.ts";
import { answerVote } from "./election.ts";
import { type Entry, type EntryType, entryBytes } from "./entry.ts";
import { assert, assertCounter } from "./errors.ts";
import { RaftLog } from "./log.ts";
import { type Draft, isFromLeader, type Message } from "./message.ts";
import type { RaftId } from "./raft-id.ts";
import { maybeCommit } from "./replication.ts";
import type { ConfState, HardState, Role } from "./state.ts";
import { stepCandidate } from "./step-candidate.ts";
import { stepFollower } from "./step-follower.ts";
import { stepLeader } from "./step-leader.ts";
import { Tracker } from "./tracker/tracker.ts";

const stepByRole: Readonly<Record<Role, (raft: Raft, message: Message) => void>> = {
  follower: stepFollower,
  candidate: stepCandidate,
  leader: stepLeader,
};

/** Only the become… methods change term, role and leader, and they change all that goes with them. */
export class Raft {
  readonly id: RaftId;
  readonly config: RawNodeConfig;
  readonly log: RaftLog;
  readonly tracker: Tracker;
  term: number;
  vote: RaftId | undefined;
  role: Role = "follower";
  leader: RaftId | undefined = undefined;
  /** Written since the last Ready took them. */
  messages: Message[] = [];
  /** Ticks since the leader was heard, an election began, or (as leader) since the last heartbeat. */
  elapsedTicks = 0;
  electionTimeoutTicks = 0;
  /** As leader: no membership change may be appended before this index is applied. */
  pendingConfChangeIndex = 0;
  /** As leader that was removed: ticks since then (see replication.ts). */
  removedTicks = 0;
  /** As leader: charge of the entries of this term that are not applied yet. */
  uncommittedBytes = 0;

  constructor(config: RawNodeConfig) {
    assertConfig(config);
    const { hardState, confState } = config.storage.initialState();
    assertCounter(hardState.term, "term");
    assertCounter(hardState.commit, "commit");
    this.id = config.id;
    this.config = config;
    this.log = new RaftLog(config.storage, hardState.commit, config.applied);
    this.tracker = new Tracker(config.inflightMessagesMax);
    this.tracker.setConfState(confState, this.log.lastIndex() + 1);
    // A save that was cut short may have left entries of a newer term than the hard state. Nothing was
    // answered in that term, least of all a vote, so it can be entered with a free vote.
    const lastTerm = this.log.lastTerm();
    this.term = Math.max(hardState.term, lastTerm);
    this.vote = hardState.term < lastTerm ? undefined : hardState.vote;
    this.resetElectionTimer();
  }

  hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.committed };
  }

  /**
   * §5.1: a newer term always wins and makes everybody a follower; an older one is ignored. What is left
   * is of the current term, and its meaning depends on the role.
   */
  step(message: Message): void {
    if (message.term < this.term) return;
    if (message.term > this.term) {
      this.becomeFollower(message.term, isFromLeader(message) ? message.from : undefined);
    }
    if (message.type === "vote") answerVote(this, message);
    else stepByRole[this.role](this, message);
  }

  /**
   * Does not touch the election timer: only hearing the leader and giving a vote do (§5.2). A candidate
   * that cannot win, but makes the term grow, would otherwise keep one that can from trying.
   */
  becomeFollower(term: number, leader: RaftId | undefined): void {
    assert(term >= this.term, `the term went back from ${this.term} to ${term}`);
    this.reset(term);
    this.role = "follower";
    this.leader = leader;
  }

  /** §5.2: a new term, and the own vote, which counts once it is saved (see saved()). */
  becomeCandidate(): void {
    assert(this.role !== "leader", "a leader must not campaign");
    this.reset(this.term + 1);
    this.resetElectionTimer();
    this.role = "candidate";
    this.vote = this.id;
  }

  /** §5.2, and §8's empty entry, through which everything before it becomes committed (§5.4.2). */
  becomeLeader(): void {
    assert(this.role === "candidate", `a ${this.role} must not become the leader`);
    this.reset(this.term);
    this.elapsedTicks = 0;
    this.role = "leader";
    this.leader = this.id;
    this.updateOwnMatch();
    this.tracker.progress(this.id)?.becomeReplicate();
    // Also waits for the own first entry: only then is the previous leader's last change surely known.
    this.pendingConfChangeIndex = this.appendAsLeader("normal", new Uint8Array());
  }

  appendAsLeader(type: EntryType, data: Uint8Array): number {
    const entry: Entry = { term: this.term, index: this.log.lastIndex() + 1, type, data };
    this.log.append([entry]);
    this.uncommittedBytes += entryBytes(data);
    return entry.index;
  }

  /**
   * The host saved what a Ready carried, `hardState` being the newest saved one. Only now do the own log
   * and the own vote count towards a majority: a crash could have taken them before.
   */
  saved(hardState: HardState): void {
    if (this.role === "leader" && this.updateOwnMatch()) maybeCommit(this);
    const isVoteSaved = hardState.term === this.term && hardState.vote === this.id;
    if (this.role === "candidate" && isVoteSaved) this.countVote(this.id, true);
  }

  /** The host applied these; as leader, room for new proposals is made. */
  applied(entries: readonly Entry[]): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    this.log.appliedTo(last.index);
    for (const entry of entries) {
      if (this.role !== "leader" || entry.term !== this.term) continue;
      this.uncommittedBytes -= entryBytes(entry.data);
    }
    assert(this.uncommittedBytes >= 0, "more was applied than was proposed");
  }

  /** Records one answer, and acts when it decides the election (§5.2). */
  countVote(from: RaftId, granted: boolean): void {
    this.tracker.recordVote(from, granted);
    const result = this.tracker.voteResult();
    if (result === "won") this.becomeLeader();
    if (result === "lost") this.becomeFollower(this.term, undefined);
  }

  /** Takes a committed change into force. */
  applyConfChange(change: ConfChange): ConfState {
    const confState = changedConfState(this.tracker.confState(), change);
    this.setConfState(confState);
    // With fewer voters, entries that waited may already be held by a majority.
    if (this.role === "leader") maybeCommit(this);
    return confState;
  }

  setConfState(confState: ConfState): void {
    this.tracker.setConfState(confState, this.log.lastIndex() + 1);
    if (this.role === "leader") this.updateOwnMatch();
  }

  send(draft: Draft): void {
    assert(draft.to !== this.id, "a member must not send to itself");
    this.messages.push({ ...draft, from: this.id, term: this.term });
  }

  resetElectionTimer(): void {
    const { electionTicks, prng } = this.config;
    const drawn = prng();
    assert(drawn >= 0 && drawn < 1, `the prng returned ${drawn}, outside [0, 1)`);
    this.electionTimeoutTicks = electionTicks + Math.floor(drawn * electionTicks);
    this.elapsedTicks = 0;
  }

  private reset(term: number): void {
    assertCounter(term, "term");
    if (term !== this.term) {
      this.vote = undefined;
      // What was written in a term that is over is of no use to anybody; a network may lose it as well.
      this.messages = [];
    }
    this.term = term;
    this.leader = undefined;
    this.pendingConfChangeIndex = 0;
    this.removedTicks = 0;
    this.uncommittedBytes = 0;
    this.tracker.reset(this.log.lastIndex() + 1);
  }

  private updateOwnMatch(): boolean {
    return this.tracker.progress(this.id)?.maybeUpdate(this.log.stableIndex()) ?? false;
  }
}
