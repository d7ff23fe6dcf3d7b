// What a person waits for: `swarmctl node ls` from start to end, beside a Node that runs nothing.
import { runOrThrow } from "../lib/run.ts";
import type { Figure } from "./report.ts";
import { ratios, summarize } from "./statistics.ts";
import type { World } from "./world.ts";

/** Runs of either per round. */
const runsPerRound = 4;
/** Design D10. */
const aimMs = 100;

export async function measureNodeLs(world: World, rounds: number): Promise<readonly Figure[]> {
  const list: number[] = [];
  const empty: number[] = [];
  // The first run fills the caches of both.
  for (let runs = 0; runs <= rounds * runsPerRound; runs++) {
    world.signal.throwIfAborted();
    const emptyMs = await time(() => runOrThrow(process.execPath, ["-e", ""]));
    const listMs = await time(() => world.swarm.mustCtl("node", "ls"));
    if (runs === 0) continue;
    empty.push(emptyMs);
    list.push(listMs);
  }
  return [
    { name: "swarmctl node ls", unit: "ms", summary: summarize(list), medianMax: aimMs },
    { name: 'node -e ""', unit: "ms", summary: summarize(empty) },
    { name: "node ls / empty start", unit: "×", summary: summarize(ratios(list, empty)) },
  ];
}

async function time(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}
