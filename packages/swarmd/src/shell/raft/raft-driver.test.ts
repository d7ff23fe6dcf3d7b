import { readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLeader, RecordingHost } from "./testing/recording-host.ts";
import { makeTempDir } from "./testing/temp-dir.ts";

let directory: ReturnType<typeof makeTempDir>;

beforeEach(() => {
  directory = makeTempDir();
});

afterEach(() => {
  directory.remove();
});

const numbered = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `entry ${from + index}`);

test("a new log makes its founder the only member and the leader", async () => {
  const { driver, host } = await openLeader(directory.path, { raftId: "77" });
  expect(host.leaderships).toEqual([true]);
  expect(driver.replica.membership.members()).toMatchObject([
    { raftId: "77", nodeId: "node1", addr: "127.0.0.1:4242" },
  ]);
  expect(driver.replica.status()).toMatchObject({ term: 2, lastIndex: 2, commit: 2 });
  await driver.stop();
  expect(host.leaderships).toEqual([true, false]);
});

test("a thousand proposals at once are applied in order, and again after a restart", async () => {
  const data = numbered(1000);
  const first = await openLeader(directory.path);
  for (const [position, text] of data.entries()) {
    const expected = first.driver.replica.lastIndex() + 1;
    const result = first.driver.replica.propose(Buffer.from(text));
    expect(result).toEqual({ ok: true, index: expected });
    expect(expected).toBe(3 + position);
  }
  await first.host.until(() => first.host.applied.length === data.length);
  expect(first.host.applied).toEqual(data);
  await first.driver.stop();

  const second = await openLeader(directory.path);
  expect(second.host.applied).toEqual(data);
  expect(second.driver.replica.raftId).toBe(first.driver.replica.raftId);
  expect(second.driver.replica.membership.members()).toEqual(
    first.driver.replica.membership.members(),
  );
  await second.driver.stop();
});

test("after a snapshot a restart begins there, and old segments are gone", async () => {
  const policy = { snapshotIntervalEntries: 100, slowFollowerEntries: 10, segmentBytes: 4096 };
  const data = numbered(550);
  const first = await openLeader(directory.path, policy);
  for (const [position, text] of data.entries()) {
    first.driver.replica.propose(Buffer.from(text));
    if (position % 50 === 0) await first.host.until(() => first.host.applied.length > position);
  }
  await first.host.until(() => first.host.applied.length === data.length);
  await first.driver.stop();
  expect(readdirSync(`${directory.path}/snap-v3-encrypted`)).toHaveLength(1);
  const segments = readdirSync(`${directory.path}/wal-v3-encrypted`);
  expect(segments).not.toContain("0000000000000000-0000000000000000.wal");
  expect(first.driver.replica.status().firstIndex).toBeGreaterThan(90);

  const second = await openLeader(directory.path, policy);
  expect(second.host.applied).toEqual(data);
  expect(second.driver.replica.membership.members()).toHaveLength(1);
  second.driver.replica.propose(Buffer.from("one more"));
  await second.host.until(() => second.host.applied.length === data.length + 1);
  await second.driver.stop();
});

test("a restart from a snapshot tells who the members are", async () => {
  const first = await openLeader(directory.path, { snapshotIntervalEntries: 5 });
  for (const text of numbered(20)) first.driver.replica.propose(Buffer.from(text));
  await first.host.until(() => first.host.applied.length === 20);
  await first.driver.stop();
  expect(readdirSync(`${directory.path}/snap-v3-encrypted`)).toHaveLength(1);
  const host = new RecordingHost();
  let tellings = 0;
  host.membersChanged = () => {
    tellings += 1;
  };
  const second = await openLeader(directory.path, {}, host);
  expect(tellings).toBe(1);
  await second.driver.stop();
});
