import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getCodec } from "@swarmkit/proto";
import type { Cluster } from "@swarmkit/proto/types";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createIdSource } from "../../core/lib/ids.ts";
import { createPrng } from "../../core/lib/prng.ts";
import { createCluster } from "../../core/model/new-cluster.ts";
import { silentLogger } from "../log.ts";
import { foundSwarm } from "../node/founding.ts";
import type { DataKeys } from "../raft/log-keys.ts";
import { openRaftLog } from "../raft/raft-log.ts";
import { makeTempDir } from "../raft/testing/temp-dir.ts";
import { systemWalFiles } from "../raft/wal-files.ts";
import { openStateDir, type StateDir } from "../state-dir/state-dir.ts";
import { createNodeCredentials, loadNodeCredentials } from "../tls/node-identity.ts";
import { renewExpiredCertificate } from "./renew-expired.ts";

const dayMs = 24 * 3_600_000;
const foundedMs = Date.parse("2026-01-01T00:00:00Z");
const lateMs = foundedMs + 100 * dayMs;
const segmentBytes = 65_536;
const ids = createIdSource(createPrng(1));
const founding = foundSwarm({ ids, nowMs: foundedMs, heartbeatTicks: 1, electionTicks: 10 });

let directory: ReturnType<typeof makeTempDir>;
let state: StateDir;
let keys: DataKeys;

beforeEach(async () => {
  directory = makeTempDir();
  state = await openStateDir(join(directory.path, "state"));
  const credentials = await createNodeCredentials(state.paths, founding.identity);
  keys = await credentials.keys.loadDataKeys({ create: true });
});

afterEach(async () => {
  await state.close();
  directory.remove();
});

/** A manager's log in which the cluster object was committed. */
async function writeLog(cluster: Cluster): Promise<void> {
  const { nodeId } = founding.identity;
  const { wal, storage } = await openRaftLog({
    files: systemWalFiles,
    directories: { wal: state.paths.wal, snapshots: state.paths.snapshots },
    keys,
    segmentBytes,
    log: silentLogger,
    isJoining: false,
    founder: { raftId: "5", nodeId, addr: "here:1" },
  });
  const codec = getCodec("InternalRaftRequest");
  const action = { action: "STORE_ACTION_CREATE", cluster } as const;
  const data = codec.encode(codec.create({ id: "1", action: [action] }));
  const index = storage.lastIndex() + 1;
  wal.append([{ index, term: 1, type: "normal", data }], undefined);
  await wal.close();
}

const renew = (nowMs: number): Promise<void> =>
  renewExpiredCertificate({
    paths: state.paths,
    loadKeys: async () => keys,
    nowMs,
    log: silentLogger,
    segmentBytes,
  });

const readCertificate = (): string => readFileSync(state.paths.nodeCertificate, "utf8");

test("an expired manager certificate is replaced by one for the same node and key", async () => {
  await writeLog(createCluster(founding.cluster));
  await expect(loadNodeCredentials(state.paths, { nowMs: lateMs })).rejects.toMatchObject({
    code: "identity-invalid",
  });
  await renew(lateMs);
  const identity = (await loadNodeCredentials(state.paths, { nowMs: lateMs }))?.identity;
  expect(identity).toMatchObject({ nodeId: founding.identity.nodeId, role: "swarm-manager" });
  expect(identity?.keyPem).toBe(founding.identity.keyPem);
  const { validToDate } = new X509Certificate(readCertificate());
  expect(validToDate.getTime()).toBe(lateMs + 90 * dayMs);
});

test("a certificate that is valid stays, whatever the log says", async () => {
  await renew(foundedMs + dayMs);
  expect(readCertificate()).toBe(founding.identity.certificatePem);
});

test("without a root key the certificate stays, and its end is named", async () => {
  const cluster = createCluster(founding.cluster);
  await writeLog({ ...cluster, rootCa: { ...cluster.rootCa, caKey: new Uint8Array() } });
  await expect(renew(lateMs)).rejects.toMatchObject({
    code: "identity-invalid",
    message: expect.stringContaining("expired at 2026-04-01T00:00:00.000Z"),
  });
  expect(readCertificate()).toBe(founding.identity.certificatePem);
});
