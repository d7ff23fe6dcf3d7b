// The store behind the replicated log: writes go to the speculative root and into the log, and count when
// their entry is committed. One fsync carries all that gathered meanwhile. Answers come by callback, at
// once or later, each exactly once.
import type { ConfChange } from "@swarmkit/raft";
import { assert } from "../lib/assert.ts";
import { type Outcome, type Refusal, refuse, succeed } from "../lib/outcome.ts";
import type { Millis } from "../lib/time.ts";
import type { DroppedUpdate } from "../store/batch-writer.ts";
import { MemoryStore } from "../store/memory-store.ts";
import type { Batch, Commit, Proposal, ReadView, WriteTransaction } from "../store/types.ts";
import type { EntryCodec } from "./codec.ts";
import { FreshReads } from "./fresh-reads.ts";
import type { Replica, ReplicaProposal } from "./replica.ts";

/** The part of the replica that the store needs. */
export type ReplicaLog = Pick<
  Replica,
  "isLeader" | "lastIndex" | "propose" | "proposeConfChange" | "readIndex"
>;

/** Proposals that wait for room in the log when outside callers are asked to come back later. */
const waitingProposalsMax = 64;

/** Membership changes that wait for their turn; there is one member more or less each time. */
const waitingChangesMax = 64;

/** What became of something that was to go into the log. */
type Settlement =
  | "committed"
  /** It is in a log and may still be committed, or not. */
  | "lost"
  /** It never got into the log, and never will. */
  | "not-proposed";

interface InFlight {
  readonly index: number;
  /** Absent for a membership change. */
  readonly proposal: Proposal | undefined;
  settle: (settlement: Settlement) => void;
}

interface WaitingChange {
  readonly change: ConfChange;
  readonly done: (outcome: Outcome<void>) => void;
}

export interface ReplicatedStoreOptions {
  readonly codec: EntryCodec;
  /** Must only be unlike those of other leaders whose entries are still in flight. */
  readonly firstRequestId: bigint;
  /** Told of updates that no entry can hold, which were left out. */
  updateDropped?(update: DroppedUpdate): void;
}

export class ReplicatedStore {
  readonly #options: ReplicatedStoreOptions;
  readonly #memory: MemoryStore;
  /** Everything proposed and not committed: first what is in the log, then what waits for room. */
  readonly #inFlight: InFlight[] = [];
  /** How many of `#inFlight` are in the log. */
  #loggedCount = 0;
  #waitingChanges: WaitingChange[] = [];
  readonly #listeners = new Set<(commit: Commit) => void>();
  readonly #reads: FreshReads;
  #log: ReplicaLog | undefined;
  #requestId: bigint;

  constructor(options: ReplicatedStoreOptions) {
    this.#options = options;
    this.#requestId = options.firstRequestId;
    this.#memory = new MemoryStore({ encodeAction: options.codec.encodeAction });
    this.#reads = new FreshReads((context) => this.#leadingLog()?.readIndex(context).ok === true);
  }

  attach(log: ReplicaLog): void {
    this.#log = log;
  }

  /** The committed state, as far as this member knows it. */
  view(): ReadView {
    return this.#memory.view();
  }

  /** Calls `listener` for each commit, in order, until the returned function is called. */
  onCommit(listener: (commit: Commit) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Runs a transaction and answers when it is committed; a refused one leaves nothing behind. What a
   * transaction saw may be in flight itself, so even a refusal is told only when that is committed.
   */
  write<T>(
    now: Millis,
    change: (transaction: WriteTransaction) => Outcome<T>,
    done: (outcome: Outcome<T>) => void,
  ): void {
    const log = this.#leadingLog();
    const refusal = this.#findRefusal(log);
    if (log === undefined || refusal !== undefined) {
      done(refusal ?? notLeader);
      return;
    }
    const at = { index: this.#nextIndex(log), now };
    const transacted = this.#memory.transact(at, change, ({ ok }) => ok);
    if (!transacted.ok) {
      done(refuse("invalid-argument", transacted.message));
      return;
    }
    const { value, proposal } = transacted;
    if (proposal === undefined) this.#answerUnchanged(value, done);
    else this.#propose([proposal], (settlement) => done(toOutcome(settlement, value)));
  }

  /**
   * Runs the leader's own updates; they are never refused for being many. False, and nothing is run,
   * when this member does not lead. `done` tells whether all of it was committed.
   */
  batch(now: Millis, run: (batch: Batch) => void, done?: (isCommitted: boolean) => void): boolean {
    const log = this.#leadingLog();
    if (log === undefined) return false;
    const proposals = this.#memory.batch({ nextIndex: this.#nextIndex(log), now }, run);
    for (const dropped of this.#memory.takeDroppedUpdates()) {
      this.#options.updateDropped?.(dropped);
    }
    if (proposals.length === 0) done?.(true);
    else this.#propose(proposals, (settlement) => done?.(settlement === "committed"));
    return true;
  }

  /** Changes the raft group's membership; answered when the change is in force. */
  changeMembership(change: ConfChange, done: (outcome: Outcome<void>) => void): void {
    if (this.#leadingLog() === undefined) {
      done(notLeader);
    } else if (this.#waitingChanges.length >= waitingChangesMax) {
      done(refuse("resource-exhausted", "too many membership changes wait; try again"));
    } else {
      this.#waitingChanges.push({ change, done });
      this.#fillLog();
    }
  }

  /**
   * Gives a view that holds everything that was acknowledged to anybody before this call: a quorum
   * confirms that this member still leads.
   */
  readFresh(done: (outcome: Outcome<ReadView>) => void): void {
    if (this.#leadingLog() === undefined) {
      done(notLeader);
      return;
    }
    this.#reads.add((isFresh) => done(isFresh ? succeed(this.view()) : notLeader));
  }

  /** The replica says that the read with this context may be served. */
  readReady(context: Uint8Array): void {
    this.#reads.ready(context);
  }

  /** A raft tick has passed. */
  tick(): void {
    this.#reads.tick();
    // Proposals that were held back by a transfer of leadership, which came to nothing.
    this.#fillLog();
  }

  /** A committed entry, from the replica. */
  applyEntry(entry: { readonly index: number; readonly data: Uint8Array }): void {
    const first = this.#inFlight[0];
    if (first?.proposal !== undefined && first.index === entry.index) {
      this.#takeFirst();
      this.#publish(this.#memory.commit(first.proposal));
      first.settle("committed");
      this.#fillLog();
      return;
    }
    const { action } = this.#options.codec.decodeEntry(entry.data);
    this.#publish(this.#memory.apply({ index: entry.index, actions: action }));
  }

  /** The membership change at `index` is in force. */
  confChangeApplied(index: number): void {
    const first = this.#inFlight[0];
    if (first?.index === index) {
      this.#takeFirst();
      first.settle("committed");
    }
    this.#fillLog();
  }

  /** Leadership is lost: nothing in flight will be answered as done. */
  abandon(): void {
    this.#memory.abandon();
    const loggedCount = this.#loggedCount;
    this.#loggedCount = 0;
    const waiting = this.#waitingChanges;
    this.#waitingChanges = [];
    this.#inFlight.splice(0).forEach(({ settle }, position) => {
      settle(position < loggedCount ? "lost" : "not-proposed");
    });
    for (const { done } of waiting) done(notLeader);
    this.#reads.abandon();
  }

  /** The state for a snapshot, unchanging however long its encoding takes. */
  save(): ReturnType<MemoryStore["save"]> {
    return this.#memory.save();
  }

  restore(snapshot: Parameters<MemoryStore["restore"]>[0], index: number): void {
    this.#publish(this.#memory.restore(snapshot, index));
  }

  #findRefusal(log: ReplicaLog | undefined): Refusal | undefined {
    if (log === undefined) return notLeader;
    if (this.#inFlight.length - this.#loggedCount <= waitingProposalsMax) return undefined;
    return refuse("resource-exhausted", "too many changes are in flight; try again in a moment");
  }

  #leadingLog(): ReplicaLog | undefined {
    return this.#log?.isLeader === true ? this.#log : undefined;
  }

  /** What was seen is true once all that was in flight is committed, or a quorum confirms the lead. */
  #answerUnchanged<T>(value: Outcome<T>, done: (outcome: Outcome<T>) => void): void {
    const last = this.#inFlight.at(-1);
    if (last === undefined) {
      this.readFresh((fresh) => done(fresh.ok ? value : fresh));
      return;
    }
    const { settle } = last;
    last.settle = (settlement) => {
      settle(settlement);
      done(settlement === "committed" ? value : notLeader);
    };
  }

  /** Before anybody is told of it: what they write then may find the lead lost, and end all in flight. */
  #takeFirst(): void {
    this.#inFlight.shift();
    this.#loggedCount -= 1;
  }

  /**
   * Puts proposals in line, all of them before the first goes into the log: a log that takes nothing any
   * more has all given up at once. `done` is told of the last, and so of all.
   */
  #propose(proposals: readonly Proposal[], done: (settlement: Settlement) => void): void {
    for (const proposal of proposals) {
      const isLast = proposal === proposals.at(-1);
      const settle = isLast ? done : () => undefined;
      this.#inFlight.push({ index: proposal.index, proposal, settle });
    }
    this.#fillLog();
  }

  /** Hands proposals to the log, in order, while it has room; then membership changes. */
  #fillLog(): void {
    const log = this.#leadingLog();
    if (log === undefined) return;
    for (;;) {
      const next = this.#inFlight[this.#loggedCount];
      if (next === undefined) break;
      assert(next.index === log.lastIndex() + 1, "the log and the store went apart");
      assert(next.proposal !== undefined, "a membership change was put in line");
      this.#requestId += 1n;
      const { encodedActions } = next.proposal;
      const data = this.#options.codec.encodeEntry(this.#requestId, encodedActions);
      const result = log.propose(data);
      if (!result.ok) {
        if (!isPassing(result.reason)) this.abandon();
        return;
      }
      this.#loggedCount += 1;
    }
    this.#proposeChange(log);
  }

  /** Has its place in the log between two transactions, so it waits until none waits for room. */
  #proposeChange(log: ReplicaLog): void {
    const [next] = this.#waitingChanges;
    if (next === undefined) return;
    const result = log.proposeConfChange(next.change);
    if (!result.ok && (isPassing(result.reason) || result.reason === "conf-change-pending")) return;
    this.#waitingChanges.shift();
    if (!result.ok) {
      const isLost = result.reason === "no-leader" || result.reason === "not-leader";
      const message = `raft: the membership cannot be changed: ${result.reason}`;
      next.done(isLost ? notLeader : refuse("failed-precondition", message));
      return;
    }
    this.#inFlight.push({
      index: result.index,
      proposal: undefined,
      settle: (settlement) => next.done(toOutcome(settlement, succeed(undefined))),
    });
    this.#loggedCount += 1;
  }

  #nextIndex(log: ReplicaLog): number {
    return (this.#inFlight.at(-1)?.index ?? log.lastIndex()) + 1;
  }

  #publish(commit: Commit): void {
    for (const listener of this.#listeners) listener(commit);
  }
}

/** SwarmKit's words for a manager that cannot write. */
const lostLeadership = "raft: failed to process the request: node lost leader status";

/** Nothing was done: whoever leads now may be asked. */
const notLeader: Refusal = refuse("not-leader", lostLeadership);

function toOutcome<T>(settlement: Settlement, value: Outcome<T>): Outcome<T> {
  if (settlement === "committed") return value;
  return settlement === "lost" ? refuse("unavailable", lostLeadership) : notLeader;
}

/** Room comes with the next commit, and a transfer ends; any other refusal is a lost leadership. */
function isPassing(reason: (ReplicaProposal & { readonly ok: false })["reason"]): boolean {
  return reason === "queue-full" || reason === "transfer-pending";
}
