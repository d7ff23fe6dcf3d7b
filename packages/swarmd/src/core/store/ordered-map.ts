import { EmptyBTree } from "sorted-btree";

/** Map in ascending order of its keys' UTF-16 units. `clone` is O(1): nodes are copied when written. */
export interface OrderedMap<V> {
  readonly size: number;
  get(key: string): V | undefined;
  has(key: string): boolean;
  set(key: string, value: V): boolean;
  delete(key: string): boolean;
  clone(): OrderedMap<V>;
  valuesArray(): V[];
  entries(firstKey?: string): IterableIterator<[string, V]>;
  /** Calls back for the keys from `low` up to, but not including, `high`. */
  forRange(
    low: string,
    high: string,
    includeHigh: false,
    onFound: (key: string, value: V) => void,
  ): number;
}

// The class itself is the package's default export, which a CommonJS package gives differently to
// Node, to bundlers and to Vitest. Its named exports are the same everywhere.
const Tree = EmptyBTree.constructor as new (
  entries: undefined,
  compare: (left: string, right: string) => number,
) => OrderedMap<unknown>;

export function createOrderedMap<V>(): OrderedMap<V> {
  return new Tree(undefined, compareStrings) as OrderedMap<V>;
}

/** Values of the keys that start with `prefix`, in key order. */
export function valuesWithPrefix<V>(map: OrderedMap<V>, prefix: string): V[] {
  const found: V[] = [];
  for (const [key, value] of map.entries(prefix)) {
    if (!key.startsWith(prefix)) break;
    found.push(value);
  }
  return found;
}

/** Plain order of UTF-16 units, the same on every machine. */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
