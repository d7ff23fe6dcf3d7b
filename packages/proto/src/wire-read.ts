// What compiled decoders call. `reader.len` is always the end of the message being read, so nothing
// here can read past it.
import protobuf from "protobufjs/minimal.js";
import { DecodeError } from "./errors.ts";

/** A reader of protobufjs, over a Buffer. */
export type Reader = protobuf.Reader;

/** Where unknown fields lie in the input: start and end, start and end, and so on. */
export type Ranges = number[];

/** Bits of a varint in three parts, because 64 do not fit a number: 28, 28 and 8. */
const PART = 0x10000000;
const PART_MASK = PART - 1;

/** More than any varint of 64 bits needs. */
const VARINT_BYTES_MAX = 10;

let low = 0;
let middle = 0;
let high = 0;

/** A reader over the bytes, which it does not copy. */
export function createReader(bytes: Uint8Array): Reader {
  return new protobuf.BufferReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/** Narrows the reader to a part with a length in front; returns the end to `leave` with. */
export function enter(reader: Reader): number {
  const size = reader.uint32();
  const outerEnd = reader.len;
  const end = reader.pos + size;
  if (end > outerEnd) {
    throw new RangeError(`a length of ${size} bytes, where ${outerEnd - reader.pos} are left`);
  }
  reader.len = end;
  return outerEnd;
}

/** A string; bytes that are not UTF-8 become U+FFFD, since Go's peers let them pass. */
export function readString(reader: Reader): string {
  return reader.string();
}

/** Bytes of their own, so that a small value does not hold the whole input in memory. */
export function readBytes(reader: Reader): Uint8Array {
  return new Uint8Array(reader.bytes());
}

/** An unsigned 64-bit integer as a number. */
export function readUint64(reader: Reader, place: string): number {
  const first = reader.buf[reader.pos];
  if (first !== undefined && first < 0x80 && reader.pos < reader.len) {
    reader.pos++;
    return first;
  }
  readParts(reader);
  const value = low + middle * PART;
  if (high !== 0 || value > Number.MAX_SAFE_INTEGER) throw tooLarge(place);
  return value;
}

/** A signed 64-bit integer as a number. */
export function readInt64(reader: Reader, place: string): number {
  const first = reader.buf[reader.pos];
  if (first !== undefined && first < 0x80 && reader.pos < reader.len) {
    reader.pos++;
    return first;
  }
  readParts(reader);
  if (high < 0x80) {
    const value = low + middle * PART;
    if (high !== 0 || value > Number.MAX_SAFE_INTEGER) throw tooLarge(place);
    return value;
  }
  // Two's complement: invert all bits and add one.
  const size = (~low & PART_MASK) + (~middle & PART_MASK) * PART + 1;
  if (high !== 0xff || size > Number.MAX_SAFE_INTEGER) throw tooLarge(place);
  return -size;
}

/** An unsigned 64-bit integer in decimal. */
export function readDecimal(reader: Reader): string {
  readParts(reader);
  const value = low + middle * PART;
  if (high === 0 && value <= Number.MAX_SAFE_INTEGER) return String(value);
  return String((BigInt(high) << 56n) | (BigInt(middle) << 28n) | BigInt(low));
}

/** The name of an enum's value; a number without a name becomes `#` and the number. */
export function readEnum(reader: Reader, names: readonly (string | undefined)[]): string {
  const value = reader.int32();
  return names[value] ?? `#${value}`;
}

/**
 * Skips a field that the message does not have, and notes where it lies. A known field in a wrong
 * wire type is refused, as Go's peers refuse it: passed on, it would stop them.
 */
export function skipUnknown(
  reader: Reader,
  tag: number,
  start: number,
  ranges: Ranges | undefined,
): Ranges {
  reader.skipType(tag & 7, 0, tag >>> 3);
  if (ranges === undefined) return [start, reader.pos];
  if (ranges[ranges.length - 1] === start) ranges[ranges.length - 1] = reader.pos;
  else ranges.push(start, reader.pos);
  return ranges;
}

/** The unknown fields as one piece, after those of an earlier part of the same message. */
export function collectUnknown(
  reader: Reader,
  ranges: Ranges,
  earlier: Uint8Array[] | undefined,
): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let index = 0; index < ranges.length; index += 2) {
    parts.push(reader.buf.subarray(ranges[index], ranges[index + 1]));
  }
  const piece = new Uint8Array(Buffer.concat(parts));
  if (earlier === undefined) return [piece];
  earlier.push(piece);
  return earlier;
}

/** Reads a varint into `low`, `middle` and `high`. */
function readParts(reader: Reader): void {
  low = 0;
  middle = 0;
  high = 0;
  const { buf, len } = reader;
  for (let index = 0; index < VARINT_BYTES_MAX; index++) {
    if (reader.pos >= len) throw new RangeError("a number is cut off");
    const byte = buf[reader.pos++] ?? 0;
    const bits = byte & 0x7f;
    if (index < 4) low |= bits << (7 * index);
    else if (index < 8) middle |= bits << (7 * (index - 4));
    else high |= (bits << (7 * (index - 8))) & 0xff;
    if (byte < 0x80) return;
  }
  throw new RangeError("a number has more than ten bytes");
}

function tooLarge(place: string): DecodeError {
  return new DecodeError(place, "the number does not fit 53 bits, and we cannot hold it exactly");
}
