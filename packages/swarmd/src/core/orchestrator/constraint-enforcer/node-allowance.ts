import type { GenericResource, Resources, Task } from "@swarmkit/proto/types";

/** What of a node's resources is not yet claimed by its tasks. */
export class NodeAllowance {
  #nanoCpus: number;
  #memoryBytes: number;
  /** Counts of discrete kinds, and 1 for each named unit (`kind\0value`). */
  readonly #generic = new Map<string, number>();

  constructor(resources: Resources | undefined) {
    this.#nanoCpus = resources?.nanoCpus ?? 0;
    this.#memoryBytes = resources?.memoryBytes ?? 0;
    for (const { key, amount } of (resources?.generic ?? []).map(toAmount)) {
      this.#generic.set(key, (this.#generic.get(key) ?? 0) + amount);
    }
  }

  /**
   * Takes what the task reserves; false, and nothing is taken, when it is not there. A kind that
   * has changed from discrete to named, or back, is not there either.
   */
  claim(task: Task): boolean {
    const nanoCpus = task.spec.resources?.reservations?.nanoCpus ?? 0;
    const memoryBytes = task.spec.resources?.reservations?.memoryBytes ?? 0;
    if (nanoCpus > 0 && nanoCpus > this.#nanoCpus) return false;
    if (memoryBytes > 0 && memoryBytes > this.#memoryBytes) return false;
    const claims = new Map<string, number>();
    for (const { key, amount } of task.assignedGenericResources.map(toAmount)) {
      claims.set(key, (claims.get(key) ?? 0) + amount);
    }
    for (const [key, amount] of claims) {
      if (amount > (this.#generic.get(key) ?? 0)) return false;
    }
    this.#nanoCpus -= nanoCpus;
    this.#memoryBytes -= memoryBytes;
    for (const [key, amount] of claims) {
      this.#generic.set(key, (this.#generic.get(key) ?? 0) - amount);
    }
    return true;
  }
}

function toAmount(resource: GenericResource): { readonly key: string; readonly amount: number } {
  const { namedResourceSpec: named, discreteResourceSpec: discrete } = resource;
  if (named !== undefined) return { key: `${named.kind}\0${named.value}`, amount: 1 };
  return { key: discrete?.kind ?? "", amount: discrete?.value ?? 0 };
}
