// One manager's copy of the replicated log: raft, who its members are, and the leadership as the manager
// is to act on it. Saving and sending are the driver's: it takes Work, saves, and says when that is done.
//
//   work = takeWork(); send work.early; save work; apply(work) meanwhile; saved(work); send work.messages
//
// While a save is under way everything else may be called; what it causes is in the next Work, so that one
// fsync carries all that gathered. Work with a snapshot is applied only once the snapshot is saved.
import type { RaftMember } from "@swarmkit/proto/types";
import {
  type ConfChange,
  type ConfState,
  type Entry,
  type HardState,
  type MemoryStorage,
  type Message,
  type ProposeResult,
  type RaftId,
  RawNode,
  type ReadIndexResult,
  type ReadState,
  type Ready,
  type RefusalReason,
  type Snapshot,
  type SoftState,
  type Status,
  type TransferResult,
} from "@swarmkit/raft";
import { assert } from "../lib/assert.ts";
import type { Prng } from "../lib/prng.ts";
import type { MembershipCodec } from "./codec.ts";
import { Membership } from "./membership.ts";
import type { ReplicaHost } from "./replica-host.ts";

/** Limit of the entries that are proposed and not applied yet, in bytes of data and overhead. */
export const uncommittedBytesMax: number = 32 * 1024 * 1024;

/** Limit of the entries in one message to a follower, in bytes. SwarmKit's value. */
export const appendBytesMax = 65_535;

/** Limit of the unanswered appends to one follower. SwarmKit's value. */
export const inflightAppendsMax = 256;

export interface ReplicaOptions {
  readonly raftId: RaftId;
  /** The saved part of the log, as it was found at start. */
  readonly storage: MemoryStorage;
  /** The newest snapshot with its data, if there is one: the host starts from it. */
  readonly snapshot: Snapshot | undefined;
  readonly host: ReplicaHost;
  readonly codec: MembershipCodec;
  readonly prng: Prng;
  /** Ticks without a leader before an election. */
  readonly electionTicks: number;
  /** Ticks between heartbeats. */
  readonly heartbeatTicks: number;
  /** Told whenever there may be work to take. */
  wake(): void;
}

/** What is to be saved and sent; see the head of the file for the order. */
export interface Work {
  /**
   * To be sent at once: a leader's appends and heartbeats. Its followers may save while it does; it counts
   * itself only once it has (the thesis, §10.2.1).
   */
  readonly early: readonly Message[];
  /** A leader's snapshot, which replaces the log. */
  readonly snapshot: Snapshot | undefined;
  /** Replace whatever the log holds from the first one's index on. */
  readonly entries: readonly Entry[];
  readonly hardState: HardState | undefined;
  /** Whether it must be durable before saved() is called. */
  readonly mustSync: boolean;
  /** To be sent after the save: they promise that it was done. */
  readonly messages: readonly Message[];
}

/** What became of a proposal: where it will be in the log if it is committed, or why it was refused. */
export type ReplicaProposal =
  | { readonly ok: true; readonly index: number }
  | { readonly ok: false; readonly reason: RefusalReason | "stopped" };

/** A leadership of this member. */
interface Leadership {
  readonly term: number;
  /** Of its first entry. */
  readonly firstIndex: number;
}

export class Replica {
  readonly #options: ReplicaOptions;
  readonly #node: RawNode;
  readonly #membership = new Membership();
  #confState: ConfState;
  #appliedIndex: number;
  #endIndex: number;
  #softState: SoftState = { leader: undefined, role: "follower" };
  #leadership: Leadership | undefined;
  #isVisible = false;
  #isStopped = false;
  #isRemoved = false;
  #savedTerm: number;
  #reads: ReadState[] = [];
  #taken: { readonly work: Work; readonly ready: Ready } | undefined;

  constructor(options: ReplicaOptions) {
    const { raftId, storage, snapshot, prng, electionTicks, heartbeatTicks } = options;
    this.#options = options;
    const { hardState, confState } = storage.initialState();
    this.#appliedIndex = snapshot?.metadata.index ?? 0;
    this.#confState = confState;
    this.#savedTerm = hardState.term;
    this.#node = new RawNode({
      id: raftId,
      electionTicks,
      heartbeatTicks,
      storage,
      applied: this.#appliedIndex,
      entryBytesMax: appendBytesMax,
      inflightMessagesMax: inflightAppendsMax,
      uncommittedBytesMax,
      preVote: true,
      checkQuorum: true,
      prng,
    });
    this.#endIndex = storage.lastIndex();
  }

  /** Restores the host from the snapshot; to be called once, before anything else. */
  start(): void {
    const { snapshot } = this.#options;
    if (snapshot !== undefined) {
      this.#restore(snapshot);
      // Nothing in the log behind it may ever tell.
      this.#options.host.membersChanged();
      this.#tellRemoval();
    }
    this.#campaignAlone();
    this.#options.wake();
  }

  /** Ends this member's leadership as the host sees it; nothing is taken any more. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#endLeadership();
  }

  /** This member's id in the group. */
  get raftId(): RaftId {
    return this.#options.raftId;
  }

  /** Whether this member leads and has applied all that came before its leadership. */
  get isLeader(): boolean {
    return this.#isVisible;
  }

  /** Who leads, as far as this member knows. */
  get leader(): RaftId | undefined {
    return this.#softState.leader;
  }

  /** Index of the last entry that was applied. */
  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  /** The membership at appliedIndex. */
  get confState(): ConfState {
    return this.#confState;
  }

  /** Who belongs to the group, and who did. */
  get membership(): Pick<Membership, "members" | "find" | "isRemoved" | "toSnapshot"> {
    return this.#membership;
  }

  /** The description of the member that leads, when it is known. */
  leaderMember(): RaftMember | undefined {
    return this.leader === undefined ? undefined : this.#membership.find(this.leader);
  }

  /** Index of the last entry in the log, committed or not. */
  lastIndex(): number {
    return this.#endIndex;
  }

  /** Raft's own view. */
  status(): Status {
    return this.#node.status();
  }

  /**
   * Appends an entry to the log, at lastIndex() + 1. It is committed when the host is given it to apply,
   * and lost when leadership ends before that.
   */
  propose(data: Uint8Array): ReplicaProposal {
    assert(data.length > 0, "an entry without data is raft's own");
    return this.#append(() => this.#node.propose(data));
  }

  /** Appends a membership change, as propose() does. */
  proposeConfChange(change: ConfChange): ReplicaProposal {
    const encoded = this.#options.codec.encodeConfChange(change);
    return this.#append(() => this.#node.proposeConfChange(change, encoded));
  }

  /** Hands leadership over, or asks the leader to; leaderChanged() tells whether it came about. */
  transferLeadership(to: RaftId): TransferResult {
    if (this.#isStopped) return { ok: false, reason: "no-leader" };
    const result = this.#node.transferLeadership(to);
    this.#options.wake();
    return result;
  }

  /** Asks for a moment at which a read is linearizable: readReady() with the same context tells it. */
  readIndex(context: Uint8Array): ReadIndexResult {
    if (this.#isStopped) return { ok: false, reason: "no-leader" };
    const result = this.#node.readIndex(context);
    this.#options.wake();
    return result;
  }

  /** Moves raft's time. */
  tick(): void {
    if (this.#isStopped) return;
    this.#node.tick();
    this.#options.wake();
  }

  /** Takes a message of another member. */
  step(message: Message): void {
    if (this.#isStopped) return;
    this.#node.step(message);
    this.#options.wake();
  }

  reportUnreachable(raftId: RaftId): void {
    if (!this.#isStopped) this.#node.reportUnreachable(raftId);
  }

  /** How sending a snapshot ended; must be told for each. */
  reportSnapshot(raftId: RaftId, isDone: boolean): void {
    if (this.#isStopped) return;
    this.#node.reportSnapshot(raftId, isDone);
    this.#options.wake();
  }

  /** All there is to save and send; undefined when there is nothing, or when earlier work is not saved. */
  takeWork(): Work | undefined {
    if (this.#isStopped || !this.#node.hasReady()) return undefined;
    const ready = this.#node.ready();
    const { entries, hardState, snapshot, mustSync } = ready;
    this.#endIndex = entries.at(-1)?.index ?? snapshot?.metadata.index ?? this.#endIndex;
    const [early, messages] = this.#partition(ready);
    const work = { early, snapshot, entries, hardState, mustSync, messages };
    this.#taken = { work, ready };
    return work;
  }

  /** Brings what is committed to the host. */
  apply(work: Work): void {
    const ready = this.#readyOf(work);
    const { snapshot } = ready;
    // First of all: a state with something in flight cannot be replaced.
    this.#noteRole(ready);
    if (snapshot !== undefined) {
      this.#options.storage.applySnapshot({ ...snapshot, data: new Uint8Array() });
      this.#restore(snapshot);
      this.#options.host.membersChanged();
    }
    for (const entry of ready.committedEntries) this.#applyEntry(entry);
    this.#reads.push(...ready.readStates);
    this.#showLeadership();
    if (ready.softState !== undefined) this.#options.host.leaderChanged();
    this.#answerReads();
    this.#tellRemoval();
  }

  /** All of `work` is durable. */
  saved(work: Work): void {
    const ready = this.#readyOf(work);
    const { storage } = this.#options;
    storage.append(ready.entries);
    if (ready.hardState !== undefined) {
      storage.setHardState(ready.hardState);
      this.#savedTerm = ready.hardState.term;
    }
    this.#taken = undefined;
    this.#node.advance(ready);
    this.#campaignAlone();
    this.#options.wake();
  }

  /** Takes note of an own snapshot that is on disk, and forgets entries but the last `keepEntries`. */
  snapshotSaved(
    at: { readonly index: number; readonly confState: ConfState },
    keepEntries: number,
  ): void {
    const { storage } = this.#options;
    // A leader's snapshot may have come while this one was being written.
    if (at.index <= storage.snapshot().metadata.index) return;
    storage.createSnapshot(at.index, at.confState, new Uint8Array());
    if (at.index > keepEntries) storage.compact(at.index - keepEntries);
  }

  #readyOf(work: Work): Ready {
    assert(this.#taken?.work === work, "work was applied or saved that is not under way");
    return this.#taken.ready;
  }

  #append(propose: () => ProposeResult): ReplicaProposal {
    if (this.#isStopped) return { ok: false, reason: "stopped" };
    if (!this.isLeader) {
      const isLedByOther = ![undefined, this.raftId].includes(this.leader);
      return { ok: false, reason: isLedByOther ? "not-leader" : "no-leader" };
    }
    const result = propose();
    if (!result.ok) return result;
    assert(result.index === this.#endIndex + 1, "a proposal was not appended at the log's end");
    this.#endIndex = result.index;
    this.#options.wake();
    return { ok: true, index: result.index };
  }

  /** A term that is not saved yet must not be heard of: a crash could make this member deny it. */
  #partition(ready: Ready): readonly [readonly Message[], readonly Message[]] {
    const { softState, hardState, messages } = ready;
    const isLeading = (softState ?? this.#softState).role === "leader";
    const isTermSaved = hardState === undefined || hardState.term === this.#savedTerm;
    if (!isLeading || !isTermSaved || messages.length === 0) return [[], messages];
    const isEarly = ({ type }: Message): boolean => type === "append" || type === "heartbeat";
    return [messages.filter(isEarly), messages.filter((message) => !isEarly(message))];
  }

  #restore(snapshot: Snapshot): void {
    const { confState, index } = snapshot.metadata;
    const { codec, host } = this.#options;
    const parts = codec.splitSnapshot(snapshot.data, `the raft snapshot at entry ${index}`);
    this.#membership.restore(parts.membership);
    host.restoreSnapshot(parts.store, index);
    this.#confState = confState;
    this.#appliedIndex = index;
  }

  /** Comes before the entries of the same Ready are applied. */
  #noteRole({ softState, hardState, entries }: Ready): void {
    if (softState !== undefined) this.#softState = softState;
    const isLeading = this.#softState.role === "leader";
    // Leadership may end and begin again between two Readys; the term tells.
    const isSameTerm = hardState === undefined || hardState.term === this.#leadership?.term;
    if (this.#leadership !== undefined && (!isLeading || !isSameTerm)) this.#endLeadership();
    const last = entries.at(-1);
    if (isLeading && this.#leadership === undefined && last !== undefined) {
      this.#leadership = { term: last.term, firstIndex: last.index };
    }
  }

  #applyEntry(entry: Entry): void {
    this.#appliedIndex = entry.index;
    if (entry.type !== "normal") this.#applyConfChange(entry);
    else if (entry.data.length > 0) {
      const { data, index, term } = entry;
      this.#options.host.applyEntry({ data, index, term });
    }
  }

  #applyConfChange(entry: Entry): void {
    const { codec, host } = this.#options;
    const change = codec.decodeConfChange(entry);
    this.#membership.apply(change, codec.decodeMember);
    this.#confState = this.#node.applyConfChange(change);
    host.confChangeApplied(entry.index);
    host.membersChanged();
  }

  /** What else is committed may make a removed member one again, after a recovery. */
  #tellRemoval(): void {
    if (this.#isRemoved || !this.#membership.isRemoved(this.raftId)) return;
    if (this.#appliedIndex < this.#node.status().commit) return;
    this.#isRemoved = true;
    this.#options.host.removed();
  }

  /** Makes leadership visible once all before it is applied. */
  #showLeadership(): void {
    if (this.#isVisible || this.#leadership === undefined) return;
    if (this.#appliedIndex < this.#leadership.firstIndex) return;
    this.#isVisible = true;
    this.#options.host.leadershipChanged(true);
  }

  #endLeadership(): void {
    this.#leadership = undefined;
    if (!this.#isVisible) return;
    this.#isVisible = false;
    this.#options.host.leadershipChanged(false);
  }

  #answerReads(): void {
    if (this.#reads.length === 0) return;
    const isDue = ({ index }: ReadState): boolean => index <= this.#appliedIndex;
    const due = this.#reads.filter(isDue);
    this.#reads = this.#reads.filter((read) => !isDue(read));
    for (const { context } of due) this.#options.host.readReady(context);
  }

  /** A single member need not wait for an election timeout: nobody else could win. */
  #campaignAlone(): void {
    const { voters } = this.#confState;
    if (this.leader === undefined && voters.length === 1 && voters[0] === this.raftId) {
      this.#node.campaign();
    }
  }
}
