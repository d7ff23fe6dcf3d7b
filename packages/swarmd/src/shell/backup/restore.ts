/**
 * `swarmd --restore FILE`: makes the state directory that of a swarm with the backed-up store and one manager,
 * so that an ordinary start follows. The swarm keeps its id, root certificate and tokens; the manager has an
 * identity of its own, and a log in which it is the only member. Managers of before are strangers to it.
 *
 * A record in the directory tells how far it is. A restore that a crash cuts short is done again from the
 * beginning, by any backup; until then nothing may be started on it.
 */
import { createPublicKey } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster } from "@swarmkit/proto/types";
import type { IdSource } from "../../core/lib/ids.ts";
import { unlockKeyOf } from "../../core/model/unlock-key.ts";
import { SwarmdError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { type DataKeys, LogKeys } from "../raft/log-keys.ts";
import { drawRaftId } from "../raft/raft-id.ts";
import { createRestoredLog } from "../raft/restored-log.ts";
import { segmentBytesDefault } from "../raft/wal.ts";
import { systemWalFiles } from "../raft/wal-files.ts";
import { toDiskError } from "../state-dir/disk-error.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";
import { createNodeCredentials, type NodeIdentity, toNodeIdentity } from "../tls/node-identity.ts";
import { createPrivateKey } from "../tls/x509.ts";
import { type Backup, findFileDigest, readBackup } from "./backup-reader.ts";
import { issueOwnCertificate } from "./own-authority.ts";
import { readRestoreRecord, writeRestoreRecord } from "./restore-record.ts";

/**
 * Entries that are passed over before the first new one. The lost swarm may have gone on after the backup,
 * and told clients versions that must not come again with another meaning.
 */
export const restoredIndexGap = 1_000_000;

export interface RestoreOptions {
  /** Of a state directory that is open and belongs to this process. */
  readonly paths: StatePaths;
  /** The backup. */
  readonly file: string;
  /** Of the swarm at the time of the backup, if its managers were locked then. */
  readonly unlockKey: Uint8Array | undefined;
  /** Where other nodes are to reach this manager. */
  readonly address: string;
  readonly ids: IdSource;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly log: Logger;
  /** For tests: default 64,000,000. */
  readonly segmentBytes?: number;
}

/** What was to be done. */
export type RestoreOutcome =
  | "restored"
  /** An earlier start has restored this very file, and the swarm may have gone on since. */
  | "restored-before";

/**
 * Restores a backup into an empty state directory. Rejects with `restore-refused`, or as reading the backup
 * and writing files do; then nothing was changed, or the next attempt starts anew.
 */
export async function prepareRestore(options: RestoreOptions): Promise<RestoreOutcome> {
  const { file, log, nowMs, paths } = options;
  const digest = await findFileDigest(file);
  const record = await readRestoreRecord(paths);
  if (record?.state === "done" && record.digest === digest) {
    const message =
      "this state directory was restored from that backup already; leave --restore out";
    log.warn(message, { file, restoredAt: new Date(record.atMs).toISOString() });
    return "restored-before";
  }
  if (record?.state !== "under-way") await refuseUsed(paths);
  const backup = await readBackup(file, options.unlockKey);
  const cluster = findCluster(backup, file);
  const identity = makeIdentity(options, cluster);
  await writeRestoreRecord(paths, { state: "under-way", digest, atMs: nowMs });
  await clear(paths);
  const { keys } = await createNodeCredentials(paths, identity, unlockKeyOf(cluster));
  const dataKeys = await keys.loadDataKeys({ create: true });
  await writeLog(options, backup, { keys: dataKeys, nodeId: identity.nodeId });
  await writeRestoreRecord(paths, { state: "done", digest, atMs: nowMs });
  const { clusterId, createdAtMs, index } = backup.header;
  const createdAt = new Date(createdAtMs).toISOString();
  log.info("a backup was restored", { file, cluster: clusterId, entry: index, createdAt });
  return "restored";
}

/** Rejects with `restore-refused` when a restore into this directory was cut short. */
export async function refuseHalfRestore(paths: StatePaths): Promise<void> {
  const record = await readRestoreRecord(paths);
  if (record?.state !== "under-way") return;
  throw new SwarmdError(
    "restore-refused",
    `a restore into the state directory ${paths.root} was cut short: start swarmd with --restore ` +
      "again, or empty the directory",
  );
}

/** Only a directory that nobody has used may be overwritten. */
async function refuseUsed(paths: StatePaths): Promise<void> {
  const directories = [paths.certificates, paths.raft, join(paths.worker, "tasks")];
  const found = await Promise.all(directories.map(findFile));
  const used = found.find((path) => path !== undefined);
  if (used === undefined) return;
  throw new SwarmdError(
    "restore-refused",
    `the state directory ${paths.root} is in use: it holds ${used}. A backup is restored into an ` +
      "empty one only; name another --state-dir, or move this one away",
  );
}

/** Any file below a directory that is more than a write's left-over. */
async function findFile(directory: string): Promise<string | undefined> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const file = entries.find((entry) => entry.isFile() && !entry.name.startsWith(".tmp-"));
    return file === undefined ? undefined : join(file.parentPath, file.name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw toDiskError(error, "look into", directory);
  }
}

async function clear(paths: StatePaths): Promise<void> {
  for (const directory of [paths.certificates, paths.raft]) {
    try {
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw toDiskError(error, "empty", directory);
    }
  }
}

/** A new node, signed by the swarm's own root. */
function makeIdentity({ file, ids, nowMs }: RestoreOptions, cluster: Cluster): NodeIdentity {
  const key = createPrivateKey();
  const subject = { nodeId: ids(), publicKey: createPublicKey(key), nowMs };
  const certificatePem = issueOwnCertificate(cluster, subject);
  if (certificatePem === undefined) {
    throw refused(file, "its root key is not in it, as its certificates come from elsewhere");
  }
  const keyPem = key.export({ type: "pkcs8", format: "pem" }).toString();
  const rootPem = Buffer.from(cluster.rootCa.caCert).toString();
  return toNodeIdentity({ certificatePem, keyPem, rootPem }, "the new certificate");
}

async function writeLog(
  options: RestoreOptions,
  backup: Backup,
  { keys, nodeId }: { readonly keys: DataKeys; readonly nodeId: string },
): Promise<void> {
  const { address, paths, segmentBytes = segmentBytesDefault } = options;
  const { index, term } = backup.header;
  await createRestoredLog({
    files: systemWalFiles,
    directories: { wal: paths.wal, snapshots: paths.snapshots },
    keys: new LogKeys(keys),
    segmentBytes,
    member: { raftId: drawRaftId(Math.random), nodeId, addr: address },
    index: index + restoredIndexGap,
    term,
    store: backup.storeBytes,
  });
}

function findCluster(backup: Backup, file: string): Cluster {
  const cluster = backup.store.clusters.find(({ id }) => id === backup.header.clusterId);
  if (cluster !== undefined) return cluster;
  throw refused(file, "it has no cluster object");
}

function refused(file: string, why: string): SwarmdError {
  return new SwarmdError(
    "restore-refused",
    `no swarm can be founded with the backup ${file}: ${why}; restore another one`,
  );
}
