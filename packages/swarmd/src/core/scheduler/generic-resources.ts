// Generic resources: a node has of each kind a number of like units, or a set of named ones. A task
// asks for a number; which names it was given is recorded in the task.
import type { GenericResource } from "@swarmkit/proto/types";

/** Amounts by kind, in order of first mention. */
export type GenericRequest = ReadonlyMap<string, number>;

/** Of a kind, what a node has in all: a count, or names in the node's order. */
type Stock = { readonly count: number } | { readonly names: readonly string[] };

/** What tasks hold of one node's generic resources; kept up to date with every task. */
export class GenericLedger {
  readonly #stocks = new Map<string, Stock>();
  readonly #heldCounts = new Map<string, number>();
  /** Holders by `kind\0name`: more than one only if two leaders gave the same name away. */
  readonly #heldNames = new Map<string, number>();

  /** The node describes itself anew; what tasks hold stays held. */
  describe(resources: readonly GenericResource[]): void {
    this.#stocks.clear();
    for (const { namedResourceSpec: named, discreteResourceSpec: discrete } of resources) {
      if (named !== undefined) {
        const stock = this.#stocks.get(named.kind);
        const names = stock !== undefined && "names" in stock ? stock.names : [];
        this.#stocks.set(named.kind, { names: [...names, named.value] });
      } else if (discrete !== undefined) {
        this.#stocks.set(discrete.kind, { count: discrete.value });
      }
    }
  }

  hold(resources: readonly GenericResource[]): void {
    this.#change(resources, 1);
  }

  release(resources: readonly GenericResource[]): void {
    this.#change(resources, -1);
  }

  hasEnough(request: GenericRequest): boolean {
    for (const [kind, amount] of request) {
      if (this.#available(kind) < amount) return false;
    }
    return true;
  }

  /** What a task with this request is given: the first free names, in the node's order. */
  choose(request: GenericRequest): readonly GenericResource[] {
    return [...request].flatMap(([kind, amount]): readonly GenericResource[] => {
      const stock = this.#stocks.get(kind);
      if (stock === undefined || "count" in stock) {
        return [{ discreteResourceSpec: { kind, value: amount } }];
      }
      const names = this.#freeNames(kind, stock.names).slice(0, amount);
      return names.map((value) => ({ namedResourceSpec: { kind, value } }));
    });
  }

  #available(kind: string): number {
    const stock = this.#stocks.get(kind);
    if (stock === undefined) return 0;
    if ("count" in stock) return stock.count - (this.#heldCounts.get(kind) ?? 0);
    return this.#freeNames(kind, stock.names).length;
  }

  #freeNames(kind: string, names: readonly string[]): readonly string[] {
    return names.filter((name) => !this.#heldNames.has(`${kind}\0${name}`));
  }

  #change(resources: readonly GenericResource[], sign: 1 | -1): void {
    for (const { namedResourceSpec: named, discreteResourceSpec: discrete } of resources) {
      if (named !== undefined) addTo(this.#heldNames, `${named.kind}\0${named.value}`, sign);
      if (discrete !== undefined) addTo(this.#heldCounts, discrete.kind, sign * discrete.value);
    }
  }
}

/**
 * The amounts that a task reserves, equal kinds added up. A request for one certain name cannot be
 * met (SwarmKit's grammar has none): it asks for more than any node has.
 */
export function toGenericRequest(resources: readonly GenericResource[]): GenericRequest {
  const request = new Map<string, number>();
  for (const { namedResourceSpec: named, discreteResourceSpec: discrete } of resources) {
    if (named !== undefined) request.set(named.kind, Number.POSITIVE_INFINITY);
    if (discrete !== undefined) addTo(request, discrete.kind, discrete.value);
  }
  return request;
}

/** Adds to a tally; entries that come to nothing are dropped. */
export function addTo(tally: Map<string, number>, key: string, amount: number): void {
  const sum = (tally.get(key) ?? 0) + amount;
  if (sum === 0) tally.delete(key);
  else tally.set(key, sum);
}
