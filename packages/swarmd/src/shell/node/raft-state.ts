// What is on disk of a manager's share in the Raft group, and what follows from it when the node starts.
import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { SwarmdError } from "../errors.ts";
import { atomicWrite, readFileIfAny, syncDirectory } from "../state-dir/atomic-file.ts";
import type { KeyStore } from "../state-dir/key-store.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";

const markFileMode = 0o600;

/** Whether there is a log to go on from. */
export function hasLog(paths: StatePaths): boolean {
  return existsSync(paths.wal) && readdirSync(paths.wal).length > 0;
}

/**
 * Made when a node is about to become a manager, and gone once it has a log: without a log it may join
 * the Raft group then. A manager without a log and without this file has lost its log.
 */
export async function markJoining(paths: StatePaths): Promise<void> {
  await atomicWrite(markPath(paths), "", markFileMode);
}

export function isJoining(paths: StatePaths): boolean {
  return existsSync(markPath(paths));
}

export async function unmarkJoining(paths: StatePaths): Promise<void> {
  if (!isJoining(paths)) return;
  await rm(markPath(paths), { force: true });
  await syncDirectory(paths.raft);
}

/**
 * Keeps the id that this node was given in the Raft group until there is a log that has it. Nothing was
 * ever said under that id, so it is as good after a crash; and the others may need it to have a majority.
 */
export async function noteUnusedRaftId(paths: StatePaths, raftId: string): Promise<void> {
  await atomicWrite(unusedIdPath(paths), raftId, markFileMode);
}

export async function readUnusedRaftId(paths: StatePaths): Promise<string | undefined> {
  const bytes = await readFileIfAny(unusedIdPath(paths));
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8");
}

/** To be called before the first message under the id. */
export async function dropUnusedRaftId(paths: StatePaths): Promise<void> {
  if (!existsSync(unusedIdPath(paths))) return;
  await rm(unusedIdPath(paths), { force: true });
  await syncDirectory(paths.raft);
}

/** Removes the log, its snapshots and its keys: for a node that is no member of the group any more. */
export async function clearRaftState(paths: StatePaths, keys: KeyStore): Promise<void> {
  for (const path of [paths.snapshots, paths.wal, unusedIdPath(paths)]) {
    await rm(path, { recursive: true, force: true });
  }
  await syncDirectory(paths.raft);
  await keys.dropDataKeys();
}

/** Leaves nothing of a manager on a node that is none any more. A worker's key is never locked, as in SwarmKit. */
export async function becomeWorker(paths: StatePaths, keys: KeyStore): Promise<void> {
  if (keys.unlockKey.key !== undefined) {
    await keys.changeUnlockKey({ key: undefined, version: 0 });
  }
  if (keys.dataKeys !== undefined || hasLog(paths)) await clearRaftState(paths, keys);
  await unmarkJoining(paths);
}

/** To found a new swarm in its place would hide the loss, and throw away the node's identity. */
export function lostLogError(paths: StatePaths, what: string): SwarmdError {
  const remedy =
    "start it with --join-addr, another manager's host:port, or restore the state directory from a backup";
  const message = `this manager has been in a swarm, but the raft log ${paths.wal} ${what}; ${remedy}`;
  return new SwarmdError("wal-corrupt", message);
}

function markPath(paths: StatePaths): string {
  return join(paths.raft, "joining");
}

function unusedIdPath(paths: StatePaths): string {
  return join(paths.raft, "unused-id");
}
