/**
 * The shell's coded errors. A message says what happened, why, and what to do, and names the file or the
 * address that it is about; never a secret.
 */

/** Stable names, never reused. */
export type SwarmdErrorCode =
  /** A port or socket that swarmd should listen on is taken. */
  | "address-in-use"
  /** A backup is not whole, or not a backup at all. */
  | "backup-invalid"
  /** A backup cannot be read with the unlock key that was given, or without one. */
  | "backup-locked"
  /** A backup was written by a newer version. */
  | "backup-unsupported"
  /** The disk, or this user's share of it, is full. */
  | "disk-full"
  /** A file could not be read, written or made durable. */
  | "disk-failed"
  /** The Docker engine does not answer, or is not what swarmd can use. */
  | "engine-unreachable"
  /** The swarm wants FIPS mode, which this build does not have. */
  | "fips-required"
  /** A flag's value does not parse, or flags contradict each other. */
  | "flag-invalid"
  /** The node's certificate files are damaged, expired or do not belong together. */
  | "identity-invalid"
  /** The manager to join could not be reached, or answered with an error. */
  | "join-failed"
  /** The manager to join refused this node. */
  | "join-refused"
  /** A join token that is none. */
  | "join-token-invalid"
  /** A key file is not what a node's key file should be. */
  | "key-file-invalid"
  /** A port or socket cannot be listened on. */
  | "listen-failed"
  /** Accepted by SwarmKit, and not part of this version yet. */
  | "not-built"
  /** The node's key, or its data's key, is encrypted. */
  | "node-locked"
  /** The swarm does not know this node any more. */
  | "node-removed"
  /** The log was written under another key. */
  | "raft-key-wrong"
  /** `--force-new-cluster` on a manager whose log holds no data of a swarm. */
  | "recovery-impossible"
  /** `--restore` with a state directory that is in use, or a backup that no swarm can be founded with. */
  | "restore-refused"
  /** `--manager`, but the token or certificate makes this node a worker. */
  | "role-mismatch"
  /** A root certificate other than the join token's. */
  | "root-mismatch"
  /** No valid snapshot where one is needed. */
  | "snapshot-corrupt"
  /** Another process uses the state directory. */
  | "state-dir-locked"
  /** The state directory cannot be created, read or written. */
  | "state-dir-unwritable"
  /** Acknowledged data in the log is damaged or missing. */
  | "wal-corrupt"
  /** The log holds something that this version cannot read. */
  | "wal-unsupported";

/** Thrown for what the user or the supervisor must learn; `code` is for programs, the message for people. */
export class SwarmdError extends Error {
  override readonly name = "SwarmdError";
  readonly code: SwarmdErrorCode;

  constructor(code: SwarmdErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
