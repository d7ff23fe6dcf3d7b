/**
 * The log on disk, in etcd's format with SwarmKit's encryption. Records are gathered in memory and flushed
 * together: one write and one fdatasync, however many there are. A failed flush is final: what the disk
 * holds is then unknown, and asking again may answer "done" for data that the kernel has dropped.
 */
import { dirname, join } from "node:path";
import type { Entry, HardState } from "@swarmkit/raft";
import type { SwarmdError } from "../errors.ts";
import { toDiskError } from "../state-dir/disk-error.ts";
import {
  encodeEntry,
  encodeHardState,
  encodeSnapshotPosition,
  type SnapshotPosition,
} from "./log-codec.ts";
import type { LogKeys } from "./log-keys.ts";
import type { WalFile, WalFiles } from "./wal-files.ts";
import { RecordEncoder, recordTypes, type WalRecord } from "./wal-record.ts";
import { listSegments, type Replay, replayWal } from "./wal-replay.ts";
import { formatSegmentName, type SegmentName } from "./wal-segment-name.ts";

/** Preallocated size of a segment; the next one is begun once it is reached. etcd's value. */
export const segmentBytesDefault = 64_000_000;

/** What every log needs. */
export interface WalOptions {
  readonly files: WalFiles;
  readonly directory: string;
  readonly keys: LogKeys;
  /** See segmentBytesDefault; smaller in tests. */
  readonly segmentBytes: number;
}

/** A log that was opened, and what it held. */
export interface OpenedWal {
  readonly wal: Wal;
  readonly replay: Replay;
}

/** A record that waits for a flush, and what the log's end says once it is written. */
interface PendingRecord extends WalRecord {
  readonly hardState?: HardState;
  readonly lastIndex?: number;
  readonly snapshotIndex?: number;
}

interface WalStart {
  readonly metadata: Uint8Array;
  readonly hardState: HardState | undefined;
  readonly file: WalFile;
  readonly segment: SegmentName;
  readonly offset: number;
  readonly crc: number;
  readonly lastIndex: number;
  readonly highestIndex: number;
}

/** The log, open for appending. */
export class Wal {
  private readonly options: WalOptions;
  private readonly metadata: Uint8Array;
  private readonly encoder: RecordEncoder;
  private file: WalFile;
  private segment: SegmentName;
  private offset: number;
  /** The newest that was written; begins the next segment. */
  private hardState: HardState | undefined;
  /** Index of the last entry that was written, or of a snapshot that replaced it. */
  private lastIndex: number;
  /** Whether the next flush ends the segment, whatever its length. */
  private isCutDue = false;
  /** Sequence of the first segment that is free of what `beginSegment` left behind. */
  private cleanSequence = 0;
  /** Its first entry. */
  private cleanIndex = 0;
  private highestAppended: number;
  private pending: PendingRecord[] = [];
  /** Whether all that was written is durable, once the flushes under way are done. */
  private isDurable = true;
  private flushes: Promise<void> = Promise.resolve();
  private failure: SwarmdError | undefined;

  private constructor(options: WalOptions, start: WalStart) {
    this.options = options;
    this.metadata = start.metadata;
    this.hardState = start.hardState;
    this.file = start.file;
    this.segment = start.segment;
    this.offset = start.offset;
    this.lastIndex = start.lastIndex;
    this.highestAppended = start.highestIndex;
    this.encoder = new RecordEncoder(start.crc);
  }

  /** Whether `directory` holds a log. A directory that a crash left half made has another name. */
  static async exists(files: WalFiles, directory: string): Promise<boolean> {
    return (await files.list(directory)).length > 0;
  }

  /**
   * Makes a new log; its directory appears with the head of the first segment in it, or not at all.
   * `metadata` is kept at the head of every segment.
   */
  static async create(options: WalOptions, metadata: Uint8Array): Promise<Wal> {
    const { directory, files } = options;
    const temporary = `${directory}.tmp`;
    const segment = formatSegmentName(0, 0);
    try {
      await files.remove(temporary);
      await files.makeDirectory(temporary);
      const encoder = new RecordEncoder(0);
      encoder.appendCrc();
      encoder.append({ type: recordTypes.metadata, data: metadata });
      const origin = encodeSnapshotPosition({ index: 0, term: 0, confState: undefined });
      encoder.append({ type: recordTypes.snapshot, data: origin });
      const path = join(temporary, segment.fileName);
      const { file, offset } = await createSegment(options, path, encoder.take());
      await files.syncDirectory(temporary);
      await files.rename(temporary, directory);
      await files.syncDirectory(dirname(directory));
      const { crc } = encoder;
      return new Wal(options, {
        ...{ metadata, hardState: undefined, file, segment, offset, crc },
        ...{ lastIndex: 0, highestIndex: 0 },
      });
    } catch (error) {
      throw toDiskError(error, "create the raft log in", directory);
    }
  }

  /**
   * Reads the log from `snapshot` on and opens it for appending. The torn tail of a last write is zeroed;
   * see Replay.torn. Everything that was read is durable afterwards, also what a killed process had only
   * handed to the kernel.
   */
  static async open(
    options: WalOptions,
    snapshot: { readonly index: number; readonly term: number },
  ): Promise<OpenedWal> {
    const { directory, files, keys, segmentBytes } = options;
    const replay = await replayWal({ files, directory, snapshot, keys, segmentBytes });
    const { segment, offset, crc } = replay.tail;
    const path = join(directory, segment.fileName);
    try {
      const file = await files.open(path, { create: false });
      const fileBytes = await file.size();
      // What follows is zero already, unless it is torn; shortening and lengthening makes it so.
      if (replay.torn !== undefined) await file.truncate(offset);
      if (replay.torn !== undefined || fileBytes < segmentBytes) {
        await file.truncate(Math.max(offset, segmentBytes));
      }
      await file.datasync();
      for (const name of await files.list(directory)) {
        if (name.endsWith(".tmp")) await files.remove(join(directory, name));
      }
      const { hardState, metadata } = replay;
      const lastIndex = Math.max(replay.tail.lastIndex, snapshot.index);
      const highestIndex = Math.max(replay.tail.highestIndex, snapshot.index);
      const start = { metadata, hardState, file, segment, offset, crc, lastIndex, highestIndex };
      return { wal: new Wal(options, start), replay };
    } catch (error) {
      throw toDiskError(error, "open for appending", path);
    }
  }

  /** Bytes in the current segment. */
  get segmentOffset(): number {
    return this.offset;
  }

  /** Highest index of an entry that was ever added, also of one that was replaced since. */
  get highestIndex(): number {
    return this.highestAppended;
  }

  /** The next durable flush is the last into this segment, so that the segment can be removed one day. */
  beginSegment(): void {
    this.isCutDue = true;
  }

  /** Whether a snapshot at `index` allows to remove what `beginSegment` left, and the newest does not. */
  isSnapshotUseful(index: number, newestIndex: number): boolean {
    return newestIndex < this.cleanIndex && this.cleanIndex <= index;
  }

  /** Adds entries, then the hard state, to the next flush. Entries replace those of the same index. */
  append(entries: readonly Entry[], hardState: HardState | undefined): void {
    for (const entry of entries) {
      const data = encodeEntry(entry, this.options.keys.seal(entry.data));
      this.pending.push({ type: recordTypes.entry, data, lastIndex: entry.index });
      this.highestAppended = Math.max(this.highestAppended, entry.index);
    }
    if (hardState === undefined) return;
    this.pending.push({ type: recordTypes.state, data: encodeHardState(hardState), hardState });
  }

  /** Adds a snapshot's place to the next flush. It must be durable before the snapshot's file appears. */
  appendSnapshot(position: SnapshotPosition): void {
    const data = encodeSnapshotPosition(position);
    this.pending.push({ type: recordTypes.snapshot, data, snapshotIndex: position.index });
  }

  /**
   * Writes what was added; with `sync`, resolves when all of it is durable. Flushes happen in the order
   * of the calls. Rejects with the first failure, now and ever after.
   */
  flush(options: { readonly sync: boolean }): Promise<void> {
    this.flushes = this.flushes.then(() => this.flushPending(options.sync));
    return this.flushes;
  }

  /** Makes everything durable and closes the file, also when a flush has failed before. */
  async close(): Promise<void> {
    try {
      await this.flush({ sync: true });
    } finally {
      await this.file.close();
    }
  }

  /**
   * Removes segments that a start from the snapshot at `index` does not read. As SwarmKit does, one more
   * than needed is kept, unless `beginSegment` was to make it superfluous.
   */
  async removeSegmentsBefore(index: number): Promise<void> {
    const { directory, files } = this.options;
    const names = await listSegments(files, directory);
    const firstNeeded = names.findLastIndex((name) => name.firstIndex <= index);
    const firstClean = names.findIndex((name) => name.sequence >= this.cleanSequence);
    const end = Math.max(0, firstNeeded - 1, Math.min(firstNeeded, firstClean));
    try {
      for (const name of names.slice(0, end)) {
        await files.remove(join(directory, name.fileName));
      }
    } catch (error) {
      throw toDiskError(error, "remove old segments of the raft log from", directory);
    }
  }

  private async flushPending(sync: boolean): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    if (this.pending.length === 0 && (this.isDurable || !sync)) return;
    try {
      await this.writePending();
      if (!sync) return;
      await this.file.datasync();
      this.isDurable = true;
      if (this.isCutDue || this.offset >= this.options.segmentBytes) await this.cut();
    } catch (error) {
      const path = join(this.options.directory, this.segment.fileName);
      this.failure = toDiskError(error, "write the raft log", path);
      throw this.failure;
    }
  }

  private async writePending(): Promise<void> {
    if (this.pending.length === 0) return;
    const records = this.pending;
    this.pending = [];
    // States that all before is durable: see wal-damage.ts.
    if (this.isDurable) this.encoder.appendCrc();
    this.isDurable = false;
    for (const record of records) {
      this.encoder.append(record);
      this.hardState = record.hardState ?? this.hardState;
      // The next segment must not look as if it had the record of a snapshot beyond all entries.
      this.lastIndex = record.lastIndex ?? Math.max(this.lastIndex, record.snapshotIndex ?? 0);
    }
    const bytes = this.encoder.take();
    await this.file.write(bytes, this.offset);
    this.offset += bytes.length;
  }

  /** Goes on in a new segment. The old one is complete and durable, and then shortened to its content. */
  private async cut(): Promise<void> {
    const { directory, files } = this.options;
    const segment = formatSegmentName(this.segment.sequence + 1, this.lastIndex + 1);
    if (this.isCutDue) {
      this.cleanSequence = segment.sequence;
      this.cleanIndex = this.lastIndex + 1;
    }
    this.isCutDue = false;
    this.encoder.appendCrc();
    this.encoder.append({ type: recordTypes.metadata, data: this.metadata });
    if (this.hardState !== undefined) {
      this.encoder.append({ type: recordTypes.state, data: encodeHardState(this.hardState) });
    }
    const temporary = join(directory, "0.tmp");
    const created = await createSegment(this.options, temporary, this.encoder.take());
    await files.rename(temporary, join(directory, segment.fileName));
    await files.syncDirectory(directory);
    const old = { file: this.file, offset: this.offset };
    this.file = created.file;
    this.offset = created.offset;
    this.segment = segment;
    await old.file.truncate(old.offset);
    await old.file.datasync();
    await old.file.close();
  }
}

/** A preallocated file that begins with `head`, durable but for its name. */
async function createSegment(
  options: WalOptions,
  path: string,
  head: Uint8Array,
): Promise<{ readonly file: WalFile; readonly offset: number }> {
  const file = await options.files.open(path, { create: true });
  try {
    await file.truncate(options.segmentBytes);
    await file.write(head, 0);
    await file.datasync();
  } catch (error) {
    await file.close();
    throw error;
  }
  return { file, offset: head.length };
}
