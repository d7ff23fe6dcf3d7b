import { generateKeyPairSync } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "@swarmkit/proto/types";
import { afterEach, beforeEach, expect, test } from "vitest";
import { managerKeySubsystem } from "../../core/model/unlock-key.ts";
import { aCluster } from "../../testing/builders.ts";
import { type Logger, silentLogger } from "../log.ts";
import { makeTempDir } from "../raft/testing/temp-dir.ts";
import { KeyStore } from "../state-dir/key-store.ts";
import { KeyKeeper } from "./key-keeper.ts";

const pem = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
  ...{ type: "pkcs8", format: "pem" },
}) as string;
const key = new Uint8Array(32).fill(1);
const otherKey = new Uint8Array(32).fill(2);

let directory: ReturnType<typeof makeTempDir>;
let path: string;

beforeEach(() => {
  directory = makeTempDir();
  path = join(directory.path, "swarm-node.key");
});

afterEach(() => {
  directory.remove();
});

const lockedBy = (unlockKey: Uint8Array | undefined, index: number): Cluster => {
  const unlockKeys =
    unlockKey === undefined ? [] : [{ subsystem: managerKeySubsystem, key: unlockKey }];
  const cluster = aCluster({ unlockKeys });
  return { ...cluster, meta: { ...cluster.meta, version: { index } } };
};

interface Setting {
  readonly keys: KeyStore;
  readonly keeper: KeyKeeper;
  /** Keys that the log was told to write under. */
  readonly rotations: Uint8Array[];
  readonly renewals: number[];
  readonly errors: string[];
}

async function makeKeeper(keys?: KeyStore): Promise<Setting> {
  const store = keys ?? (await KeyStore.create(path, pem));
  await store.loadDataKeys({ create: true });
  const setting = { rotations: [], renewals: [], errors: [] } as Omit<Setting, "keys" | "keeper">;
  const log: Logger = {
    ...silentLogger,
    error: (message, fields) => {
      setting.errors.push(`${message}: ${JSON.stringify(fields)}`);
    },
  };
  const renewCertificate = (): void => {
    setting.renewals.push(1);
  };
  const keeper = new KeyKeeper({ keys: store, log, renewCertificate });
  return { ...setting, keys: store, keeper };
}

const start = ({ keeper, rotations }: Setting): void =>
  keeper.start((dataKey) => rotations.push(dataKey));

test("locking encrypts the key file, and replaces what was on disk in clear", async () => {
  const setting = await makeKeeper();
  const { keeper, keys, renewals, rotations } = setting;
  start(setting);
  const first = keys.dataKeys?.current;
  keeper.handleCluster(lockedBy(key, 9));
  await keeper.settled();
  expect(keys.unlockKey).toEqual({ key, version: 9 });
  expect(rotations).toEqual([keys.dataKeys?.pending]);
  expect(renewals).toHaveLength(1);
  const onDisk = await KeyStore.openExisting(path, key);
  expect(onDisk.dataKeys).toEqual({ current: first, pending: rotations[0] });
  await keeper.keyRotated();
  await keeper.settled();
  expect(keys.dataKeys).toEqual({ current: rotations[0] });
  expect(rotations).toHaveLength(1);
});

test("another key and unlocking rewrite the file only", async () => {
  const setting = await makeKeeper(await KeyStore.create(path, pem, { key, version: 1 }));
  const { keeper, keys, renewals, rotations } = setting;
  start(setting);
  for (const [unlockKey, version] of [[otherKey, 2] as const, [undefined, 3] as const]) {
    keeper.handleCluster(lockedBy(unlockKey, version));
    await keeper.settled();
    expect(keys.unlockKey).toEqual({ key: unlockKey, version });
  }
  expect([rotations, renewals]).toEqual([[], []]);
  expect((await KeyStore.openExisting(path)).dataKeys).toEqual(keys.dataKeys);
});

test("the newest of several clusters counts, also when they come at once", async () => {
  const { keeper, keys } = await makeKeeper();
  keeper.handleCluster(lockedBy(key, 5));
  keeper.handleCluster(lockedBy(otherKey, 7));
  keeper.handleCluster(lockedBy(undefined, 6));
  await keeper.settled();
  expect(keys.unlockKey).toEqual({ key: otherKey, version: 7 });
});

test("locking that is taken back at once leaves the file in clear", async () => {
  const { keeper, keys } = await makeKeeper();
  keeper.handleCluster(lockedBy(key, 5));
  keeper.handleCluster(lockedBy(undefined, 6));
  await keeper.settled();
  expect(keys.unlockKey).toEqual({ key: undefined, version: 6 });
});

test("a rotation that was asked for before a restart begins with the log", async () => {
  const first = await makeKeeper();
  first.keeper.handleCluster(lockedBy(key, 5));
  await first.keeper.settled();
  // The process ended before the log was told.
  expect([first.rotations, first.keys.needsRotation]).toEqual([[], true]);
  const second = await makeKeeper(await KeyStore.openExisting(path, key));
  start(second);
  await second.keeper.settled();
  expect(second.rotations).toEqual([second.keys.dataKeys?.pending]);
  expect(second.keys.needsRotation).toBe(false);
});

test("locking amid a rotation is followed by another one", async () => {
  const setting = await makeKeeper();
  const { keeper, keys, rotations } = setting;
  start(setting);
  keeper.handleCluster(lockedBy(key, 5));
  keeper.handleCluster(lockedBy(undefined, 6));
  keeper.handleCluster(lockedBy(otherKey, 7));
  await keeper.settled();
  expect(rotations).toHaveLength(1);
  await keeper.keyRotated();
  await keeper.settled();
  expect(rotations).toHaveLength(2);
  expect(keys.dataKeys).toEqual({ current: rotations[0], pending: rotations[1] });
});

test("two keys of one version are told, without the keys", async () => {
  const { errors, keeper, keys } = await makeKeeper(
    await KeyStore.create(path, pem, { key, version: 4 }),
  );
  keeper.handleCluster(lockedBy(otherKey, 4));
  await keeper.settled();
  expect(keys.unlockKey.key).toEqual(key);
  expect(errors).toEqual([
    'the key file and the swarm have different unlock keys of one version: {"version":4}',
  ]);
});

test("a file that cannot be written is told, and the next cluster tries again", async () => {
  const { errors, keeper, keys } = await makeKeeper();
  directory.remove();
  keeper.handleCluster(lockedBy(key, 5));
  await keeper.settled();
  expect(keys.unlockKey.key).toBeUndefined();
  expect(errors).toEqual([expect.stringMatching(/could not be changed.*swarm-node\.key/)]);
  mkdirSync(directory.path);
  keeper.handleCluster(lockedBy(key, 6));
  await keeper.settled();
  expect((await KeyStore.openExisting(path, key)).unlockKey.version).toBe(6);
});
