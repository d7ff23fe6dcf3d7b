// Runs the simulator: `--seed 7` shows one run, `--seeds 1000 --from 1` runs many and says what they came to.
import { parseArgs } from "node:util";
import { plantedBugs } from "../test/sim/planted-bugs.ts";
import { formatLine, RunFailure } from "../test/sim/report.ts";
import { drawConfig, type RunConfig } from "../test/sim/run-config.ts";
import { runSeeds } from "../test/sim/run-seeds.ts";
import { type RunOptions, runSimulation } from "../test/sim/simulation.ts";

const usage = `usage: npm run sim -- [--seed N [--verbose]] [--seeds COUNT] [--from N] [--config JSON] [--bug TEXT]

  --seed N       one run
  --verbose      with every event of it
  --seeds COUNT  many runs, 100 by default; a failure does not keep the others from running
  --from N       seed of the first of them, 1 by default
  --config JSON  parts of the run that are not to be drawn, see test/sim/run-config.ts
  --bug TEXT     with the planted bug whose title contains TEXT
`;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    config: { type: "string", default: "{}" },
    bug: { type: "string" },
    verbose: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(usage);
else {
  const run = toRunOptions(JSON.parse(values.config), values.bug);
  if (values.seed === undefined) runMany(Number(values.from), Number(values.seeds), run);
  else runOne(Number(values.seed), values.verbose, run);
}

/** A planted bug brings its own surroundings. */
function toRunOptions(config: Partial<RunConfig>, bugText: string | undefined): RunOptions {
  if (bugText === undefined) return { config };
  const bug = plantedBugs.find(({ title }) => title.includes(bugText));
  if (bug === undefined) throw new Error(`no planted bug's title contains "${bugText}"`);
  bug.surround?.();
  bug.spoil?.();
  const { makeManager } = bug;
  return { config: { ...bug.config, ...config }, ...(makeManager && { makeManager }) };
}

function runOne(seed: number, isVerbose: boolean, run: RunOptions): void {
  print(drawConfig(seed, run.config));
  const watcher = (
    ...[atMs, who, what, first, second]: [number, string, string, unknown, unknown]
  ): void => print(formatLine({ atMs, who, what, first, second }));
  try {
    print(runSimulation(seed, isVerbose ? { ...run, watcher } : run));
  } catch (error) {
    if (!(error instanceof RunFailure)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

function runMany(from: number, count: number, run: RunOptions): void {
  const { failures, summary } = runSeeds({ from, count, wallNow: () => performance.now(), run });
  for (const { message } of failures) {
    const lines = message.split("\n");
    process.stderr.write(`${lines[0]}\n  ${lines[1]}\n  ${lines.at(-1)}\n`);
  }
  print(summary);
  if (failures.length > 0) process.exitCode = 1;
}

function print(what: string | object): void {
  process.stdout.write(`${typeof what === "string" ? what : JSON.stringify(what, undefined, 2)}\n`);
}
