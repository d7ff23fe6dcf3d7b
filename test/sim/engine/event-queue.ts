// The one queue of a run: what happens next is what is due first, and of two that are due at the same time
// what was put in first. Events are used again, so that a long run leaves little to collect.

/** Somebody to whom events happen. */
export interface EventTarget {
  /** Shown in traces. */
  readonly name: string;
  /** Grows when it crashes or is replaced: what was under way to it then never arrives. */
  readonly epoch: number;
  /** Until then it does nothing; what is due waits. */
  readonly pausedUntilMs: number;
  /** False when it does not concern it any more. */
  handle(kind: string, first: unknown, second: unknown): boolean;
}

/** Valid until the next call of pop(). */
export interface SimEvent {
  readonly atMs: number;
  readonly target: EventTarget;
  readonly epoch: number;
  readonly kind: string;
  readonly first: unknown;
  readonly second: unknown;
}

type Slot = { -readonly [Key in keyof SimEvent]: SimEvent[Key] } & { order: number };

export class EventQueue {
  readonly #heap: Slot[] = [];
  readonly #free: Slot[] = [];
  #order = 0;
  #popped: Slot | undefined;

  get size(): number {
    return this.#heap.length;
  }

  push(
    atMs: number,
    target: EventTarget,
    kind: string,
    first: unknown,
    second: unknown,
    epoch: number = target.epoch,
  ): void {
    this.#order += 1;
    const order = this.#order;
    const slot = this.#free.pop();
    if (slot === undefined) {
      this.#rise({ atMs, target, epoch, kind, first, second, order });
      return;
    }
    slot.atMs = atMs;
    slot.target = target;
    slot.epoch = epoch;
    slot.kind = kind;
    slot.first = first;
    slot.second = second;
    slot.order = order;
    this.#rise(slot);
  }

  pop(): SimEvent | undefined {
    if (this.#popped !== undefined) {
      this.#popped.first = undefined;
      this.#popped.second = undefined;
      this.#free.push(this.#popped);
      this.#popped = undefined;
    }
    const heap = this.#heap;
    const top = heap[0];
    if (top === undefined) return undefined;
    const last = heap.pop() as Slot;
    if (heap.length > 0) this.#sink(last);
    this.#popped = top;
    return top;
  }

  #rise(slot: Slot): void {
    const heap = this.#heap;
    let position = heap.length;
    heap.push(slot);
    while (position > 0) {
      const above = (position - 1) >> 1;
      const parent = heap[above] as Slot;
      if (isBefore(parent, slot)) break;
      heap[position] = parent;
      position = above;
    }
    heap[position] = slot;
  }

  #sink(slot: Slot): void {
    const heap = this.#heap;
    const { length } = heap;
    let position = 0;
    for (;;) {
      let below = 2 * position + 1;
      if (below >= length) break;
      const right = below + 1;
      if (right < length && isBefore(heap[right] as Slot, heap[below] as Slot)) below = right;
      const child = heap[below] as Slot;
      if (isBefore(slot, child)) break;
      heap[position] = child;
      position = below;
    }
    heap[position] = slot;
  }
}

function isBefore(left: Slot, right: Slot): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}
