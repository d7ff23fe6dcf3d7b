/**
 * The form of a backup file, version 1. All numbers before records are 4 bytes, big-endian.
 *
 *   "SWMBACK\n"                                8 bytes
 *   length, header                             see encodeHeader; its form never changes incompatibly
 *   SHA-256 of all before                      32 bytes
 *   { length > 0, MaybeEncryptedRecord } ...   consecutive parts of the StoreSnapshot, under the data key
 *   0
 *   length, seal                               a MaybeEncryptedRecord: SHA-256 of all before the 0
 *   SHA-256 of all before                      32 bytes, and nothing after it
 *
 * The last checksum finds damage without any key. The seal finds what is no accident: parts that somebody
 * without the key has exchanged. The data key stands in the header, under the swarm's unlock key when its
 * managers are locked, and in clear otherwise.
 */
import { readFields, toBytes, toNumber, WireError, WireWriter } from "../raft/wire.ts";

/** The first bytes of every backup. */
export const backupMagic: Uint8Array = Buffer.from("SWMBACK\n");

/** Of the files that are written; readers refuse newer ones. */
export const backupVersion = 1;

/** Length of SHA-256. */
export const digestBytes = 32;

/** Of the numbers before records. */
export const lengthBytes = 4;

/** Plain bytes in one part: encrypting one takes a millisecond or two. */
export const partBytesMax: number = 128 * 1024;

/** Bytes of a record: a part and what encryption adds. */
export const recordBytesMax: number = partBytesMax + 1024;

/** Bytes of a header, with room for what newer versions may add. */
export const headerBytesMax: number = 64 * 1024;

/** What a backup says of itself. */
export interface BackupHeader {
  readonly version: number;
  readonly clusterId: string;
  /** The last log entry that the store has, and the term in which that was known. */
  readonly index: number;
  readonly term: number;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  /** A MaybeEncryptedRecord around the key of all that follows. */
  readonly dataKeyRecord: Uint8Array;
}

/** The header's bytes. */
export function encodeHeader(header: BackupHeader): Uint8Array {
  return new WireWriter(256)
    .number(1, header.version)
    .bytes(2, Buffer.from(header.clusterId))
    .number(3, header.index)
    .number(4, header.term)
    .number(5, header.createdAtMs)
    .bytes(6, header.dataKeyRecord)
    .finish();
}

/** The inverse; passes over fields of newer versions. Throws a WireError. */
export function decodeHeader(bytes: Uint8Array): BackupHeader {
  const numbers = new Map<number, number>();
  const texts = new Map<number, Uint8Array>();
  for (const field of readFields(bytes)) {
    if (field.bytes === undefined) numbers.set(field.field, toNumber(field));
    else texts.set(field.field, toBytes(field));
  }
  const number = (field: number): number => found(numbers, field);
  return {
    version: number(1),
    clusterId: Buffer.from(found(texts, 2)).toString(),
    index: number(3),
    term: number(4),
    createdAtMs: number(5),
    dataKeyRecord: found(texts, 6).slice(),
  };
}

/** The bytes of a length as they stand before a record. */
export function encodeLength(length: number): Uint8Array {
  const bytes = Buffer.alloc(lengthBytes);
  bytes.writeUInt32BE(length);
  return bytes;
}

function found<T>(fields: ReadonlyMap<number, T>, field: number): T {
  const value = fields.get(field);
  if (value === undefined) throw new WireError(`a backup's header lacks field ${field}`);
  return value;
}
