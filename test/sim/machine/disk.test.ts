import { expect, test } from "vitest";
import type { Entry } from "../../../packages/raft/src/index.ts";
import { Random } from "../engine/random.ts";
import { goodDisk, SimDisk } from "./disk.ts";

const anEntry = (index: number, term = 1): Entry => ({
  index,
  term,
  type: "normal",
  data: new Uint8Array([index]),
});

function aDisk(seed = 1): SimDisk {
  return new SimDisk(new Random(seed, "disk"));
}

/** Writes entries and waits for the disk. */
function save(disk: SimDisk, ...entries: readonly Entry[]): void {
  disk.append(entries, undefined);
  disk.synced(disk.beginSync(0).position);
}

function lastIndexAfter(seed: number, crash: "killed" | "power", write: (disk: SimDisk) => void) {
  const disk = aDisk(seed);
  save(disk, anEntry(1));
  write(disk);
  disk.crash(crash);
  return disk.recover().storage.lastIndex();
}

test("what was synced survives every crash", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const write = (disk: SimDisk): void => save(disk, anEntry(2), anEntry(3));
    expect(lastIndexAfter(seed, "power", write)).toBe(3);
    expect(lastIndexAfter(seed, "killed", write)).toBe(3);
  }
});

test("what the kernel was not given is lost with the process", () => {
  const write = (disk: SimDisk): void => disk.append([anEntry(2)], undefined);
  expect(lastIndexAfter(1, "killed", write)).toBe(1);
});

test("what was written and not synced survives the process, and a power failure only in part", () => {
  const write = (disk: SimDisk): void => {
    disk.append([anEntry(2), anEntry(3)], undefined);
    disk.flush();
  };
  const seeds = Array.from({ length: 50 }, (_, position) => position + 1);
  expect(new Set(seeds.map((seed) => lastIndexAfter(seed, "killed", write)))).toEqual(new Set([3]));
  expect(new Set(seeds.map((seed) => lastIndexAfter(seed, "power", write)))).toEqual(
    new Set([1, 2, 3]),
  );
});

test("a write that is cut short leaves a beginning of itself", () => {
  const write = (disk: SimDisk): void => {
    disk.append([anEntry(2), anEntry(3)], undefined);
    disk.beginSync(0);
  };
  const seeds = Array.from({ length: 50 }, (_, position) => position + 1);
  expect(new Set(seeds.map((seed) => lastIndexAfter(seed, "killed", write)))).toEqual(
    new Set([1, 2, 3]),
  );
});

test("what a start has read is durable from then on", () => {
  const disk = aDisk();
  disk.append([anEntry(1)], undefined);
  disk.flush();
  disk.crash("killed");
  expect(disk.recover().storage.lastIndex()).toBe(1);
  disk.crash("power");
  expect(disk.recover().storage.lastIndex()).toBe(1);
});

test("a leader's snapshot leaves nothing of the log that it replaces", () => {
  const disk = aDisk();
  save(disk, anEntry(1), anEntry(2), anEntry(3), anEntry(4));
  const metadata = { index: 3, term: 2, confState: { voters: ["1"] } };
  disk.appendSnapshot(metadata);
  disk.synced(disk.beginSync(0).position);
  disk.saveSnapshot({ metadata, data: new Uint8Array() });
  const { storage } = disk.recover();
  expect([storage.firstIndex(), storage.lastIndex()]).toEqual([4, 3]);
});

test("an own snapshot keeps what follows its entry", () => {
  const disk = aDisk();
  save(disk, anEntry(1), anEntry(2), anEntry(3));
  const metadata = { index: 2, term: 1, confState: { voters: ["1"] } };
  disk.appendSnapshot(metadata);
  disk.synced(disk.beginSync(0).position);
  disk.saveSnapshot({ metadata, data: new Uint8Array() });
  const { storage } = disk.recover();
  expect([storage.firstIndex(), storage.lastIndex()]).toEqual([3, 3]);
});

test("a full disk takes nothing", () => {
  const disk = aDisk();
  disk.conditions = { ...goodDisk, isFull: true };
  disk.append([anEntry(1)], undefined);
  expect(disk.synced(disk.beginSync(0).position)).toBe(false);
});
