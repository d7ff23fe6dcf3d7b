import { assert } from "../errors.ts";

/** What may be under way to one follower. */
export interface InflightLimits {
  readonly messagesMax: number;
  readonly bytesMax: number;
}

interface Inflight {
  readonly lastIndex: number;
  readonly bytes: number;
}

/**
 * The appends sent to one follower that it has not answered: a queue of each one's last index and size,
 * bounded so that a follower that stopped answering costs a bounded amount of memory and network.
 * Invariants: indexes increase; `bytes` is the sum over the queue.
 */
export class Inflights {
  bytes = 0;
  private readonly limits: InflightLimits;
  private queue: Inflight[] = [];

  constructor(limits: InflightLimits) {
    this.limits = limits;
  }

  get count(): number {
    return this.queue.length;
  }

  /** The append that reaches the limit in bytes still goes out; the next one waits. */
  isFull(): boolean {
    return this.queue.length >= this.limits.messagesMax || this.bytes >= this.limits.bytesMax;
  }

  add(lastIndex: number, bytes: number): void {
    assert(!this.isFull(), "an append was sent although the window is full");
    assert(lastIndex > (this.queue.at(-1)?.lastIndex ?? 0), "appends must be sent in order");
    this.queue.push({ lastIndex, bytes });
    this.bytes += bytes;
  }

  /** An answer for `index` also answers every append before it. */
  freeTo(index: number): void {
    const kept = this.queue.findIndex(({ lastIndex }) => lastIndex > index);
    this.queue = kept < 0 ? [] : this.queue.slice(kept);
    this.bytes = this.queue.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  reset(): void {
    this.queue = [];
    this.bytes = 0;
  }
}
