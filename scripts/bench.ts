// Measures what the project promises, as ratios within one run, and prints one table. Nothing here
// passes or fails: a figure depends on the machine, and whoever reads it has to know the conditions.
import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { describeConditions } from "./bench/conditions.ts";
import { measureCreateService } from "./bench/create-service.ts";
import { measureCreateToRunning } from "./bench/create-to-running.ts";
import { measureFailover } from "./bench/failover.ts";
import { measureIdleMemory } from "./bench/idle-memory.ts";
import type { Place } from "./bench/managers.ts";
import { measureNodeLs } from "./bench/node-ls.ts";
import { measureReplicatedWrites } from "./bench/replicated-writes.ts";
import { type Figure, formatTable } from "./bench/report.ts";
import { measureRestart } from "./bench/restart.ts";
import { type World, withWorld } from "./bench/world.ts";
import { buildPrograms } from "./build.ts";
import { describeError, say } from "./lib/run.ts";

const roundsDefault = 5;
const roundsMax = 1000;

type Measure<Where> = (where: Where, rounds: number) => Promise<readonly Figure[]>;

/** Parts that share a swarm, in the order of measuring: memory first, as all others leave traces in it. */
const shared: Readonly<Record<string, Measure<World>>> = {
  "idle-memory": measureIdleMemory,
  "node-ls": measureNodeLs,
  "create-service": measureCreateService,
  "create-to-running": measureCreateToRunning,
};

/** Parts that bring their own swarms, after the others. */
const alone: Readonly<Record<string, Measure<Place>>> = {
  failover: measureFailover,
  "replicated-writes": measureReplicatedWrites,
  restart: measureRestart,
};

const partNames: readonly string[] = [...Object.keys(shared), ...Object.keys(alone)];

const usage = `usage: pnpm bench [--only NAME ...] [--rounds N] [--directory PATH] [--install]

  --only NAME       measure only this part; may be given several times:
                    ${partNames.join(", ")}
  --rounds N        rounds of every part (default ${roundsDefault})
  --directory PATH  folder for state directories, which decides the disk (default ${tmpdir()})
  --install         install Docker with apt-get if there is none (needs root)
`;

interface Options {
  readonly names: readonly string[];
  readonly rounds: number;
  readonly directory: string;
  readonly install: boolean;
}

async function bench(options: Options, signal: AbortSignal): Promise<void> {
  await buildPrograms();
  const { names, rounds, directory: parent, install } = options;
  const figures: Figure[] = [];
  let conditions = await describeConditions(undefined, parent);
  const measure = async <Where>(
    parts: Readonly<Record<string, Measure<Where>>>,
    where: Where,
  ): Promise<void> => {
    for (const name of names) {
      const part = parts[name];
      if (part === undefined) continue;
      say(`measuring ${name} ...`);
      figures.push(...(await part(where, rounds)));
    }
  };
  const wantsEngine = names.includes("create-to-running") || names.includes("idle-memory");
  if (names.some((name) => Object.hasOwn(shared, name))) {
    await withWorld({ parent, wantsEngine, install, signal }, async (world) => {
      conditions = await describeConditions(world.engine, world.directory);
      await measure(shared, world);
    });
  }
  await measure(alone, { parent, signal });
  process.stdout.write(`Conditions: ${conditions}; ${rounds} rounds.\n\n`);
  if (figures.length > 0) process.stdout.write(formatTable(figures));
}

/** Throws with what is wrong and what to give instead. */
function parseOptions(words: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: "string", multiple: true },
      rounds: { type: "string" },
      directory: { type: "string" },
      install: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return undefined;
  const rounds = Number(values.rounds ?? roundsDefault);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > roundsMax) {
    throw new Error(`--rounds ${values.rounds}: give a whole number from 1 to ${roundsMax}`);
  }
  const only = values.only ?? partNames;
  const unknown = only.find((name) => !partNames.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown}: there is no such part; choose of ${partNames.join(", ")}`);
  }
  const names = partNames.filter((name) => only.includes(name));
  const directory = realpathSync(values.directory ?? tmpdir());
  return { names, rounds, directory, install: values.install ?? false };
}

const abort = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => abort.abort(new Error(`ended by ${name}`)));
}
try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(usage);
  else await bench(options, abort.signal);
} catch (error) {
  say(`error: ${describeError(abort.signal.aborted ? abort.signal.reason : error)}`);
  process.exitCode = 1;
}
