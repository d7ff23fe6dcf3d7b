import type { Meta } from "@swarmkit/proto/types";
import { assert } from "../lib/assert.ts";
import { type Millis, toTimestamp } from "../lib/time.ts";
import type { Change } from "./actions.ts";
import { deepFreeze } from "./freeze.ts";
import { type Root, RootView, tableOf } from "./root.ts";
import { tableNames, toNameKey } from "./schema.ts";
import type { Table } from "./table.ts";
import type {
  Query,
  StoreEvent,
  TableName,
  Tables,
  WriteRefusal,
  WriteResult,
  WriteTransaction,
} from "./types.ts";

/** What the writes of a draft are stamped with. */
export interface Stamp {
  /** Raft index of the transaction's own entry. */
  readonly index: number;
  readonly now: Millis;
}

/** What every object has. */
type Stored = Tables[TableName];

const refusalTexts: Readonly<Record<WriteRefusal, string>> = {
  exists: "object already exists",
  "not-found": "object does not exist",
  "name-conflict": "name conflicts with an existing object",
  "out-of-sequence": "update out of sequence",
  "kind-unregistered": "object kind is unregistered",
};

/**
 * A state in the making on top of a root, which it leaves as it is. Writes are checked and stamped,
 * and can be taken back down to a mark.
 *
 * A written object's version is its transaction's own index. SwarmKit uses the index that was
 * committed when the transaction began; with many transactions in flight that would give two states
 * of one object the same version, and a stale update would pass.
 */
export class Draft implements WriteTransaction {
  readonly #stamp: Stamp;
  readonly #owned = new Set<TableName>();
  readonly #events: StoreEvent[] = [];
  #root: Root;
  #view: RootView;
  #isOpen = false;

  constructor(base: Root, stamp: Stamp) {
    this.#root = { ...base };
    this.#view = new RootView(this.#root);
    this.#stamp = stamp;
  }

  /** Runs a change; the draft takes checked writes only until it returns. */
  run<R>(change: (transaction: WriteTransaction) => R): R {
    assert(!this.#isOpen, "a transaction was started inside another one");
    this.#isOpen = true;
    try {
      return change(this);
    } finally {
      this.#isOpen = false;
    }
  }

  /** What was written so far, in order. */
  get events(): readonly StoreEvent[] {
    return this.#events;
  }

  get root(): Root {
    return this.#root;
  }

  get<T extends TableName>(table: T, id: string): Tables[T] | undefined {
    return this.#view.get(table, id);
  }

  find<T extends TableName>(table: T, query: Query<T>): readonly Tables[T][] {
    return this.#view.find(table, query);
  }

  count(table: TableName): number {
    return this.#view.count(table);
  }

  create<T extends TableName>(table: T, object: Tables[T]): WriteResult {
    this.#assertOpen();
    const refusal = this.#checkObject(table, object, true);
    if (refusal !== undefined) return refuse(refusal);
    if (this.get(table, object.id) !== undefined) return refuse("exists");
    this.#write(table, "create", { ...object, meta: this.#stampMeta(object.meta, undefined) });
    return { ok: true };
  }

  update<T extends TableName>(table: T, object: Tables[T]): WriteResult {
    this.#assertOpen();
    const refusal = this.#checkObject(table, object, false);
    if (refusal !== undefined) return refuse(refusal);
    const old: Stored | undefined = this.get(table, object.id);
    if (old === undefined) return refuse("not-found");
    if (object.meta.version.index !== old.meta.version.index) return refuse("out-of-sequence");
    this.#write(table, "update", { ...object, meta: this.#stampMeta(object.meta, old.meta) });
    return { ok: true };
  }

  remove<T extends TableName>(table: T, id: string): WriteResult {
    this.#assertOpen();
    const old = this.get(table, id);
    if (old === undefined) return refuse("not-found");
    this.#write(table, "remove", old);
    return { ok: true };
  }

  /**
   * Does what a committed entry says, with the meta that it brings. Its leader has checked it, so a
   * contradiction means that this member's state is not what the log made of the others.
   */
  apply(change: Change): void {
    const { table, kind, object } = change;
    const old = this.get(table, object.id);
    const isThere = old !== undefined;
    assert(
      isThere === (kind !== "create"),
      `a committed entry has a ${kind} of ${table} ${object.id}, which ${isThere ? "exists" : "does not exist"}`,
    );
    const refusal = kind === "remove" ? undefined : this.#checkObject(table, object, !isThere);
    assert(
      refusal === undefined,
      `a committed entry has a ${kind} of ${table} ${object.id}, which cannot be: ${refusal}`,
    );
    this.#write(table, kind, kind === "remove" && old !== undefined ? old : object);
  }

  /** Takes back all that was written after the first `count` events, and returns those events. */
  undoTo(count: number): readonly StoreEvent[] {
    const undone = this.#events.splice(count);
    for (const event of undone.toReversed()) {
      const table = this.#own(event.table);
      if (event.kind === "create") table.delete(event.object.id);
      else table.put(event.kind === "update" ? event.old : event.object);
    }
    return undone;
  }

  /** Writes again what was undone in another draft, under this draft's stamp. */
  redo(events: readonly StoreEvent[]): void {
    for (const { table, kind, object } of events) {
      const meta = kind === "remove" ? object.meta : this.#restampMeta(object.meta);
      this.#write(
        table,
        kind,
        kind === "remove" ? (this.get(table, object.id) ?? object) : { ...object, meta },
      );
    }
  }

  #write<T extends TableName>(table: T, kind: StoreEvent["kind"], object: Tables[T]): void {
    const objects = this.#own(table);
    const old = objects.get(object.id);
    const stored = deepFreeze(object);
    if (kind === "remove") objects.delete(object.id);
    else objects.put(stored);
    const event =
      kind === "update" ? { table, kind, object: stored, old } : { table, kind, object: stored };
    this.#events.push(Object.freeze(event) as StoreEvent);
  }

  /** The table for writing: a copy of this draft's own, made at its first write. */
  #own<T extends TableName>(name: T): Table<T> {
    if (!this.#owned.has(name)) {
      this.#root = { ...this.#root, [name]: tableOf(this.#root, name).clone() };
      this.#view = new RootView(this.#root);
      this.#owned.add(name);
    }
    return tableOf(this.#root, name);
  }

  #checkObject<T extends TableName>(
    table: T,
    object: Tables[T],
    isNew: boolean,
  ): WriteRefusal | undefined {
    if (table === "resource" && this.#isKindUnregistered((object as Tables["resource"]).kind)) {
      return "kind-unregistered";
    }
    if (tableOf(this.#root, table).findNameOwner(object) !== undefined) return "name-conflict";
    if (table !== "extension" || !isNew) return undefined;
    const name = toNameKey((object as Tables["extension"]).annotations.name);
    return tableNames.some((builtIn) => builtIn === name) ? "name-conflict" : undefined;
  }

  #isKindUnregistered(kind: string): boolean {
    return this.find("extension", { by: "name", name: kind }).length === 0;
  }

  #stampMeta(meta: Meta, old: Meta | undefined): Meta {
    const updatedAt = toTimestamp(this.#stamp.now);
    const createdAt = old === undefined ? updatedAt : old.createdAt;
    return {
      ...meta,
      version: { ...meta.version, index: this.#stamp.index },
      createdAt,
      updatedAt,
    };
  }

  #restampMeta(meta: Meta): Meta {
    return { ...meta, version: { ...meta.version, index: this.#stamp.index } };
  }

  #assertOpen(): void {
    assert(this.#isOpen, "a transaction was written to after its end");
  }
}

function refuse(reason: WriteRefusal): WriteResult {
  return { ok: false, reason, message: refusalTexts[reason] };
}
