import { X509Certificate } from "node:crypto";
import { findCluster } from "../../core/ca/certificates.ts";
import { SwarmdError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { type DataKeys, LogKeys } from "../raft/log-keys.ts";
import { readStoredState } from "../raft/stored-state.ts";
import { segmentBytesDefault } from "../raft/wal.ts";
import { systemWalFiles } from "../raft/wal-files.ts";
import { atomicWrite, readFileIfAny } from "../state-dir/atomic-file.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";
import { toNodeIdentity } from "../tls/node-identity.ts";
import { issueOwnCertificate } from "./own-authority.ts";

const publicFileMode = 0o644;

/**
 * Gives a manager that goes on alone (`--force-new-cluster`) a new certificate for its old key if its own
 * has expired: nobody else is there to issue one, and the root key is in its store. To be called before its
 * credentials are loaded; does nothing for a worker, a node that has never been in a swarm, and a
 * certificate that is still valid. Rejects with `identity-invalid`, or as reading the log does.
 */
export async function renewExpiredCertificate(options: {
  readonly paths: StatePaths;
  /** The log's; asked for only when they are needed. */
  readonly loadKeys: () => Promise<DataKeys>;
  readonly nowMs: number;
  readonly log: Logger;
  /** For tests: default 64,000,000. */
  readonly segmentBytes?: number;
}): Promise<void> {
  const { loadKeys, log, nowMs, paths, segmentBytes = segmentBytesDefault } = options;
  const bytes = await readFileIfAny(paths.nodeCertificate);
  if (bytes === undefined) return;
  const oldPem = Buffer.from(bytes).toString();
  const files = { certificatePem: oldPem, keyPem: "", rootPem: "" };
  const { nodeId, role } = toNodeIdentity(files, paths.nodeCertificate);
  const old = new X509Certificate(oldPem);
  if (role !== "swarm-manager" || old.validToDate.getTime() > nowMs) return;
  const state = await readStoredState({
    files: systemWalFiles,
    directories: { wal: paths.wal, snapshots: paths.snapshots },
    keys: new LogKeys(await loadKeys()),
    segmentBytes,
  });
  const cluster = findCluster(state);
  const subject = { nodeId, publicKey: old.publicKey, nowMs };
  const renewed = cluster && issueOwnCertificate(cluster, subject);
  if (renewed === undefined) throw cannotRenew(paths, old.validToDate);
  await atomicWrite(paths.nodeCertificate, renewed, publicFileMode);
  const expiredAt = old.validToDate.toISOString();
  log.warn("this manager's certificate had expired, and it has issued itself a new one", {
    node: nodeId,
    expiredAt,
  });
}

function cannotRenew(paths: StatePaths, expiredAt: Date): SwarmdError {
  return new SwarmdError(
    "identity-invalid",
    `${paths.nodeCertificate} expired at ${expiredAt.toISOString()}, and this manager's log has no root ` +
      "key to issue a new one with, as the swarm's certificates come from elsewhere: have that " +
      "authority issue one, or restore a backup on a node of another swarm",
  );
}
