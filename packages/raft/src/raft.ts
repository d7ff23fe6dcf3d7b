// The state of one member and its transitions. How a role answers messages is in step-<role>.ts, how an
// election is run in election.ts, how the log spreads in replication.ts. Section numbers are those of the
// extended Raft paper (Ongaro, Ousterhout: In Search of an Understandable Consensus Algorithm).
import { type ConfChange, type ConfChangeV2, changedConfState } from "./conf-change.ts";
import { compactConfState } from "./conf-state.ts";
import { assertConfig, type RawNodeConfig } from "./config.ts";
import { answerPreVote, answerVote, countVote, isAgainstLease } from "./election.ts";
import { type Entry, type EntryType, entryBytes, isConfChange } from "./entry.ts";
import { assert, assertCounter } from "./errors.ts";
import { LeaderBeat } from "./leader-beat.ts";
import { RaftLog } from "./log.ts";
import { type Draft, isAboutNextTerm, isFromLeader, isResponse, type Message } from "./message.ts";
import { maybeLeaveJoint } from "./proposal.ts";
import type { RaftId } from "./raft-id.ts";
import { answerConfirmed, type ReadState } from "./read-index.ts";
import { ReadOnly } from "./read-only.ts";
import { maybeCommit } from "./replication.ts";
import type { ConfState, HardState, Role, SnapshotMetadata } from "./state.ts";
import { stepCandidate } from "./step-candidate.ts";
import { stepFollower } from "./step-follower.ts";
import { stepLeader } from "./step-leader.ts";
import { Tracker } from "./tracker/tracker.ts";
import { abortTransfer } from "./transfer.ts";

const stepByRole: Readonly<Record<Role, (raft: Raft, message: Message) => void>> = {
  follower: stepFollower,
  "pre-candidate": stepCandidate,
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
  /** Reads that were answered since the last Ready took them. */
  readStates: ReadState[] = [];
  /** As leader: reads that are not confirmed yet. */
  readOnly: ReadOnly = new ReadOnly();
  /** As leader: who is to lead next. */
  transferee: RaftId | undefined = undefined;
  /** Ticks since the leader was heard, an election began, or (as leader) since it last checked itself. */
  elapsedTicks = 0;
  /** As leader: ticks since the last heartbeat. */
  heartbeatElapsedTicks = 0;
  electionTimeoutTicks = 0;
  /** As follower: the pace of its leader. */
  readonly leaderBeat: LeaderBeat = new LeaderBeat();
  /** The membership at the host's state: that in force, unless a snapshot is being installed. */
  appliedConfState: ConfState;
  /** As leader: no membership change may be appended before this index is applied. */
  pendingConfChangeIndex = 0;
  /** As leader that was removed: ticks since then (see heartbeat.ts). */
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
    this.tracker = new Tracker({
      messagesMax: config.inflightMessagesMax,
      bytesMax: config.inflightBytesMax ?? Number.POSITIVE_INFINITY,
    });
    this.tracker.setConfState(confState, this.log.lastIndex() + 1);
    this.appliedConfState = this.tracker.confState();
    // A save that was cut short may have left entries of a newer term than the hard state. Nothing was
    // answered in that term, least of all a vote, so it can be entered with a free vote.
    const lastTerm = this.log.lastTerm();
    this.term = Math.max(hardState.term, lastTerm);
    this.vote = hardState.term < lastTerm ? undefined : hardState.vote;
    this.commitAllButLastConfChange();
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
    if (isResponse(message) && !this.tracker.isMember(message.from)) return;
    const isTermless = message.type === "read-index";
    if (!isTermless && message.term < this.term) {
      this.answerStale(message);
      return;
    }
    if (message.term > this.term) {
      if (isAgainstLease(this, message)) return;
      if (!isAboutNextTerm(message)) {
        this.becomeFollower(message.term, isFromLeader(message) ? message.from : undefined);
      }
    }
    if (message.type === "vote") answerVote(this, message);
    else if (message.type === "pre-vote") answerPreVote(this, message);
    else stepByRole[this.role](this, message);
  }

  /**
   * Does not touch the election timer: only hearing the leader and giving a vote do (§5.2). A candidate
   * that cannot win, but makes the term grow, would otherwise keep one that can from trying.
   */
  becomeFollower(term: number, leader: RaftId | undefined): void {
    assert(term >= this.term, `the term went back from ${this.term} to ${term}`);
    // The time of a leader is not that of a follower: it starts to wait anew.
    if (this.role === "leader") this.resetElectionTimer();
    this.reset(term);
    this.role = "follower";
    this.leader = leader;
  }

  /** The thesis, §9.6: neither the term nor the vote change before the others say that it is worthwhile. */
  becomePreCandidate(): void {
    assert(this.role !== "leader", "a leader must not campaign");
    this.reset(this.term);
    this.resetElectionTimer();
    this.role = "pre-candidate";
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
    if (this.role === "candidate" && isVoteSaved) countVote(this, this.id, true);
  }

  /** The host's state is that of a snapshot now. */
  installed({ confState, index }: SnapshotMetadata): void {
    this.log.unstable.stableSnapshotTo(index);
    this.log.appliedTo(index);
    this.appliedConfState = compactConfState(confState);
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
    maybeLeaveJoint(this);
  }

  /** Takes a committed change into force. */
  applyConfChange(change: ConfChange | ConfChangeV2): ConfState {
    const confState = changedConfState(this.appliedConfState, change);
    this.appliedConfState = confState;
    // A snapshot came while the host was applying what is older: its membership is in force already.
    if (this.log.unstable.snapshot !== undefined) return confState;
    this.setConfState(confState);
    if (this.role !== "leader") return confState;
    // With fewer voters, entries and reads that waited may already have their quorum.
    maybeCommit(this);
    answerConfirmed(this);
    if (this.transferee !== undefined && !this.tracker.isVoter(this.transferee)) {
      abortTransfer(this);
    }
    return confState;
  }

  setConfState(confState: ConfState): void {
    this.tracker.setConfState(confState, this.log.lastIndex() + 1);
    if (this.role === "leader") this.updateOwnMatch();
  }

  /** `envelope` is for what is passed on for another member, or is not about the current term. */
  send(draft: Draft, envelope: { readonly from?: RaftId; readonly term?: number } = {}): void {
    assert(draft.to !== this.id, "a member must not send to itself");
    this.messages.push({ ...draft, from: this.id, term: this.term, ...envelope });
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
      // A term has one leader at most.
      this.leaderBeat.reset();
      // What was written in a term that is over is of no use to anybody; a network may lose it as well.
      this.messages = [];
    }
    this.term = term;
    this.leader = undefined;
    this.pendingConfChangeIndex = 0;
    this.removedTicks = 0;
    this.uncommittedBytes = 0;
    this.heartbeatElapsedTicks = 0;
    this.transferee = undefined;
    this.readOnly = new ReadOnly();
    this.tracker.reset(this.log.lastIndex() + 1);
  }

  /**
   * A leader of an older term may not know that its time is over, and whoever could tell it might be cut
   * off or ignored by the others. An answer in the newer term makes it step down. Somebody who only asks
   * about votes learns the term from a refusal.
   */
  private answerStale(message: Message): void {
    const { checkQuorum, preVote } = this.config;
    const to = message.from;
    if (message.type === "pre-vote") {
      this.send({ type: "pre-vote-response", to, granted: false });
    } else if (message.type === "append" || message.type === "heartbeat") {
      if (checkQuorum !== true && preVote !== true) return;
      this.send({ type: "append-response", to, index: 0, rejection: undefined });
    }
  }

  /**
   * A leader appends a membership change only after it has applied the one before: finding both in the log
   * shows that the first is committed. A save that was cut short may have lost the commit index, without
   * which this member would campaign among voters of two changes ago.
   */
  private commitAllButLastConfChange(): void {
    const { committed } = this.log;
    const tail = this.log.slice(committed + 1, this.log.lastIndex() + 1, Number.MAX_SAFE_INTEGER);
    assert(tail !== "compacted", "the log is compacted beyond its commit index");
    const changes = tail.filter(isConfChange);
    this.log.commitTo(changes.at(-2)?.index ?? committed);
  }

  private updateOwnMatch(): boolean {
    return this.tracker.progress(this.id)?.maybeUpdate(this.log.stableIndex()) ?? false;
  }
}
