import { expect, test } from "vitest";
import { silentLogger } from "../log.ts";
import { openRaftLog, type RaftLog } from "./raft-log.ts";
import { MemoryDisk, systemError } from "./testing/memory-disk.ts";
import { testKey } from "./testing/recording-host.ts";

const open = (files: MemoryDisk, isJoining = false): Promise<RaftLog> =>
  openRaftLog({
    files,
    directories: { wal: "/raft/wal", snapshots: "/raft/snap" },
    keys: { current: testKey },
    segmentBytes: 1024,
    log: silentLogger,
    isJoining,
    founder: { raftId: "7", nodeId: "node", addr: "host:1" },
  });

/** A log of 20 entries with a snapshot at 15, and the segments before it removed. */
async function writeWithSnapshot(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const { snapshots, wal } = await open(disk);
  for (let index = 2; index <= 20; index += 1) {
    wal.append([{ index, term: 1, type: "normal", data: new Uint8Array(100) }], undefined);
    await wal.flush({ sync: true });
    if (index !== 15) continue;
    const metadata = { index, term: 1, confState: { voters: ["7"] } };
    wal.appendSnapshot(metadata);
    await wal.flush({ sync: true });
    await snapshots.save({ metadata, data: Uint8Array.of(1) });
  }
  await wal.removeSegmentsBefore(15);
  await wal.close();
  return disk;
}

test("a joining that a crash interrupts at any step is never a founding", async () => {
  for (let step = 0; ; step += 1) {
    const disk = new MemoryDisk();
    let count = 0;
    disk.fault = () => {
      count += 1;
      return count > step ? new Error("killed") : undefined;
    };
    const isDone = await open(disk, true).then(
      () => true,
      () => false,
    );
    disk.fault = () => undefined;
    const again = await open(disk, true);
    expect([again.raftId, again.storage.lastIndex()], `step ${step}`).toEqual(["7", 0]);
    if (isDone) break;
  }
});

test("a founding that a crash interrupts at any step is done again or complete", async () => {
  for (let step = 0; ; step += 1) {
    const disk = new MemoryDisk();
    let count = 0;
    disk.fault = () => {
      count += 1;
      return count > step ? new Error("killed") : undefined;
    };
    const isDone = await open(disk).then(
      () => true,
      () => false,
    );
    const { storage } = await open(disk.copy());
    expect(storage.lastIndex()).toBe(1);
    expect(storage.initialState().hardState).toEqual({ term: 1, vote: undefined, commit: 1 });
    if (isDone) return;
  }
});

test("a log with a snapshot is read from there", async () => {
  const { raftId, snapshot, storage } = await open(await writeWithSnapshot());
  expect(raftId).toBe("7");
  expect(snapshot?.metadata.index).toBe(15);
  expect([storage.firstIndex(), storage.lastIndex()]).toEqual([16, 20]);
  expect(storage.initialState().confState).toEqual({ voters: ["7"] });
});

test("a damaged snapshot that nothing replaces is named, and left as it is", async () => {
  const disk = await writeWithSnapshot();
  const path = "/raft/snap/0000000000000001-000000000000000f.snap";
  disk.put(path, disk.bytes(path).slice(0, -1));
  await expect(open(disk)).rejects.toMatchObject({
    code: "snapshot-corrupt",
    message: expect.stringContaining(path),
  });
  expect(disk.bytes(path)).toBeDefined();
});

test("snapshots without a log are refused", async () => {
  const disk = await writeWithSnapshot();
  await disk.remove("/raft/wal");
  await expect(open(disk)).rejects.toMatchObject({ code: "wal-corrupt" });
});

test("a damaged snapshot is put aside when the log alone says everything", async () => {
  const disk = new MemoryDisk();
  const { snapshots, wal } = await open(disk);
  const metadata = { index: 1, term: 1, confState: { voters: ["7"] } };
  wal.appendSnapshot(metadata);
  await wal.close();
  await snapshots.save({ metadata, data: Uint8Array.of(1) });
  const path = "/raft/snap/0000000000000001-0000000000000001.snap";
  disk.put(path, disk.bytes(path).slice(0, -1));
  const { snapshot, storage } = await open(disk);
  expect(snapshot).toBeUndefined();
  expect(storage.lastIndex()).toBe(1);
  expect(await disk.list("/raft/snap")).toEqual(["0000000000000001-0000000000000001.snap.broken"]);
});

test("a log in an old format is refused rather than hidden by a new one", async () => {
  const disk = new MemoryDisk();
  disk.put("/raft/wal-v3/0000000000000000-0000000000000000.wal", new Uint8Array(8));
  await expect(open(disk)).rejects.toMatchObject({
    code: "wal-unsupported",
    message: expect.stringContaining("/raft/wal-v3"),
  });
});

test("a segment that cannot be read is named", async () => {
  const disk = await writeWithSnapshot();
  disk.fault = (operation, path) =>
    operation === "read" && path.endsWith(".wal") ? systemError("EIO") : undefined;
  await expect(open(disk)).rejects.toMatchObject({
    code: "disk-failed",
    message: expect.stringContaining("cannot read the raft log /raft/wal/"),
  });
});
