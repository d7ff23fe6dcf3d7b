// How long one caller waits for one small write: CreateService of no replicas, one after the other,
// beside appends of the same size to the same disk. Blocks of both alternate.
import { join } from "node:path";
import { say } from "../lib/run.ts";
import { benchImage } from "./containers.ts";
import { AppendFile } from "./disk-append.ts";
import { usedLogBytes } from "./managers.ts";
import type { Figure } from "./report.ts";
import { median, ratios, summarize } from "./statistics.ts";
import type { World } from "./world.ts";

const callsPerBlock = 100;
const blocksPerRound = 4;

interface Blocks {
  readonly call: number[];
  readonly zeros: number[];
  readonly length: number[];
}

export async function measureCreateService(
  world: World,
  rounds: number,
): Promise<readonly Figure[]> {
  const names = makeNames();
  const before = usedLogBytes(world.swarm.manager);
  const warmUp = await createServices(world, names, callsPerBlock);
  const appendBytes = Math.round((usedLogBytes(world.swarm.manager) - before) / callsPerBlock);
  await removeServices(world, warmUp.ids);
  say(`create-service: the log grows by ${appendBytes} bytes per call`);
  const files = (["zeros", "length"] as const).map((preallocation) => {
    const path = join(world.directory, `append-${preallocation}`);
    return { preallocation, file: new AppendFile(path, preallocation, appendBytes) };
  });
  const blocks: Blocks = { call: [], zeros: [], length: [] };
  try {
    for (let block = 0; block < rounds * blocksPerRound; block++) {
      world.signal.throwIfAborted();
      const { elapsed, ids } = await createServices(world, names, callsPerBlock);
      blocks.call.push(median(elapsed));
      for (const { preallocation, file } of files) {
        blocks[preallocation].push(
          median(Array.from({ length: callsPerBlock }, () => file.append())),
        );
      }
      await removeServices(world, ids);
    }
  } finally {
    for (const { file } of files) file.close();
  }
  return toFigures(blocks);
}

/** Every value is the median of a block. */
function toFigures({ call, zeros, length }: Blocks): readonly Figure[] {
  const limits = zeros.map((value) => 2 * value + 1);
  return [
    { name: "CreateService, 0 replicas", unit: "ms", summary: summarize(call) },
    { name: "append + fdatasync, zeroed file", unit: "ms", summary: summarize(zeros) },
    { name: "append + fdatasync, sparse file", unit: "ms", summary: summarize(length) },
    {
      name: "CreateService / (2 × fdatasync + 1 ms)",
      unit: "×",
      summary: summarize(ratios(call, limits)),
      medianMax: 1,
    },
  ];
}

/** Milliseconds of each call, and what was created. */
async function createServices(
  { control }: World,
  names: Iterator<string>,
  count: number,
): Promise<{ readonly elapsed: readonly number[]; readonly ids: readonly string[] }> {
  const elapsed: number[] = [];
  const ids: string[] = [];
  for (let calls = 0; calls < count; calls++) {
    const spec = {
      annotations: { name: String(names.next().value) },
      task: { container: { image: benchImage } },
      replicated: { replicas: 0 },
    };
    const start = performance.now();
    const id = await control.createService(spec);
    elapsed.push(performance.now() - start);
    ids.push(id);
  }
  return { elapsed, ids };
}

async function removeServices({ control }: World, ids: readonly string[]): Promise<void> {
  for (const id of ids) await control.removeService(id);
}

function* makeNames(): Generator<string, never> {
  for (let number = 1; ; number++) yield `bench-${String(number).padStart(6, "0")}`;
}
