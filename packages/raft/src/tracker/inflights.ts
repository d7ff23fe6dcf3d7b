import { assert } from "../errors.ts";

/**
 * The appends sent to one follower that it has not answered: a queue of each one's last index, bounded so
 * that a follower that stopped answering costs a bounded amount of memory and network.
 * Invariant: indexes increase.
 */
export class Inflights {
  private readonly messagesMax: number;
  private lastIndexes: number[] = [];

  constructor(messagesMax: number) {
    this.messagesMax = messagesMax;
  }

  get count(): number {
    return this.lastIndexes.length;
  }

  isFull(): boolean {
    return this.lastIndexes.length >= this.messagesMax;
  }

  add(lastIndex: number): void {
    assert(!this.isFull(), "an append was sent although the window is full");
    assert(lastIndex > (this.lastIndexes.at(-1) ?? 0), "appends must be sent in order");
    this.lastIndexes.push(lastIndex);
  }

  /** An answer for `index` also answers every append before it. */
  freeTo(index: number): void {
    const kept = this.lastIndexes.findIndex((lastIndex) => lastIndex > index);
    this.lastIndexes = kept < 0 ? [] : this.lastIndexes.slice(kept);
  }

  reset(): void {
    this.lastIndexes = [];
  }
}
