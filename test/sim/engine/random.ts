import { createPrng, type Prng } from "../../../packages/swarmd/src/core/lib/prng.ts";

/** Draws from one stream of random numbers. */
export class Random {
  readonly next: Prng;

  /** Streams of one seed with different names have nothing to do with each other. */
  constructor(seed: number, stream: string) {
    this.next = createPrng((Math.imul(seed, 0x9e3779b1) ^ hashText(stream)) >>> 0);
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** Waiting times of events that do not know of each other. */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)] as T;
  }
}

/** FNV-1a. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let position = 0; position < text.length; position += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(position), 0x01000193);
  }
  return hash >>> 0;
}
