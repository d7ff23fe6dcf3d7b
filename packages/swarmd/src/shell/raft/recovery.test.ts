import { getCodec } from "@swarmkit/proto";
import type { ConfChange, Entry, HardState, MemoryStorage } from "@swarmkit/raft";
import { expect, test } from "vitest";
import { type LogFields, silentLogger } from "../log.ts";
import { encodeConfChange } from "./conf-change-codec.ts";
import { openRaftLog, type RaftLog } from "./raft-log.ts";
import { type FoundLog, planRecovery } from "./recovery.ts";
import { MemoryDisk } from "./testing/memory-disk.ts";
import { testKey } from "./testing/recording-host.ts";
import { makeTempDir } from "./testing/temp-dir.ts";
import { systemWalFiles, type WalFiles } from "./wal-files.ts";

const self = "7";

function describe(raftId: string): Uint8Array {
  const codec = getCodec("RaftMember");
  return codec.encode(codec.create({ raftId, nodeId: `node${raftId}`, addr: `host${raftId}:1` }));
}

function change(index: number, type: ConfChange["type"], nodeId: string, term = 1): Entry {
  const context = type === "add-node" ? describe(nodeId) : new Uint8Array();
  const data = encodeConfChange({ id: "0", type, nodeId, context });
  return { index, term, type: "conf-change", data };
}

function write(index: number, term = 1): Entry {
  return { index, term, type: "normal", data: Uint8Array.of(index) };
}

/** Three members, entries up to 6, all but the last known to be committed. */
const trio: FoundLog = {
  raftId: self,
  metadata: describe(self),
  hardState: { term: 3, vote: "8", commit: 5 },
  entries: [
    change(1, "add-node", "8"),
    change(2, "add-node", self),
    change(3, "add-node", "9"),
    write(4),
    write(5, 2),
    write(6, 3),
  ],
  snapshot: undefined,
};

const decode = ({ data }: Entry): unknown => {
  const { type, nodeId } = getCodec("RaftpbConfChange").decode(data);
  return [type, nodeId];
};

test("all entries stay, and the other members go after them, in a term of its own", () => {
  const plan = planRecovery(trio);
  expect(plan.kept).toEqual(trio.entries);
  expect(plan.appended.map(decode)).toEqual([
    ["ConfChangeRemoveNode", "8"],
    ["ConfChangeRemoveNode", "9"],
  ]);
  expect(plan.appended.map(({ index, term }) => [index, term])).toEqual([
    [7, 4],
    [8, 4],
  ]);
  expect(plan.hardState).toEqual({ term: 4, vote: undefined, commit: 8 });
  expect(plan.removedRaftIds).toEqual(["8", "9"]);
  expect(plan.droppedCount).toBe(0);
});

test("members who have left do not count, and those who have just come do", () => {
  const entries = [
    ...trio.entries.slice(0, 3),
    change(4, "remove-node", "9"),
    write(5),
    change(6, "add-node", "10", 3),
  ];
  const plan = planRecovery({ ...trio, entries });
  expect(plan.removedRaftIds).toEqual(["8", "10"]);
});

test("the membership of a snapshot is where it begins", () => {
  const snapshot = { metadata: { index: 3, term: 1, confState: { voters: ["8", self, "9"] } } };
  const plan = planRecovery({ ...trio, snapshot, entries: trio.entries.slice(3) });
  expect(plan.kept).toEqual(trio.entries.slice(3));
  expect(plan.removedRaftIds).toEqual(["8", "9"]);
  const bare = planRecovery({ ...trio, hardState: undefined, snapshot, entries: [] });
  expect(bare.hardState).toEqual({ term: 2, vote: undefined, commit: 5 });
});

test("a lone voter's log is kept whole, whatever its hard state knows", () => {
  const entries = [change(1, "add-node", self), write(2), write(3)];
  const plan = planRecovery({ ...trio, hardState: { term: 1, vote: self, commit: 1 }, entries });
  expect(plan).toMatchObject({ kept: entries, appended: [], droppedCount: 0 });
  expect(plan.hardState).toEqual({ term: 1, vote: self, commit: 3 });
});

test("a member that was removed goes back to before its removal", () => {
  const entries = [...trio.entries.slice(0, 4), change(5, "remove-node", self), write(6)];
  const plan = planRecovery({ ...trio, entries });
  expect(plan.kept).toEqual(entries.slice(0, 4));
  expect(plan.appended.map(decode)).toEqual([
    ["ConfChangeRemoveNode", "8"],
    ["ConfChangeRemoveNode", "9"],
  ]);
  expect(plan.hardState.commit).toBe(6);
});

test("a member that its log does not know is added before the others go", () => {
  const entries = [change(1, "add-node", "8"), write(2)];
  const plan = planRecovery({ ...trio, hardState: { term: 1, vote: "8", commit: 2 }, entries });
  expect(plan.appended.map(decode)).toEqual([
    ["ConfChangeAddNode", self],
    ["ConfChangeRemoveNode", "8"],
  ]);
  const added = getCodec("RaftpbConfChange").decode(plan.appended[0]?.data as Uint8Array);
  expect(added.context).toEqual(describe(self));
});

test("a second recovery finds nothing to do", () => {
  const first = planRecovery(trio);
  const entries = [...first.kept, ...first.appended];
  const second = planRecovery({ ...trio, entries, hardState: first.hardState });
  expect(second).toMatchObject({ kept: entries, appended: [], hardState: first.hardState });
});

test("a log without anything committed is refused", () => {
  const hardState: HardState = { term: 0, vote: undefined, commit: 0 };
  const refusal = expect.objectContaining({ code: "recovery-impossible" });
  expect(() => planRecovery({ ...trio, hardState, entries: [] })).toThrow(refusal);
  expect(() => planRecovery({ ...trio, hardState })).toThrow(refusal);
});

const open = (
  files: WalFiles,
  root: string,
  forceNewCluster: boolean,
  log = silentLogger,
): Promise<RaftLog> =>
  openRaftLog({
    files,
    directories: { wal: `${root}/wal`, snapshots: `${root}/snap` },
    keys: { current: testKey },
    segmentBytes: 4096,
    log,
    isJoining: true,
    forceNewCluster,
    founder: { raftId: self, nodeId: "node7", addr: "host7:1" },
  });

/** Writes the trio's log. */
async function writeTrio(files: WalFiles, root: string): Promise<void> {
  const { wal } = await open(files, root, false);
  wal.append(trio.entries, trio.hardState);
  await wal.flush({ sync: true });
  await wal.close();
}

function contentOf(storage: MemoryStorage): unknown {
  const { hardState } = storage.initialState();
  const end = storage.lastIndex() + 1;
  return [hardState, storage.entries(storage.firstIndex(), end, Number.MAX_SAFE_INTEGER)];
}

const plan = planRecovery(trio);
const recovered = [plan.hardState, [...plan.kept, ...plan.appended]];

test("a recovered log stays so, and says what was done", async () => {
  const directory = makeTempDir();
  try {
    await writeTrio(systemWalFiles, directory.path);
    const lines: (LogFields | undefined)[] = [];
    const warn = (_message: string, fields?: LogFields): unknown => lines.push(fields);
    const log = { ...silentLogger, warn };
    const forced = await open(systemWalFiles, directory.path, true, log);
    expect(contentOf(forced.storage)).toEqual(recovered);
    await forced.wal.close();
    expect(lines).toEqual([{ removedMembers: ["8", "9"], droppedEntries: 0, lastEntry: 8 }]);
    for (const isForced of [false, true, false]) {
      const again = await open(systemWalFiles, directory.path, isForced);
      expect(contentOf(again.storage)).toEqual(recovered);
      await again.wal.close();
    }
  } finally {
    directory.remove();
  }
});

test("a crash at any step leaves a log that can be recovered, or used as it was", async () => {
  const before = new MemoryDisk();
  await writeTrio(before, "/raft");
  for (let step = 0; ; step += 1) {
    const disk = before.copy();
    let count = 0;
    disk.fault = () => {
      count += 1;
      return count > step ? new Error("killed") : undefined;
    };
    const isDone = await open(disk, "/raft", true).then(
      () => true,
      () => false,
    );
    const plain = await open(disk.copy(), "/raft", false);
    expect(plain.storage.initialState().hardState.commit).toBeGreaterThanOrEqual(5);
    const { storage } = await open(disk.copy(), "/raft", true);
    expect(storage.initialState().hardState.commit).toBe(8);
    expect(contentOf(storage)).toEqual(recovered);
    if (isDone) return;
  }
});

test("a power cut that loses any sectors of the write is no harm", async () => {
  const before = new MemoryDisk();
  const { wal } = await open(before, "/raft", false);
  // Many members, so that the write is several sectors long.
  const joins = Array.from({ length: 24 }, (_, position) =>
    change(position + 1, "add-node", `${position + 1}`),
  );
  wal.append(joins, { term: 2, vote: undefined, commit: joins.length });
  await wal.close();
  const whole = before.copy();
  await (await open(whole, "/raft", true)).wal.close();
  const path = "/raft/wal/0000000000000000-0000000000000000.wal";
  const [old, done] = [before.bytes(path), whole.bytes(path)];
  const sectors = Array.from({ length: done.length / 512 }, (_, number) => number).filter(
    (number) => !isSame(old, done, number),
  );
  expect(sectors.length).toBeGreaterThan(2);
  for (let mask = 0; mask < 2 ** sectors.length; mask += 1) {
    const bytes = old.slice();
    for (const [position, number] of sectors.entries()) {
      if ((mask & (1 << position)) === 0) continue;
      bytes.set(done.subarray(number * 512, (number + 1) * 512), number * 512);
    }
    const disk = before.copy();
    disk.put(path, bytes);
    const { storage } = await open(disk, "/raft", true);
    expect(storage.initialState().hardState).toMatchObject({ commit: 47 });
    expect(storage.lastIndex()).toBe(47);
  }
});

function isSame(left: Uint8Array, right: Uint8Array, sector: number): boolean {
  const [start, end] = [sector * 512, (sector + 1) * 512];
  return Buffer.compare(left.subarray(start, end), right.subarray(start, end)) === 0;
}

test("a directory without a log is left alone", async () => {
  const disk = new MemoryDisk();
  await expect(open(disk, "/raft", true)).rejects.toMatchObject({ code: "recovery-impossible" });
  expect(await disk.list("/raft/wal")).toEqual([]);
});
