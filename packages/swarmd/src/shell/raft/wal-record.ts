/**
 * Records of the log as etcd writes them. A record is `{1: type, 2: crc, 3: data}`; the checksum runs on
 * over the data of all records since the log began. On disk a record is framed by an 8-byte little-endian
 * word: the low 56 bits are the record's length; when zero bytes follow to fill up eight, the top byte is
 * 0x80 plus their number. So every word is aligned and never crosses a disk sector.
 */
import { crc32c } from "./crc32c.ts";
import { readFields, toBytes, toNumber, WireError, WireWriter } from "./wire.ts";

/** What a record's data is. */
export const recordTypes = { metadata: 1, entry: 2, state: 3, crc: 4, snapshot: 5 } as const;

/** One of `recordTypes`. */
export type RecordType = (typeof recordTypes)[keyof typeof recordTypes];

/** A record without its checksum. Only a checksum record has no data. */
export interface WalRecord {
  readonly type: RecordType;
  readonly data: Uint8Array | undefined;
}

/** A record as read. */
export interface StoredRecord extends WalRecord {
  /** As stored: the checksum over all data up to and with this record. */
  readonly crc: number;
}

/** Bytes of the word before a record. */
export const frameWordBytes = 8;

/** The content of a frame's word. */
export interface FrameWord {
  readonly recordBytes: number;
  readonly paddingBytes: number;
}

/** Turns records into bytes and keeps the rolling checksum. */
export class RecordEncoder {
  private rollingCrc: number;
  private readonly chunks: Uint8Array[] = [];
  private chunksBytes = 0;

  /** `crc` is the checksum of all that was written before. */
  constructor(crc: number) {
    this.rollingCrc = crc;
  }

  /** The checksum up to the last record. */
  get crc(): number {
    return this.rollingCrc;
  }

  /** Appends one record. */
  append(record: WalRecord): void {
    if (record.data !== undefined) this.rollingCrc = crc32c(record.data, this.rollingCrc);
    const frame = encodeFrame(encodeRecord(record, this.rollingCrc));
    this.chunks.push(frame);
    this.chunksBytes += frame.length;
  }

  /** A record that holds only the checksum so far. */
  appendCrc(): void {
    this.append({ type: recordTypes.crc, data: undefined });
  }

  /** All bytes since the last call. */
  take(): Uint8Array {
    const bytes = Buffer.concat(this.chunks, this.chunksBytes);
    this.chunks.length = 0;
    this.chunksBytes = 0;
    return bytes;
  }
}

/** Reads a frame's word; undefined when no writer produces such a word. */
export function parseFrameWord(low: number, high: number): FrameWord | undefined {
  const top = high >>> 24;
  const recordBytes = (high & 0xffffff) * 2 ** 32 + (low >>> 0);
  const paddingBytes = (8 - (recordBytes % 8)) % 8;
  const topExpected = paddingBytes === 0 ? 0 : 0x80 | paddingBytes;
  if (recordBytes === 0 || top !== topExpected || !Number.isSafeInteger(recordBytes)) {
    return undefined;
  }
  return { recordBytes, paddingBytes };
}

/** Decodes what a frame holds. Throws a WireError when it is no record. */
export function decodeRecord(payload: Uint8Array): StoredRecord {
  let type = 0;
  let crc = 0;
  let data: Uint8Array | undefined;
  for (const field of readFields(payload)) {
    if (field.field === 1) type = toNumber(field);
    else if (field.field === 2) crc = toNumber(field);
    else if (field.field === 3) data = toBytes(field);
    else throw new WireError(`a record has no field ${field.field}`);
  }
  if (!isRecordType(type)) throw new WireError(`no record is of type ${type}`);
  if (crc > 0xffffffff) throw new WireError("a checksum has more than 32 bits");
  if ((data === undefined) !== (type === recordTypes.crc)) {
    throw new WireError(`a record of type ${type} ${data === undefined ? "lacks" : "has"} data`);
  }
  return { type, crc, data };
}

/** The record's bytes, without its frame. */
export function encodeRecord(record: WalRecord, crc: number): Uint8Array {
  const writer = new WireWriter((record.data?.length ?? 0) + 24);
  writer.number(1, record.type).number(2, crc);
  if (record.data !== undefined) writer.bytes(3, record.data);
  return writer.finish();
}

function encodeFrame(payload: Uint8Array): Uint8Array {
  const paddingBytes = (8 - (payload.length % 8)) % 8;
  const frame = new Uint8Array(frameWordBytes + payload.length + paddingBytes);
  const view = new DataView(frame.buffer);
  view.setUint32(0, payload.length >>> 0, true);
  const high = Math.floor(payload.length / 2 ** 32);
  view.setUint32(4, high | (paddingBytes === 0 ? 0 : (0x80 | paddingBytes) << 24), true);
  frame.set(payload, frameWordBytes);
  return frame;
}

function isRecordType(type: number): type is RecordType {
  return type >= recordTypes.metadata && type <= recordTypes.snapshot;
}
