// Runs the simulator: `--seed 7` shows one run, `--seeds 1000 --from 1` runs many and prints what they came to.
import { parseArgs } from "node:util";
import { formatLine, RunFailure } from "../test/sim/report.ts";
import { drawConfig } from "../test/sim/run-config.ts";
import { runSimulation } from "../test/sim/simulation.ts";
import { runSeeds } from "../test/sim/run-seeds.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    verbose: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(
    "usage: npm run sim -- [--seed N [--verbose]] [--seeds COUNT --from N]\n\n" +
      "  --seed N       one run\n" +
      "  --verbose      with every event of it\n" +
      "  --seeds COUNT  many runs, 100 by default; all go on after a failure\n" +
      "  --from N       seed of the first of them, 1 by default",
  );
} else if (values.seed === undefined) runMany(Number(values.from), Number(values.seeds));
else runOne(Number(values.seed), values.verbose);

function runOne(seed: number, isVerbose: boolean): void {
  console.log(drawConfig(seed));
  const watcher = (
    ...[atMs, who, what, first, second]: [number, string, string, unknown, unknown]
  ): void => console.log(formatLine({ atMs, who, what, first, second }));
  try {
    console.log(runSimulation(seed, isVerbose ? { watcher } : {}));
  } catch (error) {
    if (!(error instanceof RunFailure)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

function runMany(from: number, count: number): void {
  const { failures, summary } = runSeeds({ from, count, wallNow: () => performance.now() });
  for (const failure of failures) {
    console.error(failure.message.split("\n").slice(0, 2).join("\n"));
    console.error(failure.message.split("\n").at(-1));
  }
  console.log(summary);
  if (failures.length > 0) process.exitCode = 1;
}
