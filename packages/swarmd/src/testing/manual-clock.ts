import type { Millis } from "../core/lib/time.ts";
import type { CancelTimer, Clock } from "../shell/clock.ts";
import { testEpoch } from "./builders.ts";

interface Timer {
  readonly atMs: Millis;
  readonly fire: () => void;
}

/**
 * A clock that stands still until the test moves it. An eager one jumps to its next timer by itself as
 * soon as the program has nothing else to do.
 */
export class ManualClock implements Clock {
  #now: Millis = testEpoch;
  readonly #isEager: boolean;
  readonly #timers: Set<Timer> = new Set();

  constructor(options: { readonly isEager?: boolean } = {}) {
    this.#isEager = options.isEager ?? false;
  }

  now(): Millis {
    return this.#now;
  }

  setTimer(atMs: Millis, fire: () => void): CancelTimer {
    const timer = { atMs, fire };
    this.#timers.add(timer);
    if (this.#isEager) setImmediate(() => this.#fireFirst(Infinity));
    return () => this.#timers.delete(timer);
  }

  /** Lets `durationMs` pass, firing what comes due, earliest first. */
  advance(durationMs: Millis): void {
    const until = this.#now + durationMs;
    while (this.#fireFirst(until));
    this.#now = until;
  }

  /** Instant of the earliest timer. */
  nextTimer(): Millis | undefined {
    return this.#first()?.atMs;
  }

  #first(): Timer | undefined {
    return [...this.#timers].sort((left, right) => left.atMs - right.atMs)[0];
  }

  #fireFirst(until: Millis): boolean {
    const first = this.#first();
    if (first === undefined || first.atMs > until) return false;
    this.#timers.delete(first);
    this.#now = Math.max(this.#now, first.atMs);
    first.fire();
    return true;
  }
}
