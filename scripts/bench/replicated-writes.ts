// Writes of three managers on this machine, through the control API: one caller, one call after the other,
// and 64 callers at once, beside a raw three-way append of as many bytes. All alternate.
import { say } from "../lib/run.ts";
import type { Control } from "./control.ts";
import {
  connect,
  type Managers,
  type Place,
  usedLogBytes,
  withManagers,
  writeOnce,
} from "./managers.ts";
import type { Figure } from "./report.ts";
import { median, ratios, summarize } from "./statistics.ts";
import { ThreeWayAppend } from "./three-way-append.ts";

const managers = 3;
const callsPerBlock = 200;
const writers = 64;
/** Callers share so many connections: one of them would be a queue of its own. */
const connections = 8;
const concurrentCalls = 3200;

const rateMin = 2000;
const rateRatioMin = 5;
const latencyRatioMax = 1.5;

interface Blocks {
  /** Milliseconds, the median of each block. */
  readonly leader: number[];
  readonly follower: number[];
  readonly raw: number[];
  readonly ping: number[];
  /** Writes a second. */
  readonly concurrent: number[];
  readonly sequential: number[];
}

export async function measureReplicatedWrites(
  place: Place,
  rounds: number,
): Promise<readonly Figure[]> {
  return await withManagers(place, { count: managers }, async (world) => {
    const [leader, follower] = await world.order();
    if (follower === undefined) throw new Error("there is no follower");
    const callers = Array.from({ length: connections }, () => connect(leader));
    const [first, other] = [connect(leader), connect(follower)];
    let raw: ThreeWayAppend | undefined;
    try {
      raw = await startRaw(world, first);
      return toFigures(await measureBlocks({ place, rounds, callers, first, other, raw }));
    } finally {
      raw?.close();
      for (const control of [...callers, first, other]) control.close();
    }
  });
}

/** A raw append has as many bytes as the leader's log grows by for each call. */
async function startRaw(world: Managers, control: Control): Promise<ThreeWayAppend> {
  const [leader] = await world.order();
  await removeAll(control, await writeOneByOne(control));
  const before = usedLogBytes(leader);
  const { ids } = await writeOneByOne(control);
  const appendBytes = Math.round((usedLogBytes(leader) - before) / callsPerBlock);
  say(`replicated-writes: the log grows by ${appendBytes} bytes per call`);
  await removeAll(control, { ids });
  return await ThreeWayAppend.start(world.directory, appendBytes);
}

async function measureBlocks(options: {
  readonly place: Place;
  readonly rounds: number;
  readonly callers: readonly Control[];
  readonly first: Control;
  readonly other: Control;
  readonly raw: ThreeWayAppend;
}): Promise<Blocks> {
  const { place, rounds, callers, first, other, raw } = options;
  const blocks: Blocks = {
    leader: [],
    follower: [],
    raw: [],
    ping: [],
    concurrent: [],
    sequential: [],
  };
  // The first round warms up, and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    place.signal.throwIfAborted();
    const ofLeader = await writeOneByOne(first);
    const ofRaw: number[] = [];
    for (let call = 0; call < callsPerBlock; call += 1) ofRaw.push(await raw.append());
    const ofPing = await pingOneByOne(first);
    const ofFollower = await writeOneByOne(other);
    const ofAll = await writeConcurrently(callers);
    if (round > 0) {
      blocks.leader.push(median(ofLeader.elapsed));
      blocks.raw.push(median(ofRaw));
      blocks.ping.push(median(ofPing));
      blocks.follower.push(median(ofFollower.elapsed));
      blocks.concurrent.push(ofAll.rate);
      blocks.sequential.push(ofLeader.rate);
    }
    for (const made of [ofLeader, ofFollower, ofAll]) await removeAll(first, made);
  }
  return blocks;
}

function toFigures(blocks: Blocks): readonly Figure[] {
  const { leader, follower, raw, ping, concurrent, sequential } = blocks;
  const least = raw.map((value, block) => value + (ping[block] ?? Number.NaN));
  return [
    { name: "raw three-way append + fdatasync", unit: "ms", summary: summarize(raw) },
    { name: "write, 3 managers, leader's socket", unit: "ms", summary: summarize(leader) },
    {
      name: "write / raw three-way append",
      unit: "×",
      summary: summarize(ratios(leader, raw)),
      medianMax: latencyRatioMax,
    },
    { name: "gRPC call that does nothing", unit: "ms", summary: summarize(ping) },
    {
      name: "write / (three-way append + empty call)",
      unit: "×",
      summary: summarize(ratios(leader, least)),
    },
    { name: "write, 3 managers, follower's socket", unit: "ms", summary: summarize(follower) },
    { name: "1 writer, 3 managers", unit: "1/s", summary: summarize(sequential) },
    {
      name: `${writers} writers, 3 managers`,
      unit: "1/s",
      summary: summarize(concurrent),
      medianMin: rateMin,
    },
    {
      name: `${writers} writers / 1 writer`,
      unit: "×",
      summary: summarize(ratios(concurrent, sequential)),
      medianMin: rateRatioMin,
    },
  ];
}

interface Written {
  readonly ids: readonly string[];
  /** Milliseconds of each call. */
  readonly elapsed: readonly number[];
  /** Writes a second. */
  readonly rate: number;
}

async function writeOneByOne(control: Control): Promise<Written> {
  return await time(async (write) => {
    for (let call = 0; call < callsPerBlock; call += 1) await write(control);
  });
}

/** Milliseconds of each call. */
async function pingOneByOne(control: Control): Promise<readonly number[]> {
  const elapsed: number[] = [];
  for (let call = 0; call < callsPerBlock; call += 1) {
    const begin = performance.now();
    await control.ping();
    elapsed.push(performance.now() - begin);
  }
  return elapsed;
}

async function writeConcurrently(callers: readonly Control[]): Promise<Written> {
  return await time(async (write) => {
    let left = concurrentCalls;
    const runOne = async (number: number): Promise<void> => {
      const control = callers[number % callers.length];
      for (; left > 0 && control !== undefined; ) {
        left -= 1;
        await write(control);
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, number) => runOne(number)));
  });
}

let namesMade = 0;

async function time(
  run: (write: (control: Control) => Promise<void>) => Promise<void>,
): Promise<Written> {
  const ids: string[] = [];
  const elapsed: number[] = [];
  const start = performance.now();
  await run(async (control) => {
    namesMade += 1;
    const name = `bench-${String(namesMade).padStart(7, "0")}`;
    const begin = performance.now();
    ids.push(await writeOnce(control, name));
    elapsed.push(performance.now() - begin);
  });
  return { ids, elapsed, rate: (ids.length * 1000) / (performance.now() - start) };
}

async function removeAll(
  control: Control,
  { ids }: { readonly ids: readonly string[] },
): Promise<void> {
  const rest = [...ids];
  const removeOne = async (): Promise<void> => {
    for (let id = rest.pop(); id !== undefined; id = rest.pop()) await control.removeService(id);
  };
  await Promise.all(Array.from({ length: writers }, removeOne));
}
