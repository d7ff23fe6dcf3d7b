// A follower, above all one whose log is replaced by a leader's snapshot, and what it finds of that when it
// starts again.
import { getCodec } from "@swarmkit/proto";
import type { Entry, Message } from "@swarmkit/raft";
import { expect, test } from "vitest";
import { createPrng } from "../../core/lib/prng.ts";
import { systemClock } from "../clock.ts";
import { silentLogger } from "../log.ts";
import { LogKeys } from "./log-keys.ts";
import { RaftDriver, type RaftDriverOptions } from "./raft-driver.ts";
import { composeSnapshotData } from "./snapshot-data.ts";
import { MemoryDisk } from "./testing/memory-disk.ts";
import { RecordingHost, testKey } from "./testing/recording-host.ts";
import { Wal } from "./wal.ts";

const directories = { wal: "/raft/wal-v3-encrypted", snapshots: "/raft/snap-v3-encrypted" };
const metadata = { index: 5, term: 4, confState: { voters: ["1", "2", "3"] } };

class Follower {
  readonly host = new RecordingHost();
  readonly files: MemoryDisk;
  #sent: Message[] = [];
  #driver: RaftDriver | undefined;

  constructor(files: MemoryDisk) {
    this.files = files;
  }

  get driver(): RaftDriver {
    if (this.#driver === undefined) throw new Error("it is not open");
    return this.#driver;
  }

  async open(overrides: Partial<RaftDriverOptions> = {}): Promise<this> {
    this.#driver = await RaftDriver.open({
      ...{ directories, keys: { current: testKey }, raftId: "2", isJoining: true },
      ...{ nodeId: "node2", address: "127.0.0.1:4242", clock: systemClock, prng: createPrng(1) },
      ...{ log: silentLogger, host: this.host, files: this.files, segmentBytes: 8192 },
      send: (messages) => {
        this.#sent.push(...messages);
        this.host.leaderChanged();
      },
      ...overrides,
    });
    this.#driver.start();
    return this;
  }

  /** Takes a leader's message, and resolves when the answer has left. */
  readonly take = async (message: Message): Promise<void> => {
    this.#sent = [];
    this.driver.step(message);
    await this.host.until(() => this.#sent.some(({ type }) => type === "append-response"));
  };
}

function append(from: string, term: number, count: number): Message {
  const entries = Array.from({ length: count }, (_, position) => anEntry(position + 1, term));
  const position = { previousIndex: 0, previousTerm: 0, commit: 0 };
  return { type: "append", from, to: "2", term, ...position, entries };
}

function anEntry(index: number, term: number): Entry {
  return { type: "normal", index, term, data: Buffer.from(`${index} of term ${term}`) };
}

function snapshotFrom(from: string): Message {
  const membership = getCodec("ClusterSnapshot").encode({ members: [], removed: [] });
  const data = composeSnapshotData({ membership, store: Buffer.from(`["replaced"]`) });
  return { type: "snapshot", from, to: "2", term: 4, snapshot: { metadata, data } };
}

test("what a leader's snapshot replaced does not come back with a restart", async () => {
  const first = await new Follower(new MemoryDisk()).open();
  // Of a leader that lost its lead with it.
  await first.take(append("1", 2, 9));
  await first.take(snapshotFrom("3"));
  expect(first.driver.replica.status()).toMatchObject({ lastIndex: 5, commit: 5 });
  await first.driver.stop();
  const second = await new Follower(first.files.copy()).open();
  // With the old tail it would vote for those that miss what is committed.
  expect(second.driver.replica.status()).toMatchObject({ lastIndex: 5, commit: 5, term: 4 });
  expect(second.host.applied).toEqual(["replaced"]);
  await second.driver.stop();
});

test("a segment that ends with a leader's snapshot is found at the next start", async () => {
  const pending = new Uint8Array(32).fill(9);
  const first = await new Follower(new MemoryDisk()).open();
  await first.take(append("1", 2, 1));
  // The next write is the last into the segment.
  first.driver.rotateDataKey(pending);
  await first.take(snapshotFrom("3"));
  await first.driver.stop();
  const second = new Follower(first.files.copy());
  await second.open({ keys: { current: testKey, pending } });
  expect(second.driver.replica.status()).toMatchObject({ lastIndex: 5, commit: 5 });
  await second.driver.stop();
});

test("a log that goes on from a snapshot which is lost is refused, and not read as if it had none", async () => {
  const files = new MemoryDisk();
  const keys = new LogKeys({ current: testKey });
  const options = { files, directory: "/wal", keys, segmentBytes: 8192 };
  const wal = await Wal.create(options, Buffer.from("the founder"));
  const stale = Array.from({ length: 9 }, (_, position) => anEntry(position + 1, 2));
  wal.append(stale, { term: 2, vote: undefined, commit: 1 });
  wal.appendSnapshot(metadata);
  await wal.flush({ sync: true });
  const origin = { index: 0, term: 0 };
  // A crash before the snapshot's file was there: the log is what it was.
  const crashed = await Wal.open({ ...options, files: files.copy() }, origin);
  expect(crashed.replay.entries).toHaveLength(9);
  await crashed.wal.close();
  wal.append([anEntry(6, 4)], { term: 4, vote: undefined, commit: 6 });
  await wal.close();
  await expect(Wal.open({ ...options, files: files.copy() }, origin)).rejects.toMatchObject({
    code: "wal-corrupt",
    message: expect.stringContaining("it goes on from a snapshot at entry 5, which is not there"),
  });
});

test("a member that has lost what it acknowledged ends, and gives nobody a vote any more", async () => {
  const { driver, host, take } = await new Follower(new MemoryDisk()).open();
  await take(append("1", 2, 3));
  // The leader knows that this member had as much.
  const envelope = { from: "1", to: "2", term: 2 };
  driver.step({ type: "heartbeat", ...envelope, commit: 9, context: new Uint8Array() });
  expect(host.failure?.message).toMatch(/entries that were acknowledged are gone/);
  const candidate = { from: "3", to: "2", term: 9, lastIndex: 9, lastTerm: 2 };
  driver.step({ type: "vote", ...candidate });
  expect(driver.replica.takeWork()).toBeUndefined();
  await driver.stop();
});
