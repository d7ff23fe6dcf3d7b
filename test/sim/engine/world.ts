// Virtual time: one event after the other, each at its instant. Nothing else moves.
import { EventQueue, type EventTarget } from "./event-queue.ts";
import { Trace } from "./trace.ts";

/** Lines that a failure shows at most. */
const traceLines = 400;

/** A broken guarantee, found by a checker. */
export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(message);
    this.name = "Violation";
    this.invariant = invariant;
  }
}

export class World {
  readonly queue: EventQueue = new EventQueue();
  readonly trace: Trace = new Trace(traceLines);
  nowMs = 0;
  /** Events that were delivered and meant something. */
  steps = 0;
  /** Called for each delivered event and each note; for watching a run. */
  watcher:
    | ((atMs: number, who: string, what: string, first: unknown, second: unknown) => void)
    | undefined;

  /** Something happens to `target` after `delayMs`, unless it crashes before. */
  post(
    delayMs: number,
    target: EventTarget,
    kind: string,
    first?: unknown,
    second?: unknown,
  ): void {
    this.queue.push(this.nowMs + delayMs, target, kind, first, second);
  }

  /** As post(), but for whoever `target` is by then: the network does not know of crashes. */
  postAny(
    delayMs: number,
    target: EventTarget,
    kind: string,
    first?: unknown,
    second?: unknown,
  ): void {
    this.queue.push(this.nowMs + delayMs, target, kind, first, second, anyEpoch);
  }

  note(who: string, what: string, first?: unknown, second?: unknown): void {
    this.trace.add(this.nowMs, who, what, first, second);
    this.watcher?.(this.nowMs, who, what, first, second);
  }

  /** Delivers the next event; false when there is none. */
  step(): boolean {
    const event = this.queue.pop();
    if (event === undefined) return false;
    const { atMs, target, epoch, kind, first, second } = event;
    if (atMs > this.nowMs) this.nowMs = atMs;
    if (epoch !== anyEpoch && epoch !== target.epoch) return true;
    if (target.pausedUntilMs > this.nowMs) {
      this.queue.push(target.pausedUntilMs, target, kind, first, second, epoch);
      return true;
    }
    this.trace.add(atMs, target.name, kind, first, second);
    this.watcher?.(atMs, target.name, kind, first, second);
    if (target.handle(kind, first, second)) this.steps += 1;
    return true;
  }

  /** Lets everything happen up to and including `untilMs`, or until `isOver`. */
  runUntil(untilMs: number, isOver: () => boolean = never): void {
    const end = { name: "end", epoch: 0, pausedUntilMs: 0, handle: (): boolean => false };
    this.queue.push(untilMs, end, "end", undefined, undefined);
    while (this.nowMs < untilMs && !isOver()) if (!this.step()) return;
  }
}

const anyEpoch = -1;

function never(): boolean {
  return false;
}
