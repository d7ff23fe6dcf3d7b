/**
 * The saved state of one member: log, snapshots, and the part of the log that raft reads. Opens what a
 * state directory holds, or founds a new group of one member.
 */
import { dirname, join } from "node:path";
import { getCodec, type RaftMember } from "@swarmkit/proto";
import { bootstrapLog, type HardState, MemoryStorage, type Snapshot } from "@swarmkit/raft";
import { SwarmdError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { resumeKeyRotation } from "./log-key-rotation.ts";
import { type DataKeys, LogKeys } from "./log-keys.ts";
import { nothingToRecover, recoverAlone } from "./recovery.ts";
import { SnapshotFiles, snapshotCorrupt } from "./snapshot-files.ts";
import { type OpenedWal, Wal, type WalOptions } from "./wal.ts";
import type { WalFiles } from "./wal-files.ts";
import type { Replay } from "./wal-replay.ts";

/** Where and how the log is kept. */
export interface RaftLogOptions {
  readonly files: WalFiles;
  readonly directories: { readonly wal: string; readonly snapshots: string };
  /** The data encryption keys of the key file. */
  readonly keys: DataKeys;
  /** Makes the key file keep only the pending key: nothing needs the other any more. */
  readonly keyRotated?: () => Promise<void>;
  readonly segmentBytes: number;
  readonly log: Logger;
  /** Whether a log that is not there yet, or empty, will come from the members of an existing group. */
  readonly isJoining: boolean;
  /** Go on alone with what this member has; see recovery.ts. */
  readonly forceNewCluster?: boolean;
  /** This member as its group is to know it; the log of an old one knows better. */
  readonly founder: Pick<RaftMember, "raftId" | "nodeId" | "addr">;
}

/** A member's saved state, open. */
export interface RaftLog {
  readonly wal: Wal;
  readonly snapshots: SnapshotFiles;
  readonly keys: LogKeys;
  /** See RaftLogOptions. */
  readonly keyRotated: () => Promise<void>;
  readonly storage: MemoryStorage;
  /** What the host's state starts from, if anything. */
  readonly snapshot: Snapshot | undefined;
  readonly raftId: string;
}

/** Opens the log in the directories, or founds one where none is. */
export async function openRaftLog(options: RaftLogOptions): Promise<RaftLog> {
  const raftLog = await openOrFound(options);
  try {
    await resumeKeyRotation(raftLog);
    return raftLog;
  } catch (error) {
    await raftLog.wal.close();
    throw error;
  }
}

async function openOrFound(options: RaftLogOptions): Promise<RaftLog> {
  const { directories, files, segmentBytes } = options;
  const { keyRotated = async () => undefined } = options;
  const keys = new LogKeys(options.keys);
  const snapshots = new SnapshotFiles(files, directories.snapshots, keys);
  await snapshots.prepare();
  const walOptions = { files, directory: directories.wal, keys, segmentBytes };
  if (await Wal.exists(files, directories.wal)) {
    const existing = await openExisting(options, walOptions, snapshots);
    return { ...existing, keys, keyRotated };
  }
  if ((await snapshots.load()).snapshot !== undefined) {
    throw new SwarmdError(
      "wal-corrupt",
      `there are snapshots in ${directories.snapshots}, but no log in ${directories.wal}: ` +
        "restore both from a backup, or remove both to start anew",
    );
  }
  if (options.forceNewCluster === true) {
    throw nothingToRecover(`there is no raft log in ${directories.wal}`);
  }
  await refuseOldFormats(options);
  const metadata = encodeMember(options.founder);
  const wal = await Wal.create(walOptions, metadata);
  const storage = new MemoryStorage();
  if (options.isJoining) await enter(wal, storage);
  else await found(wal, storage, metadata);
  const { raftId } = options.founder;
  return { wal, snapshots, keys, keyRotated, storage, snapshot: undefined, raftId };
}

/** A new log beside an old one would hide all that the old one says. */
async function refuseOldFormats(options: RaftLogOptions): Promise<void> {
  const parent = dirname(options.directories.wal);
  for (const name of ["wal-v3", "wal"]) {
    if ((await options.files.list(join(parent, name))).length === 0) continue;
    throw new SwarmdError(
      "wal-unsupported",
      `${join(parent, name)} holds a log of an early SwarmKit, which this version does not read: ` +
        "start a Docker engine of version 17.06 or later on it once, which brings it up to date",
    );
  }
}

async function openExisting(
  options: RaftLogOptions,
  walOptions: WalOptions,
  snapshots: SnapshotFiles,
): Promise<Omit<RaftLog, "keys" | "keyRotated">> {
  const { snapshot, brokenPaths } = await snapshots.load();
  const { wal, replay } = await openWal(walOptions, snapshot, brokenPaths);
  try {
    await snapshots.putAside(brokenPaths, options.log);
    if (replay.torn !== undefined) {
      const message = "the last write to the raft log was cut short and is dropped";
      options.log.warn(message, { path: replay.torn.path, offset: replay.torn.offset });
    }
    const { raftId } = getCodec("RaftMember").decode(replay.metadata);
    const isForced = options.forceNewCluster === true;
    const { log } = options;
    const going = isForced ? await recoverAlone({ wal, replay, snapshot, log }) : replay;
    const storage = fillStorage(snapshot, going);
    // Its making was interrupted: nothing was promised to anybody yet.
    if (snapshot === undefined && going.hardState === undefined) {
      if (options.isJoining) await enter(wal, storage);
      else await found(wal, storage, replay.metadata);
    }
    return { wal, snapshots, storage, snapshot, raftId };
  } catch (error) {
    await wal.close();
    throw error;
  }
}

async function openWal(
  walOptions: WalOptions,
  snapshot: Snapshot | undefined,
  brokenPaths: readonly string[],
): Promise<OpenedWal> {
  try {
    return await Wal.open(walOptions, snapshot?.metadata ?? { index: 0, term: 0 });
  } catch (error) {
    const isLogAtFault = error instanceof SwarmdError && error.code !== "wal-corrupt";
    if (brokenPaths.length === 0 || isLogAtFault) throw error;
    throw snapshotCorrupt(brokenPaths, error);
  }
}

/** `snapshot` goes in without its data: raft needs it only to send it, and it is read from disk then. */
function fillStorage(snapshot: Snapshot | undefined, replay: Replay): MemoryStorage {
  const storage = new MemoryStorage();
  if (snapshot !== undefined) {
    storage.applySnapshot({ metadata: snapshot.metadata, data: new Uint8Array() });
  }
  const hardState: HardState = replay.hardState ?? { term: 0, vote: undefined, commit: 0 };
  const commit = Math.max(hardState.commit, snapshot?.metadata.index ?? 0);
  storage.setHardState({ ...hardState, commit });
  storage.append(replay.entries);
  return storage;
}

/** A new group's first entry makes its founder a member. */
async function found(wal: Wal, storage: MemoryStorage, metadata: Uint8Array): Promise<void> {
  const { raftId } = getCodec("RaftMember").decode(metadata);
  const change = getCodec("RaftpbConfChange").encode({
    id: "0",
    type: "ConfChangeAddNode",
    nodeId: raftId,
    context: metadata,
  });
  const { entries, hardState } = bootstrapLog([change]);
  wal.append(entries, hardState);
  await wal.flush({ sync: true });
  storage.append(entries);
  storage.setHardState(hardState);
}

/** A log that is to be filled by others says so: one without any state would be founded anew. */
async function enter(wal: Wal, storage: MemoryStorage): Promise<void> {
  const hardState: HardState = { term: 0, vote: undefined, commit: 0 };
  wal.append([], hardState);
  await wal.flush({ sync: true });
  storage.setHardState(hardState);
}

function encodeMember(member: Pick<RaftMember, "raftId" | "nodeId" | "addr">): Uint8Array {
  const codec = getCodec("RaftMember");
  return codec.encode(codec.create(member));
}
