import type { Prng } from "../lib/prng.ts";
import type { Millis } from "../lib/time.ts";

/** First step of the backoff (SwarmKit: 100 ms). */
export const reconnectBackoffMsStep = 100;

/** Where the backoff stops growing (SwarmKit: 8 s). */
export const reconnectBackoffMsMax = 8000;

/** Spreads reconnects: each delay is drawn below a bound that grows with every failure in a row. */
export class ReconnectBackoff {
  readonly #prng: Prng;
  #bound: Millis = 0;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** A session stood: the next failure is the first again. */
  reset(): void {
    this.#bound = 0;
  }

  /** Delay before the next attempt. */
  nextDelayMs(): Millis {
    this.#bound = Math.min(reconnectBackoffMsStep + 2 * this.#bound, reconnectBackoffMsMax);
    return this.#prng() * this.#bound;
  }
}
