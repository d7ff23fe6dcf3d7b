import type { Entry } from "@swarmkit/raft";
import { expect, test } from "vitest";
import { createPrng } from "../../core/lib/prng.ts";
import { SwarmdError } from "../errors.ts";
import { LogKeys } from "./log-keys.ts";
import { MemoryDisk } from "./testing/memory-disk.ts";
import { testKey } from "./testing/recording-host.ts";
import { Wal } from "./wal.ts";
import { type Replay, replayWal } from "./wal-replay.ts";

const path = "/wal/0000000000000000-0000000000000000.wal";
const segmentBytes = 4096;
const origin = { index: 0, term: 0 };
const options = { directory: "/wal", keys: new LogKeys({ current: testKey }), segmentBytes };

/** A log's file, with the file's length in use after every flush, and the entries by then. */
interface WrittenLog {
  readonly bytes: Uint8Array;
  readonly flushes: readonly { readonly end: number; readonly entryCount: number }[];
}

/** One flush for each list of data lengths. */
async function writeLog(flushes: readonly (readonly number[])[]): Promise<WrittenLog> {
  const files = new MemoryDisk();
  const wal = await Wal.create({ ...options, files }, Buffer.from("founder"));
  const written = [{ end: wal.segmentOffset, entryCount: 0 }];
  let index = 0;
  for (const lengths of flushes) {
    for (const length of lengths) {
      index += 1;
      const data = new Uint8Array(length).fill(index);
      wal.append([{ index, term: 1, type: "normal", data }], undefined);
    }
    wal.append([], { term: 1, vote: "7", commit: index });
    await wal.flush({ sync: true });
    written.push({ end: wal.segmentOffset, entryCount: index });
  }
  return { bytes: files.bytes(path).slice(), flushes: written };
}

async function replay(bytes: Uint8Array): Promise<Replay | SwarmdError> {
  const files = new MemoryDisk();
  files.put(path, bytes);
  try {
    return await replayWal({ files, ...options, snapshot: origin });
  } catch (error) {
    if (error instanceof SwarmdError) return error;
    throw error;
  }
}

const isPrefix = (entries: readonly Entry[]): boolean =>
  entries.every(
    ({ data, index }, position) => index === position + 1 && data.every((byte) => byte === index),
  );

/** How many entries were durable in a file of which only the first `end` bytes are there. */
const durableCount = (log: WrittenLog, end: number): number =>
  Math.max(...log.flushes.filter((flush) => flush.end <= end).map((flush) => flush.entryCount));

test("a file that was cut off is refused, but for cuts between records, as Go's repair makes them", async () => {
  const log = await writeLog([[20, 3], [40], [0, 700, 9]]);
  const headEnd = log.flushes[0]?.end ?? 0;
  const end = log.flushes.at(-1)?.end ?? 0;
  let refusedCount = 0;
  for (let length = 0; length <= end; length += 1) {
    const result = await replay(log.bytes.slice(0, length));
    if (result instanceof SwarmdError) {
      refusedCount += 1;
      expect(result.code).toBe("wal-corrupt");
      if (length >= headEnd)
        expect(result.message).toContain("the file is shorter than it was made");
      continue;
    }
    expect(result.tail.offset, "the end of the last record").toBe(length);
    expect(isPrefix(result.entries)).toBe(true);
    expect(result.entries.length).toBeGreaterThanOrEqual(durableCount(log, length));
  }
  expect(refusedCount).toBeGreaterThan(end * 0.9);
});

test("a last write that a crash ends within the file's growth is cut", async () => {
  const log = await writeLog([[20, 3], [40], [4000]]);
  const start = log.flushes[2]?.end ?? 0;
  expect(log.bytes.length).toBeGreaterThan(segmentBytes);
  for (let length = segmentBytes; length < log.bytes.length; length += 1) {
    const result = await replay(log.bytes.slice(0, length));
    if (result instanceof SwarmdError) throw result;
    expect(isPrefix(result.entries)).toBe(true);
    expect(result.entries.length).toBeGreaterThanOrEqual(3);
    expect(result.tail.offset).toBeGreaterThanOrEqual(start);
  }
});

test("a file that is zero from any byte on loses nothing durable, or is refused", async () => {
  const log = await writeLog([[20, 3], [40], [0, 700, 9]]);
  const end = log.flushes.at(-1)?.end ?? 0;
  let cutCount = 0;
  for (let from = 0; from <= end; from += 1) {
    const bytes = log.bytes.slice();
    bytes.fill(0, from);
    const result = await replay(bytes);
    if (result instanceof SwarmdError) {
      expect(result.code).toBe("wal-corrupt");
      // Disks write whole sectors: at the start of one, this is what a torn write looks like.
      expect(from % 512 === 0 && from > 0, result.message).toBe(false);
      continue;
    }
    if (result.torn !== undefined) cutCount += 1;
    expect(isPrefix(result.entries)).toBe(true);
    expect(result.entries.length).toBeGreaterThanOrEqual(durableCount(log, from));
  }
  expect(cutCount).toBeGreaterThan(0);
});

test("every flipped bit in a log is found, and none is taken for a torn write", async () => {
  const log = await writeLog([[20, 3], [40], [0, 30]]);
  const end = log.flushes.at(-1)?.end ?? 0;
  for (let offset = 0; offset < end; offset += 1) {
    for (const mask of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
      const bytes = log.bytes.slice();
      bytes[offset] = (bytes[offset] ?? 0) ^ mask;
      const result = await replay(bytes);
      const place = `byte ${offset}, mask ${mask}`;
      expect(result, place).toBeInstanceOf(SwarmdError);
      const { message } = result as SwarmdError;
      expect(message, place).toContain(path);
    }
  }
});

test("a flipped bit behind the log's end loses nothing", async () => {
  const log = await writeLog([[20, 3], [40]]);
  const end = log.flushes.at(-1)?.end ?? 0;
  for (let offset = end; offset < segmentBytes; offset += 13) {
    const bytes = log.bytes.slice();
    bytes[offset] = 4;
    const result = await replay(bytes);
    if (result instanceof SwarmdError) expect(result.code).toBe("wal-corrupt");
    else expect(result.entries).toHaveLength(3);
  }
});

test("a last write of which any sectors are missing is cut to what is whole", async () => {
  const log = await writeLog([
    [20, 3],
    [300, 300, 300, 300, 300],
  ]);
  const start = log.flushes[1]?.end ?? 0;
  const end = log.flushes[2]?.end ?? 0;
  const firstSector = Math.floor(start / 512);
  const sectorCount = Math.floor((end - 1) / 512) - firstSector + 1;
  expect(sectorCount).toBeGreaterThan(3);
  for (let missing = 1; missing < 2 ** sectorCount; missing += 1) {
    const bytes = log.bytes.slice();
    for (let sector = 0; sector < sectorCount; sector += 1) {
      if ((missing & (1 << sector)) === 0) continue;
      const from = Math.max(start, (firstSector + sector) * 512);
      bytes.fill(0, from, (firstSector + sector + 1) * 512);
    }
    const result = await replay(bytes);
    if (result instanceof SwarmdError) throw result;
    expect(isPrefix(result.entries)).toBe(true);
    expect(result.entries.length).toBeGreaterThanOrEqual(2);
    expect(result.entries.length).toBeLessThanOrEqual(7);
  }
});

test("missing sectors before a later write are damage, not a torn write", async () => {
  const log = await writeLog([[20, 3], [300, 300, 300], [5]]);
  const start = log.flushes[1]?.end ?? 0;
  const end = log.flushes[2]?.end ?? 0;
  for (let from = Math.ceil(start / 512) * 512; from + 512 <= end; from += 512) {
    const bytes = log.bytes.slice();
    bytes.fill(0, from, from + 512);
    const result = await replay(bytes);
    expect(result).toMatchObject({
      code: "wal-corrupt",
      message: expect.stringContaining("a later write begins at offset"),
    });
  }
});

test("damage in a segment that is not the last is refused, however it looks", async () => {
  const files = new MemoryDisk();
  const wal = await Wal.create({ ...options, files, segmentBytes: 512 }, Buffer.from("founder"));
  for (let index = 1; index <= 12; index += 1) {
    wal.append([{ index, term: 1, type: "normal", data: new Uint8Array(90) }], undefined);
    await wal.flush({ sync: true });
  }
  await wal.close();
  expect((await files.list("/wal")).length).toBeGreaterThan(2);
  const whole = files.bytes(path).slice();
  for (let length = 0; length < whole.length; length += 1) {
    files.put(path, whole.slice(0, length));
    const replaying = replayWal({ files, ...options, snapshot: origin });
    await expect(replaying, `length ${length}`).rejects.toMatchObject({ code: "wal-corrupt" });
  }
});

test("a cut log is zero behind the cut, and goes on from there", async () => {
  const log = await writeLog([
    [20, 3],
    [300, 900, 300],
  ]);
  const bytes = log.bytes.slice();
  bytes.fill(0, 1024, 1536);
  const files = new MemoryDisk();
  files.put(path, bytes);
  const { replay: first, wal } = await Wal.open({ ...options, files }, origin);
  expect(first.torn).toMatchObject({ path });
  const { offset } = first.torn ?? { offset: 0 };
  expect(
    files
      .bytes(path)
      .subarray(offset)
      .every((byte) => byte === 0),
  ).toBe(true);
  expect(files.bytes(path)).toHaveLength(segmentBytes);
  const index = first.entries.length + 1;
  const data = new Uint8Array(50).fill(index);
  wal.append([{ index, term: 2, type: "normal", data }], undefined);
  await wal.close();
  const second = await Wal.open({ ...options, files }, origin);
  expect(second.replay.torn).toBeUndefined();
  expect(second.replay.entries).toHaveLength(index);
  expect(isPrefix(second.replay.entries)).toBe(true);
});

test("after a loss of power amid any flush, all that was flushed before is there", async () => {
  const prng = createPrng(7);
  for (let round = 0; round < 200; round += 1) {
    const files = new MemoryDisk();
    const wal = await Wal.create({ ...options, files }, Buffer.from("founder"));
    let durable = 0;
    let index = 0;
    files.fault = (operation) =>
      operation === "datasync" && prng() < 0.2 ? new Error("power lost") : undefined;
    try {
      for (;;) {
        for (let count = Math.floor(prng() * 4); count >= 0; count -= 1) {
          index += 1;
          const data = new Uint8Array(Math.floor(prng() * 400)).fill(index);
          wal.append([{ index, term: 1, type: "normal", data }], undefined);
        }
        await wal.flush({ sync: prng() < 0.7 });
        if (prng() < 0.5) continue;
        await wal.flush({ sync: true });
        durable = index;
      }
    } catch {
      // The fault ends the round.
    }
    const left = files.copyAfterPowerLoss(prng);
    const { replay: result } = await Wal.open({ ...options, files: left }, origin);
    expect(isPrefix(result.entries)).toBe(true);
    expect(result.entries.length).toBeGreaterThanOrEqual(durable);
  }
});
