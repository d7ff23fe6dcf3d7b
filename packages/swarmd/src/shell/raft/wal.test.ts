import type { Entry } from "@swarmkit/raft";
import { expect, test } from "vitest";
import { LogKeys } from "./log-keys.ts";
import { MemoryDisk, systemError } from "./testing/memory-disk.ts";
import { testKey } from "./testing/recording-host.ts";
import { Wal, type WalOptions } from "./wal.ts";
import { replayWal } from "./wal-replay.ts";

const metadata = Buffer.from("the founder");
const origin = { index: 0, term: 0 };
const firstSegment = "/wal/0000000000000000-0000000000000000.wal";

const optionsOn = (files: MemoryDisk, segmentBytes = 8192): WalOptions => {
  return { files, directory: "/wal", keys: new LogKeys({ current: testKey }), segmentBytes };
};

const anEntry = (index: number, data = `data of ${index}`, term = 1): Entry => {
  return { index, term, type: "normal", data: Uint8Array.from(Buffer.from(data)) };
};

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const texts = (entries: readonly Entry[]): readonly string[] =>
  entries.map((entry) => Buffer.from(entry.data).toString());

test("a new log's head is byte for byte what etcd writes", async () => {
  const disk = new MemoryDisk();
  await Wal.create(optionsOn(disk), metadata);
  // By hand: each is a word of length and padding, then type, checksum so far and data.
  const checksum = "0400000000000084" + "08041000" + "00000000";
  const head =
    "1500000000000083" + "0801" + "10e8d0dfff08" + "1a0b74686520666f756e646572" + "000000";
  const snapshot = "0e00000000000082" + "0805" + "1086c690e307" + "1a0408001000" + "0000";
  expect(toHex(disk.bytes(firstSegment).subarray(0, 72))).toBe(checksum + head + snapshot);
  expect(disk.bytes(firstSegment)).toHaveLength(8192);
});

test("a new log's head equals one that Go has written", async () => {
  const disk = new MemoryDisk();
  // Of a new single-member swarm of dockerd's.
  const member =
    "08af9b90f999ceef924d12196e6a39766c6366657371796931366c747035" +
    "6e6f69346f32331a0e3132372e302e302e313a323337372200";
  await Wal.create(optionsOn(disk), Buffer.from(member, "hex"));
  const before = "04000000000000840804100000000000" + "410000000000008708011080f489d5061a37";
  const snapshot = "0d00000000000083080510e0c2c84b1a0408001000000000";
  const written = `${before}${member}00000000000000${snapshot}`;
  expect(toHex(disk.bytes(firstSegment).subarray(0, 120))).toBe(written);
});

test("what was flushed is read back, and appending goes on behind it", async () => {
  const disk = new MemoryDisk();
  const first = await Wal.create(optionsOn(disk), metadata);
  const hardState = { term: 3, vote: "18446744073709551615", commit: 1 };
  first.append([anEntry(1), anEntry(2)], hardState);
  await first.flush({ sync: true });
  await first.close();

  const second = await Wal.open(optionsOn(disk), origin);
  expect(second.replay).toMatchObject({ hardState, torn: undefined });
  expect(Buffer.from(second.replay.metadata)).toEqual(metadata);
  expect(second.replay.entries).toEqual([anEntry(1), anEntry(2)]);
  second.wal.append([anEntry(3)], undefined);
  await second.wal.close();
  const third = await Wal.open(optionsOn(disk), origin);
  expect(third.replay.entries).toEqual([anEntry(1), anEntry(2), anEntry(3)]);
});

test("an entry replaces that of the same index and all that followed", async () => {
  const disk = new MemoryDisk();
  const { wal } = await openNew(disk);
  wal.append([anEntry(1), anEntry(2), anEntry(3)], undefined);
  wal.append([anEntry(2, "newer", 2)], undefined);
  await wal.close();
  const { replay } = await Wal.open(optionsOn(disk), origin);
  expect(texts(replay.entries)).toEqual(["data of 1", "newer"]);
});

test("an entry that a snapshot covers replaces what followed it", async () => {
  const disk = new MemoryDisk();
  const { wal } = await openNew(disk);
  wal.append(
    [1, 2, 3, 4, 5].map((index) => anEntry(index)),
    undefined,
  );
  wal.append([anEntry(2, "newer", 2), anEntry(3, "newer", 2)], undefined);
  wal.appendSnapshot({ index: 3, term: 2, confState: { voters: ["1"] } });
  await wal.close();
  const { replay } = await Wal.open(optionsOn(disk), { index: 3, term: 2 });
  expect(replay.entries).toEqual([]);
  expect(replay.tail).toMatchObject({ lastIndex: 3, highestIndex: 5 });
});

test("a segment that was ended on purpose is removed, without a spare, once a snapshot allows it", async () => {
  const disk = new MemoryDisk();
  const { wal } = await openNew(disk, 65_536);
  wal.append([anEntry(1), anEntry(2)], undefined);
  wal.beginSegment();
  await wal.flush({ sync: true });
  wal.append([anEntry(3)], undefined);
  await wal.flush({ sync: true });
  expect([wal.isSnapshotUseful(2, 0), wal.isSnapshotUseful(3, 2)]).toEqual([false, true]);
  await wal.removeSegmentsBefore(2);
  expect(await disk.list("/wal")).toHaveLength(2);
  await wal.removeSegmentsBefore(3);
  expect(await disk.list("/wal")).toEqual(["0000000000000001-0000000000000003.wal"]);
  expect(wal.isSnapshotUseful(4, 3)).toBe(false);
  await wal.close();
});

test("all that waits is one write and one fdatasync", async () => {
  const disk = new MemoryDisk();
  const { wal } = await openNew(disk, 65_536);
  const operations: string[] = [];
  disk.fault = (operation) => {
    operations.push(operation);
    return undefined;
  };
  for (let index = 1; index <= 100; index += 1) wal.append([anEntry(index)], undefined);
  await Promise.all([wal.flush({ sync: true }), wal.flush({ sync: true })]);
  expect(operations).toEqual(["write", "datasync"]);
});

test("a full segment is followed by one that goes on with checksum, metadata and state", async () => {
  const disk = new MemoryDisk();
  const { wal } = await openNew(disk, 1024);
  const entries = Array.from({ length: 40 }, (_, index) => anEntry(index + 1));
  for (const entry of entries) {
    wal.append([entry], { term: 1, vote: undefined, commit: entry.index });
    await wal.flush({ sync: true });
  }
  await wal.close();
  const names = await disk.list("/wal");
  expect(names.slice(0, 2)).toEqual([
    "0000000000000000-0000000000000000.wal",
    expect.stringMatching(/^0000000000000001-00000000000000..\.wal$/),
  ]);
  const { replay } = await Wal.open(optionsOn(disk, 1024), origin);
  expect(replay.entries).toEqual(entries);
  expect(replay.hardState?.commit).toBe(40);
});

test("a log without its snapshot's segments or records is refused", async () => {
  const disk = new MemoryDisk();
  const { wal } = await openNew(disk, 512);
  for (let index = 1; index <= 30; index += 1) {
    wal.append([anEntry(index)], undefined);
    if (index === 20) wal.appendSnapshot({ index: 20, term: 1, confState: { voters: ["1"] } });
    await wal.flush({ sync: true });
  }
  await wal.removeSegmentsBefore(20);
  await wal.close();
  const start = { index: 20, term: 1 };
  const { replay } = await Wal.open(optionsOn(disk.copy(), 512), start);
  expect(replay.entries.map((entry) => entry.index)).toEqual(
    Array.from({ length: 10 }, (_, index) => 21 + index),
  );
  const refusal = (snapshot: typeof start, files = disk): Promise<unknown> =>
    replayWal({
      files,
      directory: "/wal",
      snapshot,
      keys: new LogKeys({ current: testKey }),
      segmentBytes: 512,
    });
  await expect(refusal(origin)).rejects.toThrow("no segment goes back to entry 1");
  await expect(refusal({ index: 21, term: 1 })).rejects.toThrow("no record of the snapshot at");
  await expect(refusal({ index: 20, term: 2 })).rejects.toThrow("has term 2, but the log says 1");
  const gap = disk.copy();
  const names = await gap.list("/wal");
  await gap.remove(`/wal/${names.at(-2)}`);
  await expect(refusal(start, gap)).rejects.toThrow(
    `the segment before ${names.at(-1)} is missing`,
  );
});

test("another key is told from damage", async () => {
  const disk = new MemoryDisk();
  const { wal } = await openNew(disk);
  wal.append([anEntry(1)], undefined);
  await wal.close();
  const opening = Wal.open(
    { ...optionsOn(disk), keys: new LogKeys({ current: new Uint8Array(32) }) },
    origin,
  );
  await expect(opening).rejects.toMatchObject({
    code: "raft-key-wrong",
    message: expect.stringContaining(`entry 1 of the raft log ${firstSegment} at offset`),
  });
});

test("after a failed fdatasync no flush succeeds any more", async () => {
  const disk = new MemoryDisk();
  const { wal } = await openNew(disk);
  disk.fault = (operation) => (operation === "datasync" ? systemError("EIO") : undefined);
  wal.append([anEntry(1)], undefined);
  await expect(wal.flush({ sync: true })).rejects.toMatchObject({ code: "disk-failed" });
  disk.fault = () => undefined;
  wal.append([anEntry(2)], undefined);
  await expect(wal.flush({ sync: true })).rejects.toMatchObject({
    code: "disk-failed",
    message: expect.stringContaining(firstSegment),
  });
  await expect(wal.close()).rejects.toMatchObject({ code: "disk-failed" });
});

test("a write that a full disk cut short loses nothing that was flushed before", async () => {
  const disk = new MemoryDisk();
  const { wal } = await openNew(disk);
  wal.append([anEntry(1)], undefined);
  await wal.flush({ sync: true });
  disk.failWriteAfter(700, systemError("ENOSPC"));
  wal.append([anEntry(2), anEntry(3, "x".repeat(2000))], undefined);
  await expect(wal.flush({ sync: true })).rejects.toMatchObject({ code: "disk-full" });
  const { replay } = await Wal.open(optionsOn(disk.copy()), origin);
  expect(texts(replay.entries)).toEqual(["data of 1", "data of 2"]);
  expect(replay.torn).toMatchObject({ path: firstSegment });
});

async function openNew(disk: MemoryDisk, segmentBytes?: number): Promise<{ readonly wal: Wal }> {
  return { wal: await Wal.create(optionsOn(disk, segmentBytes), metadata) };
}
