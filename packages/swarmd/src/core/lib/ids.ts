import { assert } from "./assert.ts";
import type { Prng } from "./prng.ts";

/** Gives object, session and cluster ids: 25 characters of `[0-9a-z]`, as SwarmKit's `identity` does. */
export type IdSource = () => string;

/** Random bytes that one id takes. */
export const idEntropyBytes = 17;

/** Id made of 17 random bytes: the top bit is forced, and characters 1..25 of the base-36 form are kept. */
export function formatId(entropy: Uint8Array): string {
  assert(entropy.length === idEntropyBytes, "an id takes 17 random bytes");
  let value = 0n;
  for (const byte of entropy) value = (value << 8n) | BigInt(byte);
  return (value | (1n << 135n)).toString(36).slice(1, 26);
}

/** Ids drawn from a PRNG, for tests and the simulator. */
export function createIdSource(prng: Prng): IdSource {
  return () =>
    formatId(Uint8Array.from({ length: idEntropyBytes }, () => Math.floor(prng() * 256)));
}
