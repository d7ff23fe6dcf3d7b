import { randomBytes, X509Certificate } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cluster, getCodec, type StoreSnapshot } from "@swarmkit/proto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatId, idEntropyBytes } from "../../core/lib/ids.ts";
import { createCluster } from "../../core/model/new-cluster.ts";
import { silentLogger } from "../log.ts";
import { foundSwarm } from "../node/founding.ts";
import { LogKeys } from "../raft/log-keys.ts";
import { openRaftLog, type RaftLog } from "../raft/raft-log.ts";
import { readStoredState } from "../raft/stored-state.ts";
import { makeTempDir } from "../raft/testing/temp-dir.ts";
import { systemWalFiles } from "../raft/wal-files.ts";
import { KeyStore } from "../state-dir/key-store.ts";
import { openStateDir, type StateDir } from "../state-dir/state-dir.ts";
import { loadNodeCredentials } from "../tls/node-identity.ts";
import { writeBackup } from "./backup-writer.ts";
import { prepareRestore, type RestoreOptions, refuseHalfRestore } from "./restore.ts";

const ids = (): string => formatId(randomBytes(idEntropyBytes));
const nowMs = Date.now();
const unlockKey = new Uint8Array(32).fill(9);
const segmentBytes = 65_536;
const founding = foundSwarm({ ids, nowMs, heartbeatTicks: 1, electionTicks: 10 });
const codec = getCodec("Cluster");
const cluster = codec.decode(codec.encode(createCluster(founding.cluster)));

let directory: ReturnType<typeof makeTempDir>;
let state: StateDir;
let options: RestoreOptions;

beforeEach(async () => {
  directory = makeTempDir();
  state = await openStateDir(join(directory.path, "state"));
  const file = join(directory.path, "backup");
  const address = "10.0.0.1:4242";
  const log = silentLogger;
  options = {
    paths: state.paths,
    file,
    unlockKey: undefined,
    address,
    ids,
    nowMs,
    log,
    segmentBytes,
  };
});

afterEach(async () => {
  await state.close();
  directory.remove();
});

function storeOf(clusters: readonly Cluster[]): StoreSnapshot {
  return getCodec("StoreSnapshot").create({
    clusters,
    nodes: [{ id: "old-manager", role: "MANAGER" }],
    tasks: [{ id: "task", serviceId: "service" }],
  });
}

async function writeFile(file: string, store: StoreSnapshot, key?: Uint8Array): Promise<void> {
  const chunks: Uint8Array[] = [];
  const at = { index: 500, term: 7, createdAtMs: nowMs, clusterId: cluster.id };
  for await (const chunk of writeBackup({ store, ...at, unlockKey: key })) {
    chunks.push(chunk.slice());
  }
  writeFileSync(file, Buffer.concat(chunks));
}

const directories = () => ({ wal: state.paths.wal, snapshots: state.paths.snapshots });

async function openLog(key?: Uint8Array): Promise<RaftLog> {
  const store = await KeyStore.openExisting(state.paths.nodeKey, key);
  return await openRaftLog({
    files: systemWalFiles,
    directories: directories(),
    keys: await store.loadDataKeys({ create: false }),
    segmentBytes,
    log: silentLogger,
    isJoining: false,
    founder: { raftId: "1", nodeId: "nobody", addr: "nowhere:1" },
  });
}

async function readCluster(): Promise<Cluster | undefined> {
  const store = await KeyStore.openExisting(state.paths.nodeKey);
  const keys = new LogKeys(await store.loadDataKeys({ create: false }));
  const where = { files: systemWalFiles, directories: directories(), segmentBytes };
  const view = await readStoredState({ ...where, keys });
  return view.get("cluster", cluster.id);
}

test("a backup founds the same swarm with one manager, which is a new node", async () => {
  await writeFile(options.file, storeOf([cluster]));
  expect(await prepareRestore(options)).toBe("restored");
  await refuseHalfRestore(state.paths);

  const identity = (await loadNodeCredentials(state.paths, { nowMs }))?.identity;
  expect(identity).toMatchObject({ organization: cluster.id, role: "swarm-manager" });
  expect(identity?.rootPem).toBe(founding.identity.rootPem);
  expect(identity?.nodeId).not.toBe(founding.identity.nodeId);
  const validTo = new X509Certificate(identity?.certificatePem ?? "").validToDate.getTime();
  expect(validTo - nowMs).toBeGreaterThan(89 * 24 * 3_600_000);

  const { raftId, snapshot, storage, wal } = await openLog();
  expect(snapshot?.metadata.confState).toEqual({ voters: [raftId] });
  expect(snapshot?.metadata).toMatchObject({ index: 1_000_500, term: 7 });
  const hardState = { term: 7, vote: undefined, commit: 1_000_500 };
  expect(storage.initialState().hardState).toEqual(hardState);
  const { membership, store } = getCodec("Snapshot").decode(snapshot?.data ?? new Uint8Array());
  const { nodeId = "" } = identity ?? {};
  expect(membership.members).toEqual([
    expect.objectContaining({ raftId, nodeId, addr: "10.0.0.1:4242" }),
  ]);
  expect(membership.removed).toEqual([]);
  expect(store).toEqual(storeOf([cluster]));
  await wal.close();
});

test("only the owner may read what was restored", async () => {
  await writeFile(options.file, storeOf([cluster]));
  await prepareRestore(options);
  const modeOf = (path: string): number => statSync(path).mode & 0o777;
  expect(modeOf(state.paths.nodeKey)).toBe(0o600);
  expect(modeOf(state.paths.raft)).toBe(0o700);
  const [segment = ""] = readdirSync(state.paths.wal);
  expect(modeOf(join(state.paths.wal, segment))).toBe(0o600);
});

test("a locked swarm stays locked with its key", async () => {
  const key = { subsystem: "swarm-manager", algorithm: "AES_128_GCM", key: unlockKey } as const;
  const locked: Cluster = {
    ...cluster,
    spec: { ...cluster.spec, encryptionConfig: { autoLockManagers: true } },
    unlockKeys: [{ ...key, lamportTime: "0" }],
  };
  await writeFile(options.file, storeOf([locked]), unlockKey);
  await expect(prepareRestore(options)).rejects.toMatchObject({ code: "backup-locked" });
  expect(readdirSync(state.paths.certificates)).toEqual([]);
  const wrong = { ...options, unlockKey: new Uint8Array(32) };
  await expect(prepareRestore(wrong)).rejects.toMatchObject({ code: "backup-locked" });

  await prepareRestore({ ...options, unlockKey });
  await expect(openLog()).rejects.toMatchObject({ code: "node-locked" });
  await (await openLog(unlockKey)).wal.close();
});

test.each([
  ["certificates/swarm-node.key"],
  ["raft/wal-v3-encrypted/0000000000000000-0000000000000000.wal"],
  ["worker/tasks/task.pb"],
])("a state directory with %s in it is refused, and left as it is", async (name) => {
  await writeFile(options.file, storeOf([cluster]));
  const path = join(state.paths.root, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, "content");
  await expect(prepareRestore(options)).rejects.toMatchObject({
    code: "restore-refused",
    message: expect.stringContaining(path),
  });
  expect(readFileSync(path, "utf8")).toBe("content");
  await refuseHalfRestore(state.paths);
});

test("a damaged backup changes nothing", async () => {
  await writeFile(options.file, storeOf([cluster]));
  writeFileSync(options.file, readFileSync(options.file).subarray(0, -1));
  await expect(prepareRestore(options)).rejects.toMatchObject({ code: "backup-invalid" });
  await refuseHalfRestore(state.paths);
  expect(readdirSync(state.paths.certificates)).toEqual([]);
});

test("a backup without a root key, or without a cluster, is refused", async () => {
  const external = { ...cluster, rootCa: { ...cluster.rootCa, caKey: new Uint8Array() } };
  await writeFile(options.file, storeOf([external]));
  await expect(prepareRestore(options)).rejects.toMatchObject({ code: "restore-refused" });
  await writeFile(options.file, storeOf([]));
  await expect(prepareRestore(options)).rejects.toMatchObject({ code: "restore-refused" });
  await refuseHalfRestore(state.paths);
});

test("a restore that was cut short is refused to others and done again", async () => {
  await writeFile(options.file, storeOf([cluster]));
  const { certificates, nodeCertificate, raft, root, snapshots, wal } = state.paths;
  for (const lost of [nodeCertificate, certificates, snapshots, wal, raft]) {
    rmSync(join(root, "restore.json"), { force: true });
    for (const path of [certificates, raft]) rmSync(path, { recursive: true });
    await prepareRestore(options);
    rmSync(lost, { recursive: true });
    const record = JSON.parse(readFileSync(join(root, "restore.json"), "utf8"));
    writeFileSync(join(root, "restore.json"), JSON.stringify({ ...record, state: "under-way" }));
    await expect(refuseHalfRestore(state.paths)).rejects.toMatchObject({ code: "restore-refused" });
    expect(await prepareRestore(options)).toBe("restored");
    expect(await readCluster()).toEqual(cluster);
  }
});

test("the same backup again is no second restore, another one is refused", async () => {
  await writeFile(options.file, storeOf([cluster]));
  await prepareRestore(options);
  const identity = readFileSync(state.paths.nodeCertificate, "utf8");
  expect(await prepareRestore(options)).toBe("restored-before");
  expect(readFileSync(state.paths.nodeCertificate, "utf8")).toBe(identity);
  await writeFile(options.file, storeOf([cluster]));
  await expect(prepareRestore(options)).rejects.toMatchObject({ code: "restore-refused" });
});

test("a record that makes no sense is not passed over", async () => {
  await writeFile(options.file, storeOf([cluster]));
  writeFileSync(join(state.paths.root, "restore.json"), "{");
  await expect(prepareRestore(options)).rejects.toMatchObject({ code: "restore-refused" });
  await expect(refuseHalfRestore(state.paths)).rejects.toMatchObject({ code: "restore-refused" });
});
