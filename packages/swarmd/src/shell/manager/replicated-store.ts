// The store behind Raft: writes go to the speculative root and into the log, and count when their
// entry is committed. One fsync carries all that gathered meanwhile.
import { assert } from "../../core/lib/assert.ts";
import { type Outcome, refuse } from "../../core/lib/outcome.ts";
import { MemoryStore } from "../../core/store/memory-store.ts";
import type {
  Batch,
  Commit,
  Proposal,
  ReadView,
  WriteTransaction,
} from "../../core/store/types.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import { decodeRaftEntry, encodeAction, encodeRaftEntry } from "./raft-entry.ts";

/** The part of the Raft driver that the store needs. */
export interface RaftLog {
  readonly isLeader: boolean;
  lastIndex(): number;
  /** Refused with `queue-full` while too much is in flight; anything else means lost leadership. */
  propose(
    data: Uint8Array,
  ): { readonly ok: true } | { readonly ok: false; readonly reason: string };
}

/** SwarmKit's words for a manager that cannot write. */
const lostLeadership = "raft: failed to process the request: node lost leader status";

interface InFlight {
  readonly proposal: Proposal;
  settle(isCommitted: boolean): void;
}

/** Proposals that wait for room in the log when outside callers are asked to come back later. */
const waitingProposalsMax = 64;

export class ReplicatedStore {
  readonly #memory = new MemoryStore({ encodeAction });
  /** Everything proposed and not committed: first what is in the log, then what waits for room. */
  readonly #inFlight: InFlight[] = [];
  /** How many of `#inFlight` are in the log. */
  #loggedCount = 0;
  readonly #listeners = new Set<(commit: Commit) => void>();
  readonly #clock: Clock;
  readonly #log: Logger;
  #raft: RaftLog | undefined;
  #requestId: bigint;

  constructor(options: { readonly clock: Clock; readonly log: Logger }) {
    this.#clock = options.clock;
    this.#log = options.log;
    // Request ids must only be unlike those of other leaders' entries that are still in flight.
    this.#requestId = BigInt(Math.floor(this.#clock.now())) << 20n;
  }

  attach(raft: RaftLog): void {
    this.#raft = raft;
  }

  /** The committed state. */
  view(): ReadView {
    return this.#memory.view();
  }

  /** Calls `listener` for each commit, in order, until the returned function is called. */
  onCommit(listener: (commit: Commit) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Runs a transaction and answers when it is committed; a refused one leaves nothing behind. */
  async write<T>(change: (transaction: WriteTransaction) => Outcome<T>): Promise<Outcome<T>> {
    const raft = this.#raft;
    if (raft === undefined || !raft.isLeader) return refuse("unavailable", lostLeadership);
    if (this.#inFlight.length - this.#loggedCount > waitingProposalsMax) {
      return refuse("resource-exhausted", "too many changes are in flight; try again in a moment");
    }
    const at = { index: this.#nextIndex(raft), now: this.#clock.now() };
    const done = this.#memory.transact(at, change, (outcome) => outcome.ok);
    if (!done.ok) return refuse("invalid-argument", done.message);
    const { value, proposal } = done;
    if (proposal === undefined) return value;
    const isCommitted = await this.#propose([proposal]);
    return isCommitted ? value : refuse("unavailable", lostLeadership);
  }

  /** Runs the leader's own updates. They are never refused for being many. */
  batch(run: (batch: Batch) => void): Promise<boolean> {
    const raft = this.#raft;
    if (raft === undefined || !raft.isLeader) return Promise.resolve(false);
    const at = { nextIndex: this.#nextIndex(raft), now: this.#clock.now() };
    const proposals = this.#memory.batch(at, run);
    for (const dropped of this.#memory.takeDroppedUpdates()) {
      this.#log.error("an update is too large for a Raft entry and was left out", { ...dropped });
    }
    return this.#propose(proposals);
  }

  /** A committed entry, from the Raft driver's apply loop. */
  applyEntry(entry: { readonly index: number; readonly data: Uint8Array }): void {
    if (entry.data.length === 0) return;
    const first = this.#inFlight[0];
    if (first?.proposal.index === entry.index) {
      this.#inFlight.shift();
      this.#loggedCount -= 1;
      this.#publish(this.#memory.commit(first.proposal));
      first.settle(true);
      this.#fillLog();
      return;
    }
    const { action } = decodeRaftEntry(entry.data);
    this.#publish(this.#memory.apply({ index: entry.index, actions: action }));
  }

  /** Leadership is lost: nothing in flight will be answered as done. */
  abandon(): void {
    this.#memory.abandon();
    this.#loggedCount = 0;
    for (const { settle } of this.#inFlight.splice(0)) settle(false);
  }

  /** The state for a snapshot, unchanging however long its encoding takes. */
  save(): ReturnType<MemoryStore["save"]> {
    return this.#memory.save();
  }

  restore(snapshot: Parameters<MemoryStore["restore"]>[0], index: number): void {
    this.#publish(this.#memory.restore(snapshot, index));
  }

  /**
   * Puts proposals in line, all of them before the first goes into the log: a log that takes nothing any
   * more has all given up at once. Tells whether the last, and so all, were committed.
   */
  #propose(proposals: readonly Proposal[]): Promise<boolean> {
    let last = Promise.resolve(true);
    for (const proposal of proposals) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      this.#inFlight.push({ proposal, settle: resolve });
      last = promise;
    }
    this.#fillLog();
    return last;
  }

  /** Hands proposals to the log, in order, while it has room. */
  #fillLog(): void {
    const raft = this.#raft;
    if (raft === undefined) return;
    for (;;) {
      const next = this.#inFlight[this.#loggedCount];
      if (next === undefined) return;
      assert(next.proposal.index === raft.lastIndex() + 1, "the log and the store went apart");
      this.#requestId += 1n;
      const done = raft.propose(encodeRaftEntry(this.#requestId, next.proposal.encodedActions));
      if (!done.ok) {
        // Room comes with the next commit. Any other refusal is a lost leadership.
        if (done.reason !== "queue-full") this.abandon();
        return;
      }
      this.#loggedCount += 1;
    }
  }

  #nextIndex(raft: RaftLog): number {
    return (this.#inFlight.at(-1)?.proposal.index ?? raft.lastIndex()) + 1;
  }

  #publish(commit: Commit): void {
    for (const listener of this.#listeners) listener(commit);
  }
}
