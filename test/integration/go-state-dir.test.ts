// A state directory goes from Go's implementation (dockerd's swarm mode) to ours and back: either side reads
// the other's log and snapshots, and nothing is lost. Needs root and a dockerd, named by an environment
// variable, because it starts an engine of its own in a private network and mount namespace.
import { readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  getCodec,
  type InternalRaftRequest,
  type StoreAction,
} from "../../packages/proto/src/index.ts";
import { parseUnlockKey } from "../../packages/swarmd/src/core/model/unlock-key.ts";
import type { AppliedEntry } from "../../packages/swarmd/src/core/replica/replica-host.ts";
import {
  openLeader,
  RecordingHost,
} from "../../packages/swarmd/src/shell/raft/testing/recording-host.ts";
import { KeyStore } from "../../packages/swarmd/src/shell/state-dir/key-store.ts";
import { statePaths } from "../../packages/swarmd/src/shell/state-dir/state-paths.ts";
import { GoEngine, hasGoEngine } from "../lib/go-engine.ts";

const isRunnable = hasGoEngine("go-state-dir.test.ts");

let engine: GoEngine;

beforeEach(() => {
  engine = new GoEngine();
});

afterEach(() => engine.destroy());

test.runIf(isRunnable)("Go's log is taken over and given back", async () => {
  await engine.start();
  await engine.docker("swarm", "init", "--advertise-addr", "127.0.0.1");
  await engine.createConfigs("first", 3);
  await engine.stop();
  const host = await takeOver();
  expect(host.configNames()).toEqual(["first0", "first1", "first2"]);

  await engine.start();
  // The entry of ours is there, from our snapshot or from our part of the log.
  expect(await engine.listConfigs()).toEqual(["first0", "first1", "first2", "ours"]);
  await engine.createConfigs("second", 2);
  await engine.stop();
  const again = await takeOver();
  expect(again.configNames()).toEqual(["first0", "first1", "first2", "ours", "second0", "second1"]);
});

test.runIf(isRunnable)("a locked manager of Go's is, too, and the data key changes", async () => {
  await engine.start();
  await engine.docker("swarm", "init", "--advertise-addr", "127.0.0.1", "--autolock");
  await engine.createConfigs("first", 3);
  const text = (await engine.docker("swarm", "unlock-key", "--quiet")).trim();
  await engine.stop();
  const { nodeKey } = statePaths(engine.swarmDirectory);
  await expect(KeyStore.open(nodeKey)).rejects.toMatchObject({ code: "node-locked" });
  const unlockKey = parseUnlockKey(text);
  const before = (await KeyStore.openExisting(nodeKey, unlockKey)).dataKeys?.current;
  const host = await takeOver({ unlockKey, rotatesDataKey: true });
  expect(host.configNames()).toEqual(["first0", "first1", "first2"]);
  const { dataKeys } = await KeyStore.openExisting(nodeKey, unlockKey);
  expect(dataKeys?.pending).toBeUndefined();
  expect(dataKeys?.current).not.toEqual(before);

  await engine.start();
  await engine.unlock(text);
  expect(await engine.listConfigs()).toEqual(["first0", "first1", "first2", "ours"]);
});

interface TakeOver {
  readonly unlockKey?: Uint8Array | undefined;
  readonly rotatesDataKey?: boolean;
}

/** Opens the engine's swarm directory as a manager of ours; adds a config, and saves a snapshot. */
async function takeOver({ unlockKey, rotatesDataKey = false }: TakeOver = {}): Promise<StoreHost> {
  const paths = statePaths(engine.swarmDirectory);
  const host = new StoreHost();
  const keyStore = await KeyStore.openExisting(paths.nodeKey, unlockKey);
  const keys = await keyStore.loadDataKeys({ create: false });
  const policy = { snapshotIntervalEntries: 5, slowFollowerEntries: 2, segmentBytes: 8192 };
  const rotated = Promise.withResolvers<void>();
  const keyRotated = (): Promise<void> => keyStore.endDataKeyRotation().then(rotated.resolve);
  const { driver } = await openLeader(paths.raft, { keys, keyRotated, ...policy }, host);
  if (rotatesDataKey) {
    // As a renewal does: the same private key, written anew.
    await keyStore.savePrivateKey(keyStore.privateKeyPem);
    driver.rotateDataKey(await keyStore.beginDataKeyRotation());
  }
  const seen = new StoreHost();
  seen.tables = structuredClone(host.tables);
  if (!host.configNames().includes("ours")) {
    driver.replica.propose(host.copyOfConfig("first0", "ours"));
    await host.until(() => host.configNames().includes("ours"));
  }
  if (rotatesDataKey) await rotated.promise;
  await driver.stop();
  expect(readdirSync(paths.snapshots).filter((name) => name.endsWith(".snap"))).toHaveLength(1);
  return seen;
}

const tableNames = [
  ...["node", "service", "network", "task", "cluster"],
  ...["secret", "resource", "extension", "config", "volume"],
] as const;

type AnyObject = { readonly id: string; readonly spec?: { annotations: { name: string } } };

/** A store without any rules: what the log says, by table and id. */
class StoreHost extends RecordingHost {
  tables: Record<string, Record<string, AnyObject>> = {};

  override applyEntry(entry: AppliedEntry): void {
    for (const action of getCodec("InternalRaftRequest").decode(entry.data).action) {
      this.applyAction(action);
    }
    super.applyEntry(entry);
  }

  override restoreSnapshot(store: Uint8Array, index: number): void {
    const snapshot = getCodec("StoreSnapshot").decode(store) as unknown as Record<
      string,
      readonly AnyObject[]
    >;
    this.tables = {};
    for (const name of tableNames) {
      for (const object of snapshot[`${name}s`] ?? []) this.table(name)[object.id] = object;
    }
    super.restoreSnapshot(Buffer.from("[]"), index);
  }

  override takeSnapshot(): () => Uint8Array {
    const lists = tableNames.map((name) => [`${name}s`, Object.values(this.table(name))]);
    const codec = getCodec("StoreSnapshot");
    return () => codec.encode(codec.create(Object.fromEntries(lists)));
  }

  configNames(): readonly string[] {
    return Object.values(this.table("config"))
      .map((config) => config.spec?.annotations.name ?? "")
      .sort();
  }

  copyOfConfig(name: string, copyName: string): Uint8Array {
    const configs = Object.values(this.table("config"));
    const found = configs.find((config) => config.spec?.annotations.name === name);
    const copy = structuredClone(found) as Record<string, unknown> & AnyObject;
    const spec = { ...copy.spec, annotations: { ...copy.spec?.annotations, name: copyName } };
    const config = { ...copy, id: "0123456789abcdefghijklmno", spec };
    const codec = getCodec("InternalRaftRequest");
    const action = { action: "STORE_ACTION_CREATE", config } as unknown as StoreAction;
    return codec.encode({ id: "7", action: [action] } as InternalRaftRequest);
  }

  private table(name: string): Record<string, AnyObject> {
    this.tables[name] ??= {};
    return this.tables[name];
  }

  private applyAction(action: StoreAction): void {
    for (const name of tableNames) {
      const object = action[name] as AnyObject | undefined;
      if (object === undefined) continue;
      if (action.action === "STORE_ACTION_REMOVE") delete this.table(name)[object.id];
      else this.table(name)[object.id] = object;
    }
  }
}
