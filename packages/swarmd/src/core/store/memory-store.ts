// The replicated state in memory, with two roots. The committed root is what Raft has
// agreed on. The speculative one is ahead of it by the transactions in flight: a leader writes there
// at once, proposes, and goes on without waiting.
//
// Invariant: the speculative root is the committed one with all in-flight transactions done to it,
// in order. Entries of others are applied only when nothing is in flight.
import type { StoreAction, StoreSnapshot } from "@swarmkit/proto/types";
import { assert } from "../lib/assert.ts";
import type { Millis } from "../lib/time.ts";
import { fromStoreAction } from "./actions.ts";
import {
  BatchWriter,
  type DroppedUpdate,
  type EncodeAction,
  encodeEvents,
  type Prepared,
  prepare,
} from "./batch-writer.ts";
import { Draft } from "./draft.ts";
import { droppedUpdatesMax, requestIdBytesMax, transactionBytesMax } from "./limits.ts";
import { createRoot, type Root, RootView } from "./root.ts";
import { fromSnapshot, toSnapshot } from "./snapshot.ts";
import type { Batch, Commit, Proposal, ReadView, WriteTransaction } from "./types.ts";

/** What a transaction came to. `proposal` is undefined when nothing is to be committed. */
export type Transacted<R> =
  | { readonly ok: true; readonly value: R; readonly proposal: Proposal | undefined }
  | { readonly ok: false; readonly refusal: "too-large"; readonly message: string };

export interface MemoryStoreOptions {
  /** Wire encoding of one action: pure, and the very bytes that the entry will carry. */
  readonly encodeAction: EncodeAction;
}

export class MemoryStore {
  readonly #encodeAction: EncodeAction;
  readonly #inFlight: Prepared[] = [];
  #committed: Root = createRoot();
  #committedIndex = 0;
  #dropped: DroppedUpdate[] = [];

  constructor(options: MemoryStoreOptions) {
    this.#encodeAction = options.encodeAction;
  }

  /** The committed state as it is now. */
  view(): ReadView {
    return new RootView(this.#committed);
  }

  /** The committed state with everything in flight done to it. */
  latest(): ReadView {
    return new RootView(this.#speculative);
  }

  /** Proposals that wait for their commit. */
  get inFlightCount(): number {
    return this.#inFlight.length;
  }

  /**
   * One transaction on the speculative root. Nothing is kept when `change` throws, when
   * `shouldKeep` says no to what it returned, or when one entry cannot hold it (1.5 MiB).
   */
  transact<R>(
    at: { readonly index: number; readonly now: Millis },
    change: (transaction: WriteTransaction) => R,
    shouldKeep: (value: R) => boolean = () => true,
  ): Transacted<R> {
    this.#assertNext(at.index);
    const draft = new Draft(this.#speculative, at);
    const value = draft.run(change);
    if (!shouldKeep(value) || draft.events.length === 0) {
      return { ok: true, value, proposal: undefined };
    }
    const actions = encodeEvents(draft.events, this.#encodeAction);
    if (actions.bytes + requestIdBytesMax > transactionBytesMax) return tooLarge;
    const prepared = prepare(at.index, draft, actions);
    this.#inFlight.push(prepared);
    return { ok: true, value, proposal: prepared.proposal };
  }

  /**
   * Many updates at once, in as few entries as the limits allow, with ascending indexes from
   * `nextIndex`. Nothing at all is kept when `run` throws. An update that no entry can hold is left
   * out alone; `takeDroppedUpdates` tells of it.
   */
  batch(
    at: { readonly nextIndex: number; readonly now: Millis },
    run: (batch: Batch) => void,
  ): readonly Proposal[] {
    this.#assertNext(at.nextIndex);
    const writer = new BatchWriter(this.#speculative, { ...at, encodeAction: this.#encodeAction });
    run(writer);
    const { prepared, dropped } = writer.finish();
    this.#inFlight.push(...prepared);
    this.#dropped = this.#dropped.concat(dropped).slice(-droppedUpdatesMax);
    return prepared.map(({ proposal }) => proposal);
  }

  /** Updates left out since the last call, newest last, at most `droppedUpdatesMax` of them. */
  takeDroppedUpdates(): readonly DroppedUpdate[] {
    const dropped = this.#dropped;
    this.#dropped = [];
    return dropped;
  }

  /** An own proposal is committed. They come in the order in which they were made. */
  commit(proposal: Proposal): Commit {
    const first = this.#inFlight.shift();
    assert(first?.proposal === proposal, "a proposal was committed out of its turn");
    this.#committed = first.root;
    this.#committedIndex = proposal.index;
    return { index: proposal.index, events: first.events };
  }

  /** An entry of another leader, or one replayed from the log, is committed. */
  apply(entry: { readonly index: number; readonly actions: readonly StoreAction[] }): Commit {
    assert(this.#inFlight.length === 0, "another's entry was applied with proposals in flight");
    this.#assertNext(entry.index);
    // The stamp is not used: what the entry brings keeps its meta.
    const draft = new Draft(this.#committed, { index: entry.index, now: 0 });
    for (const action of entry.actions) draft.apply(fromStoreAction(action));
    this.#committed = draft.root;
    this.#committedIndex = entry.index;
    return { index: entry.index, events: draft.events };
  }

  /** Leadership is lost: all that is in flight is forgotten. What Raft keeps of it comes by `apply`. */
  abandon(): void {
    this.#inFlight.length = 0;
  }

  /**
   * The committed state, to be encoded whenever it suits: its arrays and objects do not change.
   * Costs one array element per object.
   */
  save(): StoreSnapshot {
    return toSnapshot(this.#committed);
  }

  /** Replaces the whole state; the events are the difference. Keeps (and freezes) the objects. */
  restore(snapshot: StoreSnapshot, index: number): Commit {
    assert(this.#inFlight.length === 0, "a snapshot was restored with proposals in flight");
    const { root, events } = fromSnapshot(snapshot, this.#committed);
    this.#committed = root;
    this.#committedIndex = index;
    return { index, events };
  }

  get #speculative(): Root {
    return this.#inFlight.at(-1)?.root ?? this.#committed;
  }

  #assertNext(index: number): void {
    const last = this.#inFlight.at(-1)?.proposal.index ?? this.#committedIndex;
    assert(index > last, `index ${index} does not come after ${last}, the store's newest`);
  }
}

const tooLarge = {
  ok: false,
  refusal: "too-large",
  // SwarmKit's words; its clients know them.
  message: "raft: raft message is too large and can't be sent",
} as const;
