import type { Millis } from "../lib/time.ts";
import { batchWaitMsMax, batchWaitMsMin, batchWaitMsPerItem } from "./limits.ts";

/**
 * Decides when the next batch goes. The first item after quiet goes at once, so a lone change costs no
 * wait. After a batch the next one waits for as long as that one was large: small talk stays quick,
 * and a storm is gathered up to the longest wait, which bounds the number of batches per second.
 */
export class Pacer {
  #freeAt: Millis = Number.NEGATIVE_INFINITY;

  /** When the next batch may go. */
  get freeAt(): Millis {
    return this.#freeAt;
  }

  /** A batch of `itemCount` has gone. */
  spend(itemCount: number, now: Millis): void {
    const wait = Math.max(itemCount * batchWaitMsPerItem, batchWaitMsMin);
    this.#freeAt = now + Math.min(wait, batchWaitMsMax);
  }
}
