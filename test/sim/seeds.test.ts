import { expect, test } from "vitest";
import { runSeeds } from "./run-seeds.ts";
import { type RunResult, runSimulation } from "./simulation.ts";

/** As many as the project promises; `npm run sim -- --seeds N --from M` runs others. */
const seedsCount = 1000;

/** Seeds that found something once. */
const regressions: readonly { readonly seed: number; readonly found: string }[] = [];

test("a thousand swarms break no guarantee, and work again once all faults end", () => {
  const { failures, results, summary } = runSeeds({
    from: 1,
    count: seedsCount,
    wallNow: () => performance.now(),
  });
  process.stdout.write(`${summary}\n`);
  expect(failures.map(({ message }) => message)).toEqual([]);
  // A simulator in which nothing happens finds nothing.
  const sum = (pick: (result: RunResult) => number): number =>
    results.reduce((total, result) => total + pick(result), 0);
  expect(sum(({ leadersCount }) => leadersCount)).toBeGreaterThan(2 * seedsCount);
  expect(sum(({ faultsCount }) => faultsCount)).toBeGreaterThan(10 * seedsCount);
  expect(sum(({ answeredCount }) => answeredCount)).toBeGreaterThan(100 * seedsCount);
  expect(sum(({ snapshotsCount }) => snapshotsCount)).toBeGreaterThan(seedsCount / 10);
});

test("one seed gives one run", () => {
  const first = runSimulation(7);
  expect(runSimulation(7)).toEqual(first);
  expect(runSimulation(8)).not.toEqual(first);
});

test("what was found once stays mended", () => {
  for (const { seed } of regressions) runSimulation(seed);
});
