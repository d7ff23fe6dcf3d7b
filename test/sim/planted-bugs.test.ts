import { describe, expect, test } from "vitest";
import { type PlantedBug, plantedBugs } from "./planted-bugs.ts";
import { RunFailure } from "./report.ts";
import { runSimulation } from "./simulation.ts";

describe.each(plantedBugs)("when $title", (bug) => {
  test("a run finds it, and the same runs find nothing without it", () => {
    const found = withUndo([bug.surround, bug.spoil], () => search(bug));
    expect(bug.breaks).toContain(found.invariant);
    expect(found.message).toContain(`npm run sim -- --seed ${found.seed}`);
    withUndo([bug.surround], () => {
      for (let seed = 1; seed <= found.seed; seed += 1) {
        runSimulation(seed, { config: bug.config });
      }
    });
  });
});

/** The first run that fails. */
function search({ config, makeManager, seedsMax, title }: PlantedBug): RunFailure {
  for (let seed = 1; seed <= seedsMax; seed += 1) {
    try {
      runSimulation(seed, { config, ...(makeManager && { makeManager }) });
    } catch (error) {
      if (error instanceof RunFailure) return error;
      throw error;
    }
  }
  throw new Error(`${seedsMax} runs did not notice that ${title}`);
}

function withUndo<T>(changes: readonly ((() => () => void) | undefined)[], run: () => T): T {
  const undos = changes.map((change) => change?.());
  try {
    return run();
  } finally {
    for (const undo of undos.reverse()) undo?.();
  }
}
