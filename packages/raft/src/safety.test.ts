import { expect, test } from "vitest";
import { type RandomRunOptions, randomRun } from "./testing/random-run.ts";

const seeds = Array.from({ length: 32 }, (_, position) => position + 1);
const stepsCount = 6_000;

test("under loss, reordering, power failures and membership changes no guarantee is broken (figure 3)", () => {
  const total = {
    appliedCount: 0,
    leadersCount: 0,
    snapshotsCount: 0,
    confChangesCount: 0,
    readsCount: 0,
    transfersCount: 0,
  };
  for (const seed of seeds) {
    const result = withSeed(seed, () => randomRun({ seed, stepsCount }));
    expect(result.values.length, `seed ${seed}: somebody leads in the end`).toBeGreaterThan(0);
    for (const values of result.values) {
      expect(values, `seed ${seed}: all members end with the same state`).toEqual(result.values[0]);
    }
    total.appliedCount += result.appliedCount;
    total.leadersCount += result.leadersCount;
    total.snapshotsCount += result.snapshotsCount;
    total.confChangesCount += result.confChangesCount;
    total.readsCount += result.readsCount;
    total.transfersCount += result.transfersCount;
  }
  // A run in which nothing happens proves nothing.
  expect(total.appliedCount).toBeGreaterThan(seeds.length * 10);
  expect(total.leadersCount).toBeGreaterThan(seeds.length * 2);
  expect(total.snapshotsCount).toBeGreaterThan(seeds.length / 2);
  expect(total.confChangesCount).toBeGreaterThan(seeds.length * 2);
  expect(total.readsCount).toBeGreaterThan(seeds.length * 10);
  expect(total.transfersCount).toBeGreaterThan(seeds.length / 2);
});

test("the same seed gives the same run", () => {
  const options = { seed: 7, stepsCount };
  expect(randomRun(options)).toEqual(randomRun(options));
});

test("the checker finds a host whose disk does not keep what it promised (§5.1)", () => {
  expect(failuresOf({ isDiskDishonest: true }).length).toBeGreaterThan(0);
});

test("the checker finds a leader that answers reads without asking whether it still leads", () => {
  const failures = failuresOf({ isLeaderCredulous: true });
  expect(failures.some((message) => message.includes("is stale"))).toBe(true);
});

/** What broke: a guarantee, or an invariant that noticed it first. */
function failuresOf(fault: Partial<RandomRunOptions>): readonly string[] {
  return seeds.slice(0, 12).flatMap((seed) => {
    try {
      randomRun({ seed, stepsCount, ...fault });
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });
}

function withSeed<Result>(seed: number, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  }
}
