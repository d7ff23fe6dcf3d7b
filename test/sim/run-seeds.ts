// Many runs one after the other, and what they came to.
import { RunFailure } from "./report.ts";
import { type RunOptions, type RunResult, runSimulation } from "./simulation.ts";

export interface SeedsResult {
  readonly results: readonly RunResult[];
  readonly failures: readonly RunFailure[];
  /** In words: count, simulated hours, steps, wall time. */
  readonly summary: string;
}

export function runSeeds(options: {
  readonly from: number;
  readonly count: number;
  /** Real milliseconds. */
  readonly wallNow: () => number;
  readonly run?: RunOptions;
}): SeedsResult {
  const { from, count, wallNow } = options;
  const results: RunResult[] = [];
  const failures: RunFailure[] = [];
  const startedAtMs = wallNow();
  for (let seed = from; seed < from + count; seed += 1) {
    try {
      results.push(runSimulation(seed, options.run));
    } catch (error) {
      if (!(error instanceof RunFailure)) throw error;
      failures.push(error);
    }
  }
  const wallMs = wallNow() - startedAtMs;
  return { results, failures, summary: summarize(results, failures.length, wallMs) };
}

function summarize(results: readonly RunResult[], failuresCount: number, wallMs: number): string {
  const sum = (pick: (result: RunResult) => number): number =>
    results.reduce((total, result) => total + pick(result), 0);
  const steps = sum(({ steps }) => steps);
  const hours = sum(({ simulatedMs }) => simulatedMs) / 3_600_000;
  const healing = results.map(({ healingMs }) => healingMs).sort((left, right) => left - right);
  const longest = (healing.at(-1) ?? 0) / 1000;
  return [
    `${results.length} runs without a violation, ${failuresCount} with one`,
    `${hours.toFixed(1)} simulated hours in ${(wallMs / 1000).toFixed(1)} s`,
    `${steps} steps, ${Math.round(steps / (wallMs / 1000))} a second`,
    `${sum(({ faultsCount }) => faultsCount)} faults, ${sum(({ leadersCount }) => leadersCount)} leaders`,
    `${sum(({ committedCount }) => committedCount)} entries committed, ${sum(({ snapshotsCount }) => snapshotsCount)} snapshots installed`,
    `${sum(({ answeredCount }) => answeredCount)} of ${sum(({ operationsCount }) => operationsCount)} operations answered`,
    `all well again after ${((healing[healing.length >> 1] ?? 0) / 1000).toFixed(1)} s (median), ${longest.toFixed(1)} s at most`,
  ].join("; ");
}
