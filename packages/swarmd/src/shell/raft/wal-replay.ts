/**
 * Reads the log back: every record from the newest segment that begins at or before the snapshot. Ends
 * with what the log says, and where writing goes on. Anything that is not a clean log or a torn last write
 * (see wal-damage.ts) is an error that names the file and the offset.
 */
import { join } from "node:path";
import type { Entry, HardState } from "@swarmkit/raft";
import { SwarmdError } from "../errors.ts";
import { toDiskError } from "../state-dir/disk-error.ts";
import { crc32c } from "./crc32c.ts";
import { decodeEntry, decodeHardState, decodeSnapshotPosition } from "./log-codec.ts";
import type { LogKeys } from "./log-keys.ts";
import { findCorruption } from "./wal-damage.ts";
import type { WalFiles } from "./wal-files.ts";
import {
  decodeRecord,
  frameWordBytes,
  parseFrameWord,
  recordTypes,
  type StoredRecord,
} from "./wal-record.ts";
import { Segment } from "./wal-segment.ts";
import { parseSegmentName, type SegmentName } from "./wal-segment-name.ts";
import { WireError } from "./wire.ts";

/** What to read. */
export interface ReplayRequest {
  readonly files: WalFiles;
  readonly directory: string;
  /** The snapshot that the host starts from; index 0 for none. */
  readonly snapshot: Position;
  readonly keys: LogKeys;
  /** The length that segments are made with. */
  readonly segmentBytes: number;
}

/** Where the next record goes. */
export interface WalTail {
  readonly segment: SegmentName;
  readonly offset: number;
  readonly crc: number;
  /** Index of the last entry in the log, 0 when there is none. */
  readonly lastIndex: number;
  /** Highest index of any entry that was read, also of one that was replaced since. */
  readonly highestIndex: number;
}

/** A torn write that is to be cut off. */
export interface TornTail {
  readonly path: string;
  readonly offset: number;
}

/** What the log says. */
export interface Replay {
  readonly metadata: Uint8Array;
  readonly hardState: HardState | undefined;
  /** After the snapshot, consecutive, decrypted. */
  readonly entries: readonly Entry[];
  readonly tail: WalTail;
  readonly torn: TornTail | undefined;
}

/** Reads the log. Throws SwarmdError `wal-corrupt`, `wal-unsupported` or `raft-key-wrong`. */
export async function replayWal(request: ReplayRequest): Promise<Replay> {
  const names = await selectSegments(request);
  const replay = new LogReplay(request);
  for (const [position, name] of names.entries()) {
    await replay.readSegment(name, position === names.length - 1);
  }
  return replay.finish();
}

/** Segment files of the directory, in order. */
export async function listSegments(
  files: WalFiles,
  directory: string,
): Promise<readonly SegmentName[]> {
  const names = (await files.list(directory)).map(parseSegmentName);
  return names
    .filter((name) => name !== undefined)
    .sort((left, right) => left.sequence - right.sequence);
}

async function selectSegments(request: ReplayRequest): Promise<readonly SegmentName[]> {
  const { directory, files, snapshot } = request;
  const names = await listSegments(files, directory);
  const start = names.findLastIndex((name) => name.firstIndex <= snapshot.index);
  if (start < 0) {
    throw corrupt(directory, `no segment goes back to entry ${snapshot.index + 1}`);
  }
  const selected = names.slice(start);
  for (const [position, name] of selected.entries()) {
    const expected = (selected[0] as SegmentName).sequence + position;
    if (name.sequence !== expected) {
      throw corrupt(directory, `the segment before ${name.fileName} is missing`);
    }
  }
  return selected;
}

class LogReplay {
  private readonly request: ReplayRequest;
  private metadata: Uint8Array | undefined;
  private hardState: HardState | undefined;
  private entries: Entry[] = [];
  private lastIndex = 0;
  private highestIndex = 0;
  private isSnapshotFound = false;
  /** Term of the entry at the snapshot's index, as far as the log has been read; undefined for none. */
  private termAtSnapshot: number | undefined;
  /** Snapshots after the one that the host starts from. */
  private readonly laterSnapshots: Position[] = [];
  private tail: WalTail | undefined;
  private torn: TornTail | undefined;
  /** Undefined until the first checksum record, which gives the start. */
  private crc: number | undefined;

  constructor(request: ReplayRequest) {
    this.request = request;
    if (request.snapshot.index === 0) this.termAtSnapshot = 0;
  }

  async readSegment(name: SegmentName, isLastSegment: boolean): Promise<void> {
    const path = join(this.request.directory, name.fileName);
    const segment = await readSegmentFile(this.request.files, path);
    let offset = 0;
    let recordCount = 0;
    while (offset < segment.content.length) {
      const { segmentBytes } = this.request;
      const site = { offset, isLastSegment, isPastHead: recordCount >= 2, segmentBytes };
      const frame = readFrame(segment, offset, this.crc ?? 0, recordCount === 0);
      if (typeof frame === "string") {
        const reason = findCorruption(segment, site);
        if (reason !== undefined) throw corrupt(path, `${frame}, and ${reason}`, offset);
        this.torn = { path, offset };
        break;
      }
      this.checkHead(frame.record, recordCount, name, path);
      this.apply(frame.record, path, offset);
      offset += frame.bytes;
      recordCount += 1;
    }
    if (recordCount < 2) throw corrupt(path, "the segment's head is missing", offset);
    const { crc = 0, highestIndex, lastIndex } = this;
    this.tail = { segment: name, offset, crc, lastIndex, highestIndex };
  }

  finish(): Replay {
    const { directory, snapshot } = this.request;
    const { metadata, hardState, entries, tail, torn } = this;
    if (metadata === undefined || tail === undefined) throw corrupt(directory, "it is empty");
    if (!this.isSnapshotFound) {
      throw corrupt(directory, `it has no record of the snapshot at entry ${snapshot.index}`);
    }
    const lastIndex = snapshot.index + entries.length;
    if (hardState !== undefined && hardState.commit > lastIndex) {
      const detail = `entry ${hardState.commit} was committed, but the log ends at ${lastIndex}`;
      throw corrupt(directory, detail);
    }
    this.checkLaterSnapshots(hardState?.commit ?? 0);
    return { metadata, hardState, entries, tail, torn };
  }

  /** A leader's snapshot may have replaced what stands before it: without that one, nothing is sure. */
  private checkLaterSnapshots(commit: number): void {
    const { directory, snapshot } = this.request;
    const missing = this.laterSnapshots.find(
      ({ index, term }) =>
        index <= commit && this.entries[index - snapshot.index - 1]?.term !== term,
    );
    if (missing === undefined) return;
    throw corrupt(
      directory,
      `it goes on from a snapshot at entry ${missing.index}, which is not there`,
    );
  }

  /** A segment begins with the checksum so far and with the metadata, which never changes. */
  private checkHead(record: StoredRecord, position: number, name: SegmentName, path: string): void {
    const expected = [recordTypes.crc, recordTypes.metadata][position];
    if (expected !== undefined && record.type !== expected) {
      throw corrupt(path, "the segment does not begin with its head", 0);
    }
    if (position !== 0) return;
    const isFirstRead = this.crc === undefined;
    const start = name.sequence === 0 ? 0 : this.crc;
    if (start !== undefined && record.crc !== start) {
      const detail = isFirstRead
        ? "the first segment does not start with checksum 0"
        : "its checksum does not continue the segment before";
      throw corrupt(path, detail, 0);
    }
    this.crc = record.crc;
  }

  private apply(record: StoredRecord, path: string, offset: number): void {
    this.crc = record.crc;
    try {
      this.applyData(record, path, offset);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      throw corrupt(path, `the record cannot be read: ${error.message}`, offset, error);
    }
  }

  private applyData(record: StoredRecord, path: string, offset: number): void {
    const { data } = record;
    if (data === undefined) return;
    switch (record.type) {
      case recordTypes.metadata:
        if (this.metadata !== undefined && Buffer.compare(this.metadata, data) !== 0) {
          throw corrupt(path, "its metadata is that of another log", offset);
        }
        this.metadata = data.slice();
        return;
      case recordTypes.entry:
        this.applyEntry(decodeEntry(data), path, offset);
        return;
      case recordTypes.state:
        this.hardState = decodeHardState(data);
        return;
      case recordTypes.snapshot:
        this.applySnapshot(decodeSnapshotPosition(data), path, offset);
        return;
      case recordTypes.crc:
        return;
    }
  }

  private applyEntry(entry: Entry, path: string, offset: number): void {
    const { keys, snapshot } = this.request;
    this.lastIndex = entry.index;
    this.highestIndex = Math.max(this.highestIndex, entry.index);
    if (entry.index <= snapshot.index) {
      // Written again by a later leader: what followed it then is replaced as well.
      this.entries.length = 0;
      this.termAtSnapshot = entry.index === snapshot.index ? entry.term : undefined;
      return;
    }
    const position = entry.index - snapshot.index - 1;
    if (position > this.entries.length) {
      const expected = snapshot.index + this.entries.length + 1;
      throw corrupt(path, `entry ${entry.index} follows, where ${expected} should`, offset);
    }
    const what = `entry ${entry.index} of the raft log ${path} at offset ${offset}`;
    // A copy, because a view would keep the whole segment in memory.
    const data = keys.unseal(entry.data, what).slice();
    // A later leader's entry replaces this one and all that followed it.
    this.entries.length = position;
    this.entries.push({ ...entry, data });
  }

  private applySnapshot(found: Position, path: string, offset: number): void {
    const { snapshot } = this.request;
    if (found.index > snapshot.index) {
      this.laterSnapshots.push({ index: found.index, term: found.term });
    }
    if (found.index !== snapshot.index) return;
    if (found.term !== snapshot.term) {
      const detail = `the snapshot at entry ${found.index} has term ${snapshot.term}`;
      throw corrupt(path, `${detail}, but the log says ${found.term}`, offset);
    }
    this.isSnapshotFound = true;
    // A leader's snapshot of entries that this log did not have: all that it had is void.
    if (this.termAtSnapshot !== found.term) this.entries.length = 0;
    this.termAtSnapshot = found.term;
  }
}

interface Position {
  readonly index: number;
  readonly term: number;
}

async function readSegmentFile(files: WalFiles, path: string): Promise<Segment> {
  try {
    const file = await files.open(path, { create: false });
    return await Segment.read(file).finally(() => file.close());
  } catch (error) {
    throw toDiskError(error, "read the raft log", path);
  }
}

interface Frame {
  readonly record: StoredRecord;
  readonly bytes: number;
}

/** The record at `offset`, or what is wrong with it. */
function readFrame(
  segment: Segment,
  offset: number,
  crc: number,
  isFirst: boolean,
): Frame | string {
  const head = segment.slice(offset, offset + frameWordBytes);
  if (head.length < frameWordBytes) return "the file ends within a record";
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const word = parseFrameWord(view.getUint32(0, true), view.getUint32(4, true));
  if (word === undefined) return "a record's length is not valid";
  const start = offset + frameWordBytes;
  const end = start + word.recordBytes + word.paddingBytes;
  if (end > segment.fileBytes) return "the file ends within a record";
  const payload = segment.slice(start, start + word.recordBytes);
  if (!segment.isZero(start + word.recordBytes, end)) return "a record's padding is not zero";
  try {
    const record = decodeRecord(payload);
    const expected = record.data === undefined ? crc : crc32c(record.data, crc);
    // The first record of a segment states the checksum to go on from.
    if (record.crc !== expected && !isFirst) return "a record's checksum is wrong";
    return { record, bytes: end - offset };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return `a record cannot be read (${error.message})`;
  }
}

/** The error for a log that cannot be trusted. */
export function corrupt(path: string, what: string, offset?: number, cause?: unknown): SwarmdError {
  const at = offset === undefined ? "" : ` at offset ${offset}`;
  return new SwarmdError(
    "wal-corrupt",
    `the raft log ${path} is damaged${at}: ${what}. Acknowledged data may be missing, so nothing ` +
      "was changed. When other managers are up, remove this node from the cluster and join it " +
      "again with an empty state directory; otherwise restore the state directory from a backup",
    cause === undefined ? {} : { cause },
  );
}
