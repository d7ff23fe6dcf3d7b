import type { Snapshot } from "@swarmkit/raft";
import { expect, test } from "vitest";
import { silentLogger } from "../log.ts";
import { LogKeys } from "./log-keys.ts";
import { formatSnapshotName, SnapshotFiles } from "./snapshot-files.ts";
import { MemoryDisk, systemError } from "./testing/memory-disk.ts";
import { testKey } from "./testing/recording-host.ts";

const aSnapshot = (index: number, term = 2): Snapshot => ({
  data: Uint8Array.from(Buffer.from(`state at ${index}`)),
  metadata: { index, term, confState: { voters: ["1", "18446744073709551615"] } },
});

const openOn = (disk: MemoryDisk, key = testKey): SnapshotFiles =>
  new SnapshotFiles(disk, "/snap", new LogKeys({ current: key }));

const pathOf = (snapshot: Snapshot): string => `/snap/${formatSnapshotName(snapshot.metadata)}`;

test("the newest snapshot is loaded, and has etcd's name", async () => {
  const disk = new MemoryDisk();
  const snapshots = openOn(disk);
  for (const snapshot of [aSnapshot(300, 1), aSnapshot(5, 2), aSnapshot(16, 2)]) {
    await snapshots.save(snapshot);
  }
  expect(await disk.list("/snap")).toEqual([
    "0000000000000001-000000000000012c.snap",
    "0000000000000002-0000000000000005.snap",
    "0000000000000002-0000000000000010.snap",
  ]);
  expect(await snapshots.load()).toEqual({ snapshot: aSnapshot(16), brokenPaths: [] });
});

test("a snapshot with any byte flipped or missing is passed over", async () => {
  const disk = new MemoryDisk();
  const snapshots = openOn(disk);
  await snapshots.save(aSnapshot(5));
  await snapshots.save(aSnapshot(9));
  const path = pathOf(aSnapshot(9));
  const whole = disk.bytes(path).slice();
  for (let offset = 0; offset < whole.length; offset += 1) {
    const flipped = whole.slice();
    flipped[offset] = (flipped[offset] ?? 0) ^ 0x10;
    for (const bytes of [flipped, whole.slice(0, offset)]) {
      disk.put(path, bytes);
      const loaded = await snapshots.load();
      expect(loaded, `byte ${offset}`).toEqual({ snapshot: aSnapshot(5), brokenPaths: [path] });
    }
  }
  await snapshots.putAside([path], silentLogger);
  expect(await disk.list("/snap")).toContain(`${formatSnapshotName(aSnapshot(9).metadata)}.broken`);
});

test("a whole snapshot of another key is refused, not passed over", async () => {
  const disk = new MemoryDisk();
  await openOn(disk).save(aSnapshot(5));
  await expect(openOn(disk, new Uint8Array(32)).load()).rejects.toMatchObject({
    code: "raft-key-wrong",
    message: expect.stringContaining(pathOf(aSnapshot(5))),
  });
});

test("a save that fails at any step leaves the older snapshot to load", async () => {
  const saving = ["open", "write", "datasync", "rename"] as const;
  for (const step of saving) {
    const disk = new MemoryDisk();
    const snapshots = openOn(disk);
    await snapshots.save(aSnapshot(5));
    disk.fault = (operation) => (operation === step ? systemError("ENOSPC") : undefined);
    await expect(snapshots.save(aSnapshot(9))).rejects.toMatchObject({ code: "disk-full" });
    const left = disk.copy();
    await openOn(left).prepare();
    expect((await openOn(left).load()).snapshot).toEqual(aSnapshot(5));
    expect(await left.list("/snap")).toHaveLength(1);
  }
});

test("older snapshots are removed but for as many as are to be kept", async () => {
  const disk = new MemoryDisk();
  const snapshots = openOn(disk);
  for (const index of [1, 2, 3, 4, 5]) await snapshots.save(aSnapshot(index));
  expect(await snapshots.removeOlderThan(aSnapshot(4).metadata, 1)).toBe(3);
  expect(await disk.list("/snap")).toEqual(
    [3, 4, 5].map((index) => formatSnapshotName(aSnapshot(index).metadata)),
  );
  expect(await snapshots.removeOlderThan(aSnapshot(99).metadata, 0)).toBe(0);
});
