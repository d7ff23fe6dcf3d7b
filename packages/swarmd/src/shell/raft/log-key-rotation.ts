/**
 * The replacement of the data encryption key of a log that is in use. The order makes a crash at any moment
 * harmless: the key file names the new key before anything is written under it, and forgets the old one
 * when a snapshot under the new one, and the log behind it, are all that a start reads.
 */
import type { SnapshotMetadata } from "@swarmkit/raft";
import type { RaftLog } from "./raft-log.ts";

/** Goes on with a rotation that the key file tells of. To be called when all of the log was read. */
export async function resumeKeyRotation(raftLog: RaftLog): Promise<void> {
  const { keyRotated, keys, snapshot, wal } = raftLog;
  const snapshotIndex = snapshot?.metadata.index ?? 0;
  const outcome = keys.resume({ lastIndex: wal.highestIndex, snapshotIndex });
  if (outcome === "goes-on") wal.beginSegment();
  if (outcome !== "over") return;
  await keyRotated();
  keys.end();
}

/**
 * Everything is written under `key` from now on. The key file must have it as pending, durably.
 * `snapshotIndex` is the newest snapshot's, 0 for none.
 */
export function beginKeyRotation(raftLog: RaftLog, key: Uint8Array, snapshotIndex: number): void {
  const { keys, wal } = raftLog;
  keys.begin(key, { lastIndex: wal.highestIndex, snapshotIndex });
  // What is under the old key shall leave the disk with the segment that it is in.
  wal.beginSegment();
}

/**
 * To be called after a snapshot was saved under `key` and older ones were removed: ends the rotation if
 * that was what it waited for. Removes all that is under the old key, whatever else was to be kept.
 */
export async function endKeyRotation(
  raftLog: RaftLog,
  metadata: SnapshotMetadata,
  key: Uint8Array,
): Promise<boolean> {
  const { keyRotated, keys, snapshots, wal } = raftLog;
  if (!keys.isEndedBy(metadata.index, key)) return false;
  await keyRotated();
  keys.end();
  await wal.removeSegmentsBefore(await snapshots.removeOlderThan(metadata, 0));
  return true;
}
