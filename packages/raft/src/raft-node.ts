// The synchronous face of raft: inputs in, one Ready at a time out. The host owns disk, network and clock.
import type { ConfChange, ConfChangeV2 } from "./conf-change.ts";
import type { RawNodeConfig } from "./config.ts";
import { campaign, tickElection } from "./election.ts";
import { assert, assertCounter } from "./errors.ts";
import { tickLeader } from "./heartbeat.ts";
import type { Message } from "./message.ts";
import { type ProposeResult, propose, proposeConfChange } from "./proposal.ts";
import { Raft } from "./raft.ts";
import type { RaftId } from "./raft-id.ts";
import { type ReadIndexResult, readIndex } from "./read-index.ts";
import { finishReady, type Handed, hasWork, type Ready, takeReady } from "./ready.ts";
import type { ConfState } from "./state.ts";
import { type Status, toStatus } from "./status.ts";
import { type TransferResult, transferLeadership } from "./transfer.ts";

/**
 * One member of one group.
 *
 * Between ready() and advance() every other method may be called: what it causes waits for the next
 * Ready, so that a host which saves asynchronously gets all that gathered meanwhile in one batch.
 */
export class RawNode {
  private readonly raft: Raft;
  private handed: Handed;
  private outstanding: Ready | undefined = undefined;

  constructor(config: RawNodeConfig) {
    this.raft = new Raft(config);
    const { hardState } = config.storage.initialState();
    this.handed = { hardState, softState: { leader: undefined, role: "follower" } };
  }

  /** Moves raft's time; the host calls it at a steady pace. */
  tick(): void {
    if (this.raft.role === "leader") tickLeader(this.raft);
    else tickElection(this.raft);
  }

  /** Starts an election now, after asking around when preVote is set. Does nothing on a leader, a non-voter, or with an unapplied change ahead. */
  campaign(): void {
    campaign(this.raft);
  }

  /**
   * Takes a message of another member. One that is addressed to somebody else, or claims to come from
   * this member, is dropped: it would count as this member's own word.
   */
  step(message: Message): void {
    assertCounter(message.term, "term");
    if (message.to !== this.raft.id || message.from === this.raft.id) return;
    this.raft.step(message);
  }

  /** Appends an entry when this member leads. See ProposeResult for what the answer promises. */
  propose(data: Uint8Array): ProposeResult {
    return propose(this.raft, "normal", data);
  }

  /** Appends a membership change; `encoded` is what the entry carries, `change` what it means. */
  proposeConfChange(change: ConfChange | ConfChangeV2, encoded: Uint8Array): ProposeResult {
    return proposeConfChange(this.raft, change, encoded);
  }

  /**
   * Hands leadership over to `transferee`, or asks the leader to; the soft state tells whether it came about.
   * Until then, but no longer than electionTicks, proposals are refused.
   */
  transferLeadership(transferee: RaftId): TransferResult {
    return transferLeadership(this.raft, transferee);
  }

  /**
   * Asks for an index at which a read that starts now is linearizable. The answer comes as a ReadState with
   * the same `context`, by which only the host has to recognise it; or not at all, when the leadership or a
   * message is lost: a host asks again after an election timeout, with a new context.
   */
  readIndex(context: Uint8Array): ReadIndexResult {
    return readIndex(this.raft, context);
  }

  /**
   * Takes a committed change into force; to be called while the entry is being applied, before advance().
   * A host that finds the change invalid skips the call. Answers the membership to keep with snapshots.
   */
  applyConfChange(change: ConfChange | ConfChangeV2): ConfState {
    return this.raft.applyConfChange(change);
  }

  /** Whether ready() has work to give; false while a Ready is outstanding. */
  hasReady(): boolean {
    return this.outstanding === undefined && hasWork(this.raft, this.handed);
  }

  /** Takes all work there is. The next call needs an advance() in between. */
  ready(): Ready {
    assert(this.outstanding === undefined, "ready() was called again before advance()");
    const ready = takeReady(this.raft, this.handed);
    this.handed = {
      hardState: ready.hardState ?? this.handed.hardState,
      softState: ready.softState ?? this.handed.softState,
    };
    this.outstanding = ready;
    return ready;
  }

  /** The host has saved, sent and applied all of the outstanding Ready, which it may pass as a check. */
  advance(ready?: Ready): void {
    const { outstanding } = this;
    assert(outstanding !== undefined, "advance() was called without a Ready");
    assert(ready === undefined || ready === outstanding, "advance() was given another Ready");
    this.outstanding = undefined;
    finishReady(this.raft, outstanding, this.handed.hardState);
  }

  status(): Status {
    return toStatus(this.raft);
  }

  /** The last message to `id` did not arrive: appends are sent one at a time until it answers. */
  reportUnreachable(id: RaftId): void {
    const progress = this.raft.tracker.progress(id);
    if (this.raft.role === "leader" && progress?.state === "replicate") progress.becomeProbe();
  }

  /**
   * How sending a snapshot to `id` ended. Must be called for every snapshot message: until then nothing
   * else is sent there. After a failure the next attempt waits for a heartbeat's answer.
   */
  reportSnapshot(id: RaftId, ok: boolean): void {
    const progress = this.raft.tracker.progress(id);
    if (this.raft.role !== "leader" || progress?.state !== "snapshot") return;
    if (!ok) progress.snapshotIndex = 0;
    progress.becomeProbe();
    progress.isProbeSent = true;
  }
}
