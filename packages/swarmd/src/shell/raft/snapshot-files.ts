/**
 * Snapshot files in etcd's format: `%016x-%016x.snap` of term and index, holding `{1: crc, 2: data}` around
 * a raftpb.Snapshot whose data is encrypted. A file appears as a whole or not at all.
 */
import { join } from "node:path";
import type { Snapshot, SnapshotMetadata } from "@swarmkit/raft";
import { SwarmdError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { toDiskError } from "../state-dir/disk-error.ts";
import { decodeConfState, encodeConfState } from "./log-codec.ts";
import type { LogKeys } from "./log-keys.ts";
import { crc32cInSlices } from "./sliced-encryption.ts";
import type { WalFiles } from "./wal-files.ts";
import { formatNumberPair } from "./wal-segment-name.ts";
import { readFields, toBytes, toNumber, WireError, WireWriter } from "./wire.ts";

/** Suffix of a snapshot that was found damaged and put aside. */
export const brokenSuffix = ".broken";

const snapshotSuffix = ".snap";
const snapshotPattern = /^([0-9a-f]{16})-([0-9a-f]{16})\.snap$/;

/** A newest snapshot, and the damaged ones that were passed over to get to it. */
export interface LoadedSnapshot {
  /** Undefined when there is none at all. */
  readonly snapshot: Snapshot | undefined;
  readonly brokenPaths: readonly string[];
}

/** The snapshots of one directory. */
export class SnapshotFiles {
  private readonly files: WalFiles;
  private readonly directory: string;
  private readonly keys: LogKeys;

  constructor(files: WalFiles, directory: string, keys: LogKeys) {
    this.files = files;
    this.directory = directory;
    this.keys = keys;
  }

  /** Creates the directory if need be, and removes what an interrupted save left. */
  async prepare(): Promise<void> {
    try {
      await this.files.makeDirectory(this.directory);
      for (const name of await this.files.list(this.directory)) {
        if (name.endsWith(".tmp")) await this.files.remove(join(this.directory, name));
      }
    } catch (error) {
      throw toDiskError(error, "prepare the snapshot directory", this.directory);
    }
  }

  /** Saves a snapshot durably, and answers under which key. The log must have its record before. */
  async save(snapshot: Snapshot): Promise<Uint8Array> {
    const path = join(this.directory, formatSnapshotName(snapshot.metadata));
    const key = this.keys.sealingKey;
    const parts = await encodeSnapshotFile(
      snapshot.metadata,
      await this.keys.sealInSlices(snapshot.data),
    );
    try {
      const temporary = `${path}.tmp`;
      const file = await this.files.open(temporary, { create: true });
      try {
        let offset = 0;
        for (const part of parts) {
          await file.write(part, offset);
          offset += part.length;
        }
        await file.datasync();
      } finally {
        await file.close();
      }
      await this.files.rename(temporary, path);
      await this.files.syncDirectory(this.directory);
    } catch (error) {
      throw toDiskError(error, "save the snapshot", path);
    }
    return key;
  }

  /** The newest snapshot that is whole. Rejects with `raft-key-wrong` when no key fits. */
  async load(): Promise<LoadedSnapshot> {
    const brokenPaths: string[] = [];
    for (const name of await this.listNewestFirst()) {
      const path = join(this.directory, name);
      const snapshot = await decodeSnapshotFile(await this.read(path), this.keys, path);
      if (snapshot !== undefined && formatSnapshotName(snapshot.metadata) === name) {
        return { snapshot, brokenPaths };
      }
      brokenPaths.push(path);
    }
    return { snapshot: undefined, brokenPaths };
  }

  /** Puts damaged files aside under another name, as etcd does. */
  async putAside(brokenPaths: readonly string[], log: Logger): Promise<void> {
    for (const path of brokenPaths) {
      log.warn("a damaged snapshot was put aside; an older state and the log replace it", { path });
      await this.files.rename(path, `${path}${brokenSuffix}`);
    }
  }

  /**
   * Removes snapshots older than the one at `metadata`, but for the newest `keepCount` of them. Answers
   * the index of the oldest that is left, from which the log is still needed.
   */
  async removeOlderThan(metadata: SnapshotMetadata, keepCount: number): Promise<number> {
    const names = await this.listNewestFirst();
    const position = names.indexOf(formatSnapshotName(metadata));
    if (position < 0) return 0;
    const keptEnd = position + 1 + keepCount;
    try {
      for (const name of names.slice(keptEnd)) {
        await this.files.remove(join(this.directory, name));
      }
    } catch (error) {
      throw toDiskError(error, "remove old snapshots from", this.directory);
    }
    const oldest = names.slice(0, keptEnd).at(-1) ?? "";
    return parseSnapshotName(oldest)?.index ?? 0;
  }

  private async listNewestFirst(): Promise<readonly string[]> {
    const names = await this.files.list(this.directory);
    return names.filter((name) => parseSnapshotName(name) !== undefined).reverse();
  }

  private async read(path: string): Promise<Uint8Array> {
    try {
      const file = await this.files.open(path, { create: false });
      try {
        const bytes = Buffer.alloc(await file.size());
        return bytes.subarray(0, await file.read(bytes, 0));
      } finally {
        await file.close();
      }
    } catch (error) {
      throw toDiskError(error, "read the snapshot", path);
    }
  }
}

/** The error for a start that needs a snapshot which is damaged. */
export function snapshotCorrupt(paths: readonly string[], cause: unknown): SwarmdError {
  return new SwarmdError(
    "snapshot-corrupt",
    `the raft snapshot ${paths.join(", ")} is damaged, and the log alone does not go back far ` +
      "enough. Nothing was changed. When other managers are up, remove this node from the cluster " +
      "and join it again with an empty state directory; otherwise restore the state directory " +
      "from a backup",
    { cause },
  );
}

/** The file name of a snapshot. */
export function formatSnapshotName(metadata: SnapshotMetadata): string {
  return `${formatNumberPair(metadata.term, metadata.index)}${snapshotSuffix}`;
}

function parseSnapshotName(name: string): { term: number; index: number } | undefined {
  const match = snapshotPattern.exec(name);
  if (match === null) return undefined;
  return { term: Number(`0x${match[1]}`), index: Number(`0x${match[2]}`) };
}

/** The file's bytes, in parts: the snapshot's data is large, and is not copied. */
async function encodeSnapshotFile(
  { confState, index, term }: SnapshotMetadata,
  sealed: Uint8Array,
): Promise<readonly Uint8Array[]> {
  const metadata = new WireWriter()
    .bytes(1, encodeConfState(confState))
    .number(2, index)
    .number(3, term)
    .finish();
  const head = new WireWriter().lengthOf(1, sealed.length).finish();
  const tail = new WireWriter().bytes(2, metadata).finish();
  const body = [head, sealed, tail];
  const bodyBytes = head.length + sealed.length + tail.length;
  const crc = await crc32cInSlices(body);
  return [new WireWriter().number(1, crc).lengthOf(2, bodyBytes).finish(), ...body];
}

/** Undefined when the file is damaged. Rejects with `raft-key-wrong` for a whole file of another key. */
async function decodeSnapshotFile(
  bytes: Uint8Array,
  keys: LogKeys,
  path: string,
): Promise<Snapshot | undefined> {
  try {
    const outer = { crc: 0, body: new Uint8Array() as Uint8Array };
    for (const field of readFields(bytes)) {
      if (field.field === 1) outer.crc = toNumber(field);
      else if (field.field === 2) outer.body = toBytes(field);
      else return undefined;
    }
    if (outer.body.length === 0) return undefined;
    if ((await crc32cInSlices([outer.body])) !== outer.crc) return undefined;
    return await decodeSnapshot(outer.body, keys, path);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

async function decodeSnapshot(body: Uint8Array, keys: LogKeys, path: string): Promise<Snapshot> {
  let sealed: Uint8Array | undefined;
  let metadata: SnapshotMetadata | undefined;
  for (const field of readFields(body)) {
    if (field.field === 1) sealed = toBytes(field);
    else if (field.field === 2) metadata = decodeMetadata(toBytes(field));
    else throw new WireError(`a snapshot has no field ${field.field}`);
  }
  if (metadata === undefined) throw new WireError("a snapshot has no metadata");
  const what = `the raft snapshot ${path}`;
  const data = sealed === undefined ? new Uint8Array() : await keys.unsealInSlices(sealed, what);
  return { data, metadata };
}

function decodeMetadata(bytes: Uint8Array): SnapshotMetadata {
  let confState: SnapshotMetadata["confState"] = { voters: [] };
  let index = 0;
  let term = 0;
  for (const field of readFields(bytes)) {
    if (field.field === 1) confState = decodeConfState(toBytes(field));
    else if (field.field === 2) index = toNumber(field);
    else if (field.field === 3) term = toNumber(field);
    else throw new WireError(`a snapshot's metadata has no field ${field.field}`);
  }
  return { confState, index, term };
}
