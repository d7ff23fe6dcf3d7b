import type { StoreAction } from "@swarmkit/proto/types";
import type { Millis } from "../lib/time.ts";
import { toStoreAction } from "./actions.ts";
import { Draft } from "./draft.ts";
import {
  actionFramingBytesMax,
  batchBytesMax,
  changesPerTransactionMax,
  requestIdBytesMax,
  transactionBytesMax,
} from "./limits.ts";
import type { Root } from "./root.ts";
import type {
  Batch,
  Proposal,
  Query,
  StoreEvent,
  TableName,
  Tables,
  WriteTransaction,
} from "./types.ts";

/** A transaction with the state that it leads to. */
export interface Prepared {
  readonly proposal: Proposal;
  readonly root: Root;
  readonly events: readonly StoreEvent[];
}

/** An update of a batch that no Raft entry can hold: it was not made. */
export interface DroppedUpdate {
  /** Bytes that its entry would have had. */
  readonly bytes: number;
  /** Number of its changes. */
  readonly changes: number;
  /** The first object that it would have changed. */
  readonly table: TableName;
  readonly id: string;
}

export type EncodeAction = (action: StoreAction) => Uint8Array;

/** Fills Raft entries with the updates of one batch, in order, and never splits an update. */
export class BatchWriter implements Batch {
  readonly #encodeAction: EncodeAction;
  readonly #now: Millis;
  readonly #prepared: Prepared[] = [];
  readonly #dropped: DroppedUpdate[] = [];
  #index: number;
  #draft: Draft;
  #actions: EncodedActions = noActions;

  constructor(base: Root, options: { nextIndex: number; now: Millis; encodeAction: EncodeAction }) {
    this.#encodeAction = options.encodeAction;
    this.#now = options.now;
    this.#index = options.nextIndex;
    this.#draft = new Draft(base, { index: this.#index, now: this.#now });
  }

  get<T extends TableName>(table: T, id: string): Tables[T] | undefined {
    return this.#draft.get(table, id);
  }

  find<T extends TableName>(table: T, query: Query<T>): readonly Tables[T][] {
    return this.#draft.find(table, query);
  }

  count(table: TableName): number {
    return this.#draft.count(table);
  }

  update(change: (transaction: WriteTransaction) => void): void {
    const before = this.#actions.list.length;
    this.#draft.run(change);
    const added = encodeEvents(this.#draft.events.slice(before), this.#encodeAction);
    if (added.list.length === 0) return;
    const isFull =
      before + added.list.length > changesPerTransactionMax ||
      this.#actions.bytes + added.bytes >= batchBytesMax;
    if (added.bytes + requestIdBytesMax > transactionBytesMax) this.#drop(before, added);
    else if (isFull && before > 0) this.#moveToNextEntry(before);
    else this.#actions = concatActions(this.#actions, added);
  }

  /** Ends the batch: the transactions in order, and what could not be made. */
  finish(): { readonly prepared: readonly Prepared[]; readonly dropped: readonly DroppedUpdate[] } {
    this.#closeEntry();
    return { prepared: this.#prepared, dropped: this.#dropped };
  }

  /** The last update does not fit any more: it is the first of the next entry, with its index. */
  #moveToNextEntry(before: number): void {
    const moved = this.#draft.undoTo(before);
    this.#closeEntry();
    this.#draft.redo(moved);
    this.#actions = encodeEvents(this.#draft.events, this.#encodeAction);
  }

  #closeEntry(): void {
    if (this.#actions.list.length === 0) return;
    this.#prepared.push(prepare(this.#index, this.#draft, this.#actions));
    this.#index += 1;
    this.#draft = new Draft(this.#draft.root, { index: this.#index, now: this.#now });
    this.#actions = noActions;
  }

  #drop(before: number, added: EncodedActions): void {
    const [first] = this.#draft.undoTo(before);
    if (first === undefined) return;
    this.#dropped.push({
      bytes: added.bytes + requestIdBytesMax,
      changes: added.list.length,
      table: first.table,
      id: first.object.id,
    });
  }
}

/** Actions with their encodings. */
export interface EncodedActions {
  readonly list: readonly StoreAction[];
  readonly encoded: readonly Uint8Array[];
  /** Bytes that they take in an entry, framing included; never less than the truth. */
  readonly bytes: number;
}

const noActions: EncodedActions = { list: [], encoded: [], bytes: 0 };

export function encodeEvents(
  events: readonly StoreEvent[],
  encodeAction: EncodeAction,
): EncodedActions {
  const list = events.map(toStoreAction);
  const encoded = list.map(encodeAction);
  let bytes = 0;
  for (const action of encoded) bytes += action.length + actionFramingBytesMax;
  return { list, encoded, bytes };
}

export function prepare(index: number, draft: Draft, actions: EncodedActions): Prepared {
  const proposal: Proposal = { index, actions: actions.list, encodedActions: actions.encoded };
  return { proposal, root: draft.root, events: draft.events };
}

function concatActions(left: EncodedActions, right: EncodedActions): EncodedActions {
  return {
    list: left.list.concat(right.list),
    encoded: left.encoded.concat(right.encoded),
    bytes: left.bytes + right.bytes,
  };
}
