import { expect, test } from "vitest";
import { silentLogger } from "../log.ts";
import { beginKeyRotation, endKeyRotation } from "./log-key-rotation.ts";
import type { DataKeys } from "./log-keys.ts";
import { openRaftLog, type RaftLog } from "./raft-log.ts";
import { MemoryDisk } from "./testing/memory-disk.ts";
import { testKey } from "./testing/recording-host.ts";
import { parseSegmentName } from "./wal-segment-name.ts";

const newKey = new Uint8Array(32).fill(9);
const directories = { wal: "/raft/wal", snapshots: "/raft/snap" };

/** A disk, and beside it the key file's headers, which change as a whole. */
class KeyedDisk {
  readonly disk: MemoryDisk;
  keys: DataKeys;
  /** Operations until everything fails; the key file's changes count as well. */
  stepsLeft = Number.POSITIVE_INFINITY;

  constructor(disk: MemoryDisk, keys: DataKeys) {
    this.disk = disk;
    this.keys = keys;
    disk.fault = () => this.step();
  }

  /** What a killed process leaves. */
  copy(): KeyedDisk {
    return new KeyedDisk(this.disk.copy(), this.keys);
  }

  setKeys(keys: DataKeys): void {
    const failure = this.step();
    if (failure !== undefined) throw failure;
    this.keys = keys;
  }

  open(): Promise<RaftLog> {
    return openRaftLog({
      ...{ files: this.disk, directories, keys: this.keys, segmentBytes: 2048, log: silentLogger },
      isJoining: false,
      founder: { raftId: "7", nodeId: "node", addr: "host:1" },
      keyRotated: async () => this.setKeys({ current: this.keys.pending ?? this.keys.current }),
    });
  }

  step(): Error | undefined {
    this.stepsLeft -= 1;
    return this.stepsLeft < 0 ? new Error("killed") : undefined;
  }
}

async function append(log: RaftLog, index: number): Promise<void> {
  const data = new Uint8Array(100).fill(index);
  log.wal.append([{ index, term: 1, type: "normal", data }], { term: 1, vote: "7", commit: index });
  await log.wal.flush({ sync: true });
}

async function snapshotAt(log: RaftLog, index: number): Promise<boolean> {
  const metadata = { index, term: 1, confState: { voters: ["7"] } };
  log.wal.appendSnapshot(metadata);
  await log.wal.flush({ sync: true });
  const key = await log.snapshots.save({ metadata, data: Uint8Array.of(index) });
  await log.wal.removeSegmentsBefore(await log.snapshots.removeOlderThan(metadata, 1));
  return endKeyRotation(log, metadata, key);
}

/** Twenty entries with a snapshot at ten, all under the first key. */
async function writeLog(): Promise<KeyedDisk> {
  const keyed = new KeyedDisk(new MemoryDisk(), { current: testKey });
  const log = await keyed.open();
  for (let index = 2; index <= 20; index += 1) {
    await append(log, index);
    if (index === 10) await snapshotAt(log, index);
  }
  await log.wal.close();
  return keyed;
}

/** As swarmd does it: the key file first, then the log, then a snapshot. Answers the last entry saved. */
async function rotate(keyed: KeyedDisk, saved: (index: number) => void): Promise<void> {
  const log = await keyed.open();
  keyed.setKeys({ current: testKey, pending: newKey });
  beginKeyRotation(log, newKey, 10);
  for (let index = 21; index <= 24; index += 1) {
    await append(log, index);
    saved(index);
  }
  await snapshotAt(log, 24);
  await append(log, 25);
  saved(25);
  await log.wal.close();
}

/** The index that a start has the state of, and the data of all entries, all checked. */
async function readBack(keyed: KeyedDisk): Promise<number> {
  const { snapshot, storage, wal } = await keyed.open();
  const snapshotIndex = snapshot?.metadata.index ?? 0;
  if (snapshot !== undefined) expect([...snapshot.data]).toEqual([snapshotIndex]);
  const last = storage.lastIndex();
  for (let index = snapshotIndex + 1; index <= last; index += 1) {
    const [entry] = storage.entries(index, index + 1, Number.POSITIVE_INFINITY) as readonly {
      readonly data: Uint8Array;
    }[];
    expect(entry?.data[0]).toBe(index);
  }
  await wal.close();
  return last;
}

test("a rotation ends with a snapshot, and nothing under the old key stays", async () => {
  const keyed = await writeLog();
  await rotate(keyed, () => undefined);
  expect(keyed.keys).toEqual({ current: newKey });
  expect(await keyed.disk.list(directories.snapshots)).toHaveLength(1);
  expect(await readBack(keyed)).toBe(25);
  // What was written up to entry 20 is gone with its segments, and none is kept to spare.
  const [first] = await keyed.disk.list(directories.wal);
  expect(parseSegmentName(first ?? "")?.firstIndex).toBeGreaterThan(20);
});

test("a crash at any step of a rotation loses nothing, and the rotation goes on", async () => {
  const start = await writeLog();
  let isDone = false;
  for (let steps = 0; !isDone; steps += 1) {
    const keyed = start.copy();
    keyed.stepsLeft = steps;
    let savedIndex = 20;
    isDone = await rotate(keyed, (index) => {
      savedIndex = index;
    }).then(
      () => true,
      () => false,
    );
    const left = keyed.copy();
    const last = await readBack(left);
    expect(last, `step ${steps}`).toBeGreaterThanOrEqual(savedIndex);
    // A rotation that goes on ends as any other; one that was over is ended by the start alone.
    const log = await left.open();
    const isRotating = log.keys.isRotating;
    if (isRotating) {
      await append(log, last + 1);
      expect(await snapshotAt(log, last + 1), `step ${steps}`).toBe(true);
    }
    await log.wal.close();
    expect(left.keys.pending, `step ${steps}`).toBeUndefined();
    expect(await readBack(left)).toBe(isRotating ? last + 1 : last);
  }
  expect(start.keys).toEqual({ current: testKey });
});

test("a crash of a restart amid a rotation loses nothing", async () => {
  const begun = await writeLog();
  begun.setKeys({ current: testKey, pending: newKey });
  const log = await begun.open();
  await append(log, 21);
  await log.wal.close();
  let isDone = false;
  for (let steps = 0; !isDone; steps += 1) {
    const keyed = begun.copy();
    keyed.stepsLeft = steps;
    isDone = await goOn(keyed).then(
      () => true,
      () => false,
    );
    expect(await readBack(keyed.copy()), `step ${steps}`).toBeGreaterThanOrEqual(21);
    if (isDone) expect(keyed.keys).toEqual({ current: newKey });
  }
});

async function goOn(keyed: KeyedDisk): Promise<void> {
  const log = await keyed.open();
  await append(log, 22);
  await snapshotAt(log, 22);
  await log.wal.close();
}

test("a key file that fails to change leaves both keys, and the next snapshot tries again", async () => {
  const keyed = await writeLog();
  keyed.setKeys({ current: testKey, pending: newKey });
  const log = await keyed.open();
  const failing: RaftLog = { ...log, keyRotated: () => Promise.reject(new Error("full")) };
  await append(log, 21);
  await expect(snapshotAt(failing, 21)).rejects.toThrow("full");
  expect(log.keys.isRotating).toBe(true);
  await append(log, 22);
  expect(await snapshotAt(log, 22)).toBe(true);
  await log.wal.close();
  expect(await readBack(keyed)).toBe(22);
});
