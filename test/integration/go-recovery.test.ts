// What the recovery procedures leave behind is a state directory like any other: Go's implementation (dockerd's
// swarm mode) goes on with it, and a swarm of Go's is recovered as one of ours is.
import { writeFileSync } from "node:fs";
import { cp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { getCodec, type StoreSnapshot } from "../../packages/proto/src/index.ts";
import { createIdSource } from "../../packages/swarmd/src/core/lib/ids.ts";
import { createPrng } from "../../packages/swarmd/src/core/lib/prng.ts";
import { schemas, tableNames } from "../../packages/swarmd/src/core/store/schema.ts";
import { writeBackup } from "../../packages/swarmd/src/shell/backup/backup-writer.ts";
import { prepareRestore } from "../../packages/swarmd/src/shell/backup/restore.ts";
import { silentLogger } from "../../packages/swarmd/src/shell/log.ts";
import { encodeConfChange } from "../../packages/swarmd/src/shell/raft/conf-change-codec.ts";
import { type DataKeys, LogKeys } from "../../packages/swarmd/src/shell/raft/log-keys.ts";
import { openRaftLog, type RaftLog } from "../../packages/swarmd/src/shell/raft/raft-log.ts";
import { readStoredState } from "../../packages/swarmd/src/shell/raft/stored-state.ts";
import { segmentBytesDefault } from "../../packages/swarmd/src/shell/raft/wal.ts";
import { systemWalFiles } from "../../packages/swarmd/src/shell/raft/wal-files.ts";
import { KeyStore } from "../../packages/swarmd/src/shell/state-dir/key-store.ts";
import { openStateDir } from "../../packages/swarmd/src/shell/state-dir/state-dir.ts";
import {
  type StatePaths,
  statePaths,
} from "../../packages/swarmd/src/shell/state-dir/state-paths.ts";
import { GoEngine, hasGoEngine } from "../lib/go-engine.ts";

const isRunnable = hasGoEngine("go-recovery.test.ts");
const names = ["kept0", "kept1", "kept2"] as const;

let engine: GoEngine;

beforeEach(() => {
  engine = new GoEngine();
});

afterEach(() => engine.destroy());

/** A swarm of Go's with some configs; it is stopped. */
async function found(): Promise<StatePaths> {
  await engine.start();
  await engine.docker("swarm", "init", "--advertise-addr", "127.0.0.1");
  await engine.createConfigs("kept", names.length);
  await engine.stop();
  return statePaths(engine.swarmDirectory);
}

async function loadKeys(paths: StatePaths): Promise<DataKeys> {
  return await (await KeyStore.openExisting(paths.nodeKey)).loadDataKeys({ create: false });
}

async function openLog(paths: StatePaths, forceNewCluster: boolean): Promise<RaftLog> {
  return await openRaftLog({
    files: systemWalFiles,
    directories: { wal: paths.wal, snapshots: paths.snapshots },
    keys: await loadKeys(paths),
    segmentBytes: segmentBytesDefault,
    log: silentLogger,
    isJoining: false,
    forceNewCluster,
    founder: { raftId: "1", nodeId: "nobody", addr: "nowhere:1" },
  });
}

/** Gives the group another member, which never comes: it has no quorum any more. */
async function addLostMember(paths: StatePaths): Promise<void> {
  const { storage, wal } = await openLog(paths, false);
  const { hardState } = storage.initialState();
  const index = storage.lastIndex() + 1;
  const member = { raftId: "77", nodeId: "lost", addr: "127.0.0.1:9" };
  const codec = getCodec("RaftMember");
  const context = codec.encode(codec.create(member));
  const data = encodeConfChange({ id: "1", type: "add-node", nodeId: "77", context });
  wal.append([{ index, term: hardState.term, type: "conf-change", data }], {
    ...hardState,
    commit: index,
  });
  await wal.close();
}

test.runIf(isRunnable)("a manager of Go's that was made to go on alone does so", async () => {
  const paths = await found();
  await addLostMember(paths);
  const { storage, wal } = await openLog(paths, true);
  const { hardState } = storage.initialState();
  expect(hardState.commit).toBe(storage.lastIndex());
  await wal.close();
  await engine.start();
  expect(await engine.listConfigs()).toEqual(names);
  await engine.createConfigs("more", 1);
  expect(await engine.listConfigs()).toEqual([...names, "more0"]);
});

/** The whole store that a log says, as a backup has it. */
async function readStore(paths: StatePaths): Promise<StoreSnapshot> {
  const view = await readStoredState({
    files: systemWalFiles,
    directories: { wal: paths.wal, snapshots: paths.snapshots },
    keys: new LogKeys(await loadKeys(paths)),
    segmentBytes: segmentBytesDefault,
  });
  const tables = tableNames.map((table) => [
    schemas[table].snapshotField,
    view.find(table, { by: "all" }),
  ]);
  return Object.fromEntries(tables) as unknown as StoreSnapshot;
}

async function writeBackupFile(store: StoreSnapshot, path: string): Promise<void> {
  const [cluster] = store.clusters;
  const clusterId = cluster?.id ?? "";
  const at = { clusterId, index: 1000, term: 5, createdAtMs: Date.now(), unlockKey: undefined };
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeBackup({ store, ...at })) chunks.push(chunk.slice());
  writeFileSync(path, Buffer.concat(chunks));
}

test.runIf(isRunnable)("a restored state directory is one that Go starts on", async () => {
  const old = await found();
  const file = join(engine.path, "backup");
  await writeBackupFile(await readStore(old), file);

  const restored = join(engine.path, "restored");
  const state = await openStateDir(restored);
  const ids = createIdSource(createPrng(3));
  const options = { paths: state.paths, file, unlockKey: undefined, ids, log: silentLogger };
  await prepareRestore({ ...options, address: "127.0.0.1:2377", nowMs: Date.now() });
  await state.close();

  // What the engine itself keeps beside SwarmKit's files says that it is in a swarm.
  for (const name of await readdir(engine.swarmDirectory)) {
    if (!name.startsWith("docker-")) continue;
    await cp(join(engine.swarmDirectory, name), join(restored, name));
  }
  await rm(engine.swarmDirectory, { recursive: true });
  await rename(restored, engine.swarmDirectory);
  await engine.start();
  expect(await engine.listConfigs()).toEqual(names);
  await engine.createConfigs("more", 1);
  expect(await engine.listConfigs()).toEqual([...names, "more0"]);
  const managers = await engine.docker("node", "ls", "--format", "{{.ManagerStatus}}");
  expect(
    managers
      .trim()
      .split("\n")
      .filter((status) => status !== ""),
  ).toContain("Leader");
});
