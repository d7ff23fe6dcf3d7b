// Memory of a manager and a worker soon after their start, with nothing to do, beside a Node that has
// loaded nothing at all.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Figure } from "./report.ts";
import { ratios, summarize } from "./statistics.ts";
import type { World } from "./world.ts";

/** Startup garbage is gone by then. */
const settleMs = 5000;
const sampleIntervalMs = 500;

interface Memory {
  /** Resident, in MiB: shared pages count fully in every process that maps them. */
  readonly rss: number;
  /** Proportional: a page shared by N processes counts 1/N. Undefined where the kernel hides it. */
  readonly pss: number | undefined;
}

export async function measureIdleMemory(world: World, rounds: number): Promise<readonly Figure[]> {
  const empty = spawn(process.execPath, ["-e", "setInterval(() => {}, 1 << 30)"], {
    stdio: "ignore",
  });
  try {
    const [manager, worker] = world.swarm.nodes.map((node) => node.process);
    await pause(settleMs, undefined, { signal: world.signal });
    const samples: { manager: Memory; worker: Memory; empty: Memory }[] = [];
    for (let round = 0; round < rounds; round++) {
      await pause(sampleIntervalMs, undefined, { signal: world.signal });
      const [ofManager, ofWorker] = [memoryOf(manager), memoryOf(worker)];
      samples.push({ manager: ofManager, worker: ofWorker, empty: memoryOf(empty) });
    }
    return (["rss", "pss"] as const).flatMap((kind) => toFigures(samples, kind));
  } finally {
    empty.kill();
  }
}

function toFigures(
  samples: readonly { readonly [who in "manager" | "worker" | "empty"]: Memory }[],
  kind: keyof Memory,
): readonly Figure[] {
  const series = (who: "manager" | "worker" | "empty"): readonly number[] =>
    samples.flatMap((sample) => sample[who][kind] ?? []);
  const empty = series("empty");
  if (empty.length < samples.length) return [];
  const figures = (["manager", "worker"] as const).flatMap((who): readonly Figure[] => {
    const name = `idle ${who}, ${kind.toUpperCase()}`;
    const used = series(who);
    return [
      { name, unit: "MiB", summary: summarize(used) },
      { name: `${name} / empty Node`, unit: "×", summary: summarize(ratios(used, empty)) },
    ];
  });
  const baseline = `empty Node, ${kind.toUpperCase()}`;
  return [...figures, { name: baseline, unit: "MiB", summary: summarize(empty) }];
}

function memoryOf(child: ChildProcess | undefined): Memory {
  const status = readFileSync(`/proc/${child?.pid}/status`, "utf8");
  const rss = readMib(status, "VmRSS");
  if (rss === undefined) throw new Error("a process ended while its memory was measured");
  return { rss, pss: readPss(child) };
}

function readPss(child: ChildProcess | undefined): number | undefined {
  try {
    return readMib(readFileSync(`/proc/${child?.pid}/smaps_rollup`, "utf8"), "Pss");
  } catch {
    // Not in every kernel, and not for everybody.
    return undefined;
  }
}

function readMib(text: string, field: string): number | undefined {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}
