import { readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLeader, RecordingHost, testKey } from "./testing/recording-host.ts";
import { makeTempDir } from "./testing/temp-dir.ts";

const newKey = new Uint8Array(32).fill(9);

let directory: ReturnType<typeof makeTempDir>;

beforeEach(() => {
  directory = makeTempDir();
});

afterEach(() => {
  directory.remove();
});

type Leader = Awaited<ReturnType<typeof openLeader>>;

async function propose({ driver, host }: Leader, texts: readonly string[]): Promise<void> {
  for (const text of texts) driver.replica.propose(Buffer.from(text));
  await host.until(() => texts.every((text) => host.applied.includes(text)));
}

test("a data key is replaced while entries come, and the log opens under the new one alone", async () => {
  const rotated = Promise.withResolvers<void>();
  const leader = await openLeader(directory.path, {
    keyRotated: async () => rotated.resolve(),
    // No snapshot but the one that the rotation asks for.
    snapshotIntervalEntries: 0,
  });
  await propose(leader, ["before"]);
  leader.driver.rotateDataKey(newKey);
  expect(leader.driver.isRotatingKey).toBe(true);
  await propose(leader, ["amid"]);
  await rotated.promise;
  await propose(leader, ["after"]);
  await leader.driver.stop();
  expect(leader.driver.isRotatingKey).toBe(false);
  expect(readdirSync(`${directory.path}/snap-v3-encrypted`)).toHaveLength(1);
  await expect(openLeader(directory.path)).rejects.toMatchObject({ code: "raft-key-wrong" });
  const again = await openLeader(directory.path, { keys: { current: newKey } });
  expect(again.host.applied).toEqual(["before", "amid", "after"]);
  await again.driver.stop();
});

test("a restart amid a rotation goes on with it", async () => {
  const first = await openLeader(directory.path);
  await propose(first, ["before"]);
  await first.driver.stop();
  const rotated = Promise.withResolvers<void>();
  const keys = { current: testKey, pending: newKey };
  const keyRotated = async (): Promise<void> => rotated.resolve();
  const second = await openLeader(directory.path, { keys, keyRotated });
  await rotated.promise;
  await second.driver.stop();
  const third = await openLeader(directory.path, { keys: { current: newKey } });
  expect(third.host.applied).toEqual(["before"]);
  await third.driver.stop();
});

test("an idle log under its new key rotates as well", async () => {
  const rotated = Promise.withResolvers<void>();
  const host = new RecordingHost();
  const options = { keyRotated: async () => rotated.resolve(), snapshotIntervalEntries: 0 };
  const { driver } = await openLeader(directory.path, options, host);
  driver.rotateDataKey(newKey);
  await rotated.promise;
  await driver.stop();
});
