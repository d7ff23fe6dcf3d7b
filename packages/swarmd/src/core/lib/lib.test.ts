import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isEqual } from "./equal.ts";
import { createIdSource, formatId, idEntropyBytes } from "./ids.ts";
import { createPrng } from "./prng.ts";
import { fromDuration, fromTimestamp, toDuration, toTimestamp } from "./time.ts";

describe("ids", () => {
  test("an id has 25 characters of base 36, whatever the entropy", () => {
    for (const fill of [0, 1, 0x7f, 0xff]) {
      const entropy = new Uint8Array(idEntropyBytes).fill(fill);
      expect(formatId(entropy)).toMatch(/^[0-9a-z]{25}$/);
    }
  });

  test("other entropy gives another id", () => {
    const ids = createIdSource(createPrng(1));
    expect(new Set(Array.from({ length: 1000 }, ids)).size).toBe(1000);
  });
});

describe("the seeded generator", () => {
  test("a seed gives its sequence again, another seed another one", () => {
    const draw = (seed: number) => Array.from({ length: 20 }, createPrng(seed));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  test("numbers fill [0, 1) evenly", () => {
    const prng = createPrng(3);
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 10_000; draw += 1) {
      const place = Math.floor(prng() * 10);
      counts[place] = (counts[place] ?? Number.NaN) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });
});

describe("times on the wire", () => {
  test("a whole millisecond survives", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 41), max: 2 ** 41 }), (ms) => {
        const rounded = Math.round(fromTimestamp(toTimestamp(ms)));
        return rounded === ms && Math.round(fromDuration(toDuration(ms))) === ms;
      }),
    );
  });

  test("nanoseconds stay below a whole second", () => {
    expect(toTimestamp(1999.9999999)).toEqual({ seconds: 1, nanos: 999_999_999 });
    expect(toDuration(1999.9999999)).toEqual({ seconds: 1, nanos: 999_999_999 });
  });

  test("a negative span carries negative nanoseconds", () => {
    expect(toDuration(-1500)).toEqual({ seconds: -1, nanos: -500_000_000 });
    expect(toTimestamp(-1500)).toEqual({ seconds: -2, nanos: 500_000_000 });
  });
});

describe("equality", () => {
  test("a field that is absent equals one that is undefined", () => {
    expect(isEqual({ a: 1, b: undefined }, { a: 1 })).toBe(true);
    expect(isEqual({ a: 1 }, { a: 1, b: null })).toBe(false);
  });

  test("every value equals its copy, and no value a changed one", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        const isSame = JSON.stringify(left) === JSON.stringify(right);
        return isEqual(left, structuredClone(left)) && (!isSame || isEqual(left, right));
      }),
    );
    expect(isEqual([1, [2, 3]], [1, [2, 4]])).toBe(false);
    expect(isEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(isEqual([], {})).toBe(false);
  });
});
