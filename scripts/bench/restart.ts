// A manager with a large store is killed and started again: how long until it answers calls, and what a
// task costs in memory. The store is filled through the control API: the services' tasks fit on no node,
// so they are made and stay PENDING.
import { readFileSync } from "node:fs";
import { freePort, type LocalNode } from "../lib/local-swarm.ts";
import { say, waitUntil } from "../lib/run.ts";
import type { Control } from "./control.ts";
import { readHeapBytes } from "./inspector.ts";
import { connect, type Managers, type Place, withManagers } from "./managers.ts";
import type { Figure } from "./report.ts";
import { ratios, summarize } from "./statistics.ts";

const services = 10_000;
const replicas = 10;
const writers = 64;
const fillTimeoutMs = 600_000;
const serveTimeoutMs = 120_000;
const servingMaxMs = 10_000;
const bytesPerMib = 1024 ** 2;

interface Memory {
  readonly rssBytes: number;
  readonly heapBytes: number;
}

export async function measureRestart(place: Place, rounds: number): Promise<readonly Figure[]> {
  const inspectorPort = await freePort();
  const nodeFlags = [`--inspect-port=127.0.0.1:${inspectorPort}`];
  return await withManagers(place, { count: 1, nodeFlags }, async (world) => {
    const empty = await restart(world);
    const before = await measureMemory(world.swarm.manager, inspectorPort);
    await fill(world, place.signal);
    const times: number[] = [];
    const memories: Memory[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      place.signal.throwIfAborted();
      const elapsedMs = await restart(world);
      times.push(elapsedMs);
      memories.push(await measureMemory(world.swarm.manager, inspectorPort));
      say(`restart: round ${round}: serving after ${elapsedMs.toFixed(0)} ms`);
    }
    return toFigures({ empty, before, times, memories });
  });
}

function toFigures(measured: {
  readonly empty: number;
  readonly before: Memory;
  readonly times: readonly number[];
  readonly memories: readonly Memory[];
}): readonly Figure[] {
  const { empty, before, times, memories } = measured;
  const tasks = services * replicas;
  const perTask = (kind: keyof Memory): readonly number[] =>
    memories.map((memory) => (memory[kind] - before[kind]) / tasks);
  const mib = (kind: keyof Memory): readonly number[] =>
    memories.map((memory) => memory[kind] / bytesPerMib);
  return [
    { name: "restart, empty store", unit: "ms", summary: summarize([empty]) },
    {
      name: `restart, ${services} services, ${tasks} tasks`,
      unit: "ms",
      summary: summarize(times),
      medianMax: servingMaxMs,
    },
    {
      name: "restart, full / empty store",
      unit: "×",
      summary: summarize(ratios(times, Array(times.length).fill(empty))),
    },
    { name: "its RSS", unit: "MiB", summary: summarize(mib("rssBytes")) },
    { name: "its heap in use", unit: "MiB", summary: summarize(mib("heapBytes")) },
    { name: "RSS per task", unit: "B", summary: summarize(perTask("rssBytes")) },
    { name: "heap in use per task", unit: "B", summary: summarize(perTask("heapBytes")) },
  ];
}

/** Milliseconds from the start of the process to its first answer, which holds every service. */
async function restart({ swarm }: Managers): Promise<number> {
  const { manager } = swarm;
  const before = await ask(manager);
  await swarm.stop(manager, "SIGKILL");
  const start = performance.now();
  swarm.start(manager);
  const count = await waitUntil(() => ask(manager), {
    what: "the manager to serve",
    timeoutMs: serveTimeoutMs,
    watchDirectory: swarm.directory,
  });
  const elapsedMs = performance.now() - start;
  if (count !== before) throw new Error(`of ${before} services, ${count} are left`);
  return elapsedMs;
}

/** How many services there are; undefined while nobody answers. */
async function ask(manager: LocalNode): Promise<number | undefined> {
  const control = connect(manager);
  try {
    return await control.countServices();
  } catch {
    return undefined;
  } finally {
    control.close();
  }
}

async function fill({ swarm }: Managers, signal: AbortSignal): Promise<void> {
  const control = connect(swarm.manager);
  const start = performance.now();
  try {
    let made = 0;
    const runOne = async (): Promise<void> => {
      while (made < services) {
        signal.throwIfAborted();
        made += 1;
        await createPending(control, `filled-${String(made).padStart(6, "0")}`);
      }
    };
    await Promise.all(Array.from({ length: writers }, runOne));
    const createdMs = performance.now() - start;
    const check = async (): Promise<true | undefined> =>
      (await control.countPending()) === services * replicas ? true : undefined;
    await waitUntil(check, { what: "all tasks to be PENDING", timeoutMs: fillTimeoutMs, signal });
    const [created, pending] = [createdMs, performance.now() - start].map((ms) =>
      (ms / 1000).toFixed(1),
    );
    say(`restart: ${services} services after ${created} s, their tasks PENDING after ${pending} s`);
  } finally {
    control.close();
  }
}

async function createPending(control: Control, name: string): Promise<void> {
  await control.createService({
    annotations: { name },
    task: {
      container: { image: "none" },
      placement: { constraints: ["node.labels.place==nowhere"] },
    },
    replicated: { replicas },
  });
}

async function measureMemory(node: LocalNode, inspectorPort: number): Promise<Memory> {
  // The heap first: reading it collects garbage, and what is measured then is what is needed.
  const heapBytes = await readHeapBytes(node.process, inspectorPort);
  const status = readFileSync(`/proc/${node.process?.pid}/status`, "utf8");
  const rssKib = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
  return { rssBytes: rssKib * 1024, heapBytes };
}
