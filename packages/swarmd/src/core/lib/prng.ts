/** A source of numbers in [0, 1). Seeded in tests and the simulator, from the system in production. */
export type Prng = () => number;

/** A small deterministic generator (sfc32): equal seeds give equal sequences. */
export function createPrng(seed: number): Prng {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed >>> 0;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0;
    return sum / 2 ** 32;
  };
  // The first outputs still show the seed's bits.
  for (let round = 0; round < 12; round += 1) next();
  return next;
}
