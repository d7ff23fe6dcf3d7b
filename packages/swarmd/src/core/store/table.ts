import { createOrderedMap, type OrderedMap, valuesWithPrefix } from "./ordered-map.ts";
import { type TableSchema, toIndexLookup, toNameKey } from "./schema.ts";
import type { Query, TableName, Tables } from "./types.ts";

/** Holds a name index's keys and, after a NUL, the ids that have them; likewise every other index. */
type Index = OrderedMap<string>;

/**
 * The objects of one kind with their indexes. `clone` is cheap, and neither copy sees the other's
 * later writes. It checks nothing: that is the transaction's part.
 */
export class Table<T extends TableName> {
  readonly #schema: TableSchema<T>;
  readonly #objects: OrderedMap<Tables[T]>;
  readonly #names: Index;
  readonly #indexes: ReadonlyMap<string, Index>;

  private constructor(
    schema: TableSchema<T>,
    objects: OrderedMap<Tables[T]>,
    names: Index,
    indexes: ReadonlyMap<string, Index>,
  ) {
    this.#schema = schema;
    this.#objects = objects;
    this.#names = names;
    this.#indexes = indexes;
  }

  static create<T extends TableName>(schema: TableSchema<T>): Table<T> {
    const indexes = new Map<string, Index>();
    for (const name of Object.keys(schema.indexes)) indexes.set(name, createOrderedMap());
    return new Table(schema, createOrderedMap<Tables[T]>(), createOrderedMap(), indexes);
  }

  clone(): Table<T> {
    const indexes = new Map<string, Index>();
    for (const [name, index] of this.#indexes) indexes.set(name, index.clone());
    return new Table(this.#schema, this.#objects.clone(), this.#names.clone(), indexes);
  }

  get size(): number {
    return this.#objects.size;
  }

  get(id: string): Tables[T] | undefined {
    return this.#objects.get(id);
  }

  /** All objects, by ascending id. */
  all(): Tables[T][] {
    return this.#objects.valuesArray();
  }

  /** Selected objects, by ascending id. */
  find(query: Query<T>): Tables[T][] {
    const selection = query as Query<"task"> | Query<"node">;
    switch (selection.by) {
      case "all":
        return this.all();
      case "id-prefix":
        return valuesWithPrefix(this.#objects, selection.prefix);
      case "name":
        return this.#take(idsOf(this.#names, toNameKey(selection.name)));
      case "name-prefix":
        return this.#take(valuesWithPrefix(this.#names, toNameKey(selection.prefix)).sort());
      default: {
        const { index, key } = toIndexLookup(selection);
        const entries = this.#indexes.get(index);
        return entries === undefined ? [] : this.#take(idsOf(entries, key));
      }
    }
  }

  /** Adds the object, or puts it in place of the one with its id. */
  put(object: Tables[T]): void {
    const old = this.#objects.get(object.id);
    this.#objects.set(object.id, object);
    this.#reindex(this.#names, object.id, this.#nameKey(old), this.#nameKey(object));
    for (const [name, index] of this.#indexes) {
      const keyOf = this.#schema.indexes[name];
      if (keyOf === undefined) continue;
      const oldKey = old === undefined ? undefined : keyOf(old);
      this.#reindex(index, object.id, oldKey, keyOf(object));
    }
  }

  delete(id: string): void {
    const old = this.#objects.get(id);
    if (old === undefined) return;
    this.#objects.delete(id);
    this.#reindex(this.#names, id, this.#nameKey(old), undefined);
    for (const [name, index] of this.#indexes) {
      this.#reindex(index, id, this.#schema.indexes[name]?.(old), undefined);
    }
  }

  /** Id of another object that has this object's name, in a table whose names are unique. */
  findNameOwner(object: Tables[T]): string | undefined {
    const key = this.#schema.isNameUnique ? this.#nameKey(object) : undefined;
    if (key === undefined) return undefined;
    return idsOf(this.#names, key).find((id) => id !== object.id);
  }

  #take(ids: readonly string[]): Tables[T][] {
    const found: Tables[T][] = [];
    for (const id of ids) {
      const object = this.#objects.get(id);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  #nameKey(object: Tables[T] | undefined): string | undefined {
    const name = object === undefined ? undefined : this.#schema.name(object);
    return name === undefined ? undefined : toNameKey(name);
  }

  #reindex(index: Index, id: string, oldKey: string | undefined, key: string | undefined): void {
    if (oldKey === key) return;
    if (oldKey !== undefined) index.delete(`${oldKey}\0${id}`);
    if (key !== undefined) index.set(`${key}\0${id}`, id);
  }
}

/** Ids filed under exactly this key, ascending. */
function idsOf(index: Index, key: string): string[] {
  const ids: string[] = [];
  index.forRange(`${key}\0`, `${key}\x01`, false, (entry, id) => {
    // A key may itself contain a NUL: then its entries lie between, and are longer.
    if (entry.length === key.length + 1 + id.length) ids.push(id);
  });
  return ids;
}
