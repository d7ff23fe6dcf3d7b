import { Heap } from "./heap.ts";
import type { Millis } from "./time.ts";

interface Entry {
  readonly key: string;
  readonly at: Millis;
}

/** Stale entries that are not worth a clean-up. */
const staleEntriesMin = 64;

interface Deadline {
  at: Millis;
  /** Time of the one heap entry that stands for this key. Invariant: queuedAt <= at. */
  queuedAt: Millis;
}

/**
 * Deadlines by key, made for deadlines that are mostly put off: to move one later costs a map look-up,
 * and its place in the heap is set right only when the old time comes.
 */
export class DeadlineQueue {
  readonly #deadlines = new Map<string, Deadline>();
  #heap = new Heap<Entry>(compareEntries);

  get size(): number {
    return this.#deadlines.size;
  }

  /** Sets or moves the deadline of `key`. */
  set(key: string, at: Millis): void {
    const known = this.#deadlines.get(key);
    if (known !== undefined && known.queuedAt <= at) {
      known.at = at;
      return;
    }
    // An entry that a later deadline of this key has left in the heap is stale, and is skipped there.
    this.#deadlines.set(key, { at, queuedAt: at });
    this.#heap.push({ key, at });
    if (this.#heap.size > 2 * this.#deadlines.size + staleEntriesMin) this.#rebuild();
  }

  get(key: string): Millis | undefined {
    return this.#deadlines.get(key)?.at;
  }

  delete(key: string): void {
    this.#deadlines.delete(key);
  }

  /** A time at which `takeDue` may find something; it may be too early, never too late. */
  next(): Millis | undefined {
    this.#dropStale();
    return this.#heap.peek()?.at;
  }

  /** Removes and gives the keys whose deadline is at `now` or before, earliest first. */
  takeDue(now: Millis): readonly string[] {
    const due: string[] = [];
    for (;;) {
      this.#dropStale();
      const top = this.#heap.peek();
      if (top === undefined || top.at > now) return due;
      this.#heap.pop();
      const deadline = this.#deadlines.get(top.key);
      if (deadline === undefined) continue;
      if (deadline.at <= now) {
        this.#deadlines.delete(top.key);
        due.push(top.key);
      } else {
        deadline.queuedAt = deadline.at;
        this.#heap.push({ key: top.key, at: deadline.at });
      }
    }
  }

  /** Leaves the stale entries behind, so that there are never many more entries than deadlines. */
  #rebuild(): void {
    const entries = [...this.#deadlines].map(([key, deadline]) => {
      deadline.queuedAt = deadline.at;
      return { key, at: deadline.at };
    });
    this.#heap = new Heap(compareEntries, entries);
  }

  #dropStale(): void {
    for (let top = this.#heap.peek(); top !== undefined; top = this.#heap.peek()) {
      if (this.#deadlines.get(top.key)?.queuedAt === top.at) return;
      this.#heap.pop();
    }
  }
}

function compareEntries(left: Entry, right: Entry): number {
  if (left.at !== right.at) return left.at - right.at;
  if (left.key === right.key) return 0;
  return left.key < right.key ? -1 : 1;
}
