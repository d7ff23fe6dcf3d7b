import { SwarmdError } from "../errors.ts";
import { readFields, toBytes, toNumber, WireError, WireWriter } from "./wire.ts";

/** The parts of a docker.swarmkit.v1.Snapshot, each an encoded message of its own. */
export interface SnapshotParts {
  /** A ClusterSnapshot. */
  readonly membership: Uint8Array;
  /** A StoreSnapshot. */
  readonly store: Uint8Array;
}

/** Puts the message together without decoding the parts, which may be large. */
export function composeSnapshotData(parts: SnapshotParts): Uint8Array {
  const { membership, store } = parts;
  return new WireWriter(membership.length + store.length + 24)
    .bytes(2, membership)
    .bytes(3, store)
    .finish();
}

/** Takes it apart again; `what` names the snapshot for the error `wal-unsupported`. */
export function splitSnapshotData(data: Uint8Array, what: string): SnapshotParts {
  const parts = { version: 0, membership: new Uint8Array(), store: new Uint8Array() } as {
    version: number;
    membership: Uint8Array;
    store: Uint8Array;
  };
  try {
    for (const field of readFields(data)) {
      if (field.field === 1) parts.version = toNumber(field);
      else if (field.field === 2) parts.membership = toBytes(field);
      else if (field.field === 3) parts.store = toBytes(field);
    }
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw unsupported(what, "it is not a snapshot of a swarm", cause);
  }
  if (parts.version !== 0) throw unsupported(what, `it has version ${parts.version}`);
  return parts;
}

function unsupported(what: string, why: string, cause?: unknown): SwarmdError {
  return new SwarmdError(
    "wal-unsupported",
    `${what} cannot be read: ${why}; start the version of the program that wrote it`,
    { cause },
  );
}
