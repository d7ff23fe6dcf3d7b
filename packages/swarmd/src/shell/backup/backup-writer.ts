import { createHash, type Hash, randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { StoreSnapshot } from "@swarmkit/proto/types";
import { encodeStoreSnapshotParts } from "../raft/encode-in-slices.ts";
import { dataKeyBytes, seal, wrapClear } from "../raft/encryption.ts";
import {
  backupMagic,
  backupVersion,
  encodeHeader,
  encodeLength,
  partBytesMax,
} from "./backup-format.ts";

/** A whole state of the store, and where in the log it is from. */
export interface BackupSource {
  readonly store: StoreSnapshot;
  readonly clusterId: string;
  readonly index: number;
  readonly term: number;
  readonly createdAtMs: number;
  /** The unlock key, when the swarm's managers are locked. */
  readonly unlockKey: Uint8Array | undefined;
}

/**
 * The bytes of a backup file, in consecutive chunks of at most `partBytesMax` and a little. One at a time
 * is made when it is asked for, and the event loop is free before each.
 */
export async function* writeBackup(
  source: BackupSource,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash("sha256");
  const dataKey = new Uint8Array(randomBytes(dataKeyBytes));
  yield hashed(hash, encodeHead(source, dataKey));
  yield hashed(hash, digestOf(hash));
  for await (const encoded of encodeStoreSnapshotParts(source.store)) {
    for (let offset = 0; offset < encoded.length; offset += partBytesMax) {
      const part = encoded.subarray(offset, offset + partBytesMax);
      yield hashed(hash, withLength(seal(part, dataKey)));
      await setImmediate();
    }
  }
  const end = withLength(seal(digestOf(hash), dataKey));
  yield hashed(hash, Buffer.concat([encodeLength(0), end]));
  yield digestOf(hash);
}

function encodeHead(source: BackupSource, dataKey: Uint8Array): Uint8Array {
  const { clusterId, createdAtMs, index, term, unlockKey } = source;
  const dataKeyRecord = unlockKey === undefined ? wrapClear(dataKey) : seal(dataKey, unlockKey);
  const version = backupVersion;
  const header = { version, clusterId, index, term, createdAtMs, dataKeyRecord };
  return Buffer.concat([backupMagic, withLength(encodeHeader(header))]);
}

function withLength(record: Uint8Array): Uint8Array {
  return Buffer.concat([encodeLength(record.length), record]);
}

function hashed(hash: Hash, bytes: Uint8Array): Uint8Array {
  hash.update(bytes);
  return bytes;
}

/** Of all that was hashed so far; more may follow. */
function digestOf(hash: Hash): Uint8Array {
  return hash.copy().digest();
}
