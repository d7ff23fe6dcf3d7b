/** A small seeded generator, uniform in [0, 1): a failing test is repeated by its seed. */
export function seededPrng(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // A Weyl sequence, whose bits two rounds of xor and multiply then spread over the whole word.
    state = (state + 0x9e3779b9) >>> 0;
    let word = state;
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return ((word ^ (word >>> 15)) >>> 0) / 0x1_0000_0000;
  };
}

/** A whole number in [0, end). */
export function drawBelow(prng: () => number, end: number): number {
  return Math.floor(prng() * end);
}
