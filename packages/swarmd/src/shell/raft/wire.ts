/**
 * A small protobuf writer and reader for the few messages of the log whose coding is on the hot path or
 * that are no part of the published protocol (walpb, snappb). The reader is strict: what these files
 * never contain is damage.
 */

/** Thrown by the reader: the bytes are not the message they should be. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** Appends fields to a buffer that grows. */
export class WireWriter {
  private buffer: Uint8Array;
  private length = 0;

  constructor(capacityBytes = 64) {
    this.buffer = new Uint8Array(capacityBytes);
  }

  /** A safe whole number under `field`. */
  number(field: number, value: number): this {
    return this.raw(field << 3).raw(value);
  }

  /** A decimal uint64 under `field`. */
  id(field: number, value: string): this {
    this.raw(field << 3);
    let rest = BigInt(value);
    for (; rest >= 0x80n; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
    return this.byte(Number(rest));
  }

  /** The beginning of a length-delimited field whose content is put behind by somebody else. */
  lengthOf(field: number, contentBytes: number): this {
    return this.raw((field << 3) | 2).raw(contentBytes);
  }

  /** Length-delimited bytes under `field`. */
  bytes(field: number, value: Uint8Array): this {
    this.lengthOf(field, value.length).reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
    return this;
  }

  /** What was written; valid until the next write. */
  finish(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  private raw(value: number): this {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80);
    return this.byte(rest);
  }

  private byte(value: number): this {
    this.reserve(1);
    this.buffer[this.length] = value;
    this.length += 1;
    return this;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + bytes));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}

/** One field as read: its number, and its value by wire type. */
export interface WireField {
  readonly field: number;
  /** Set for a length-delimited field. */
  readonly bytes: Uint8Array | undefined;
  /** Set for a varint. */
  readonly varint: bigint | number;
}

/** Reads all fields of a message in order. Only varints and length-delimited fields are known. */
export function* readFields(message: Uint8Array): Generator<WireField> {
  const cursor = { position: 0 };
  while (cursor.position < message.length) {
    const tag = readVarint(message, cursor);
    if (typeof tag !== "number") throw new WireError("a tag is too large");
    const field = Math.floor(tag / 8);
    if (tag % 8 === 0) {
      yield { field, bytes: undefined, varint: readVarint(message, cursor) };
    } else if (tag % 8 === 2) {
      const length = toSafeNumber(readVarint(message, cursor));
      const end = cursor.position + length;
      if (end > message.length) throw new WireError("a field is longer than its message");
      yield { field, bytes: message.subarray(cursor.position, end), varint: 0 };
      cursor.position = end;
    } else {
      throw new WireError(`field ${field} has an unexpected form`);
    }
  }
}

/** The field as a safe whole number. */
export function toNumber(field: WireField): number {
  if (field.bytes !== undefined) throw new WireError(`field ${field.field} is not a number`);
  return toSafeNumber(field.varint);
}

/** The field as a decimal uint64. */
export function toId(field: WireField): string {
  if (field.bytes !== undefined) throw new WireError(`field ${field.field} is not a number`);
  return String(field.varint);
}

/** The field as bytes: a view of the message, not a copy. */
export function toBytes(field: WireField): Uint8Array {
  if (field.bytes === undefined) throw new WireError(`field ${field.field} is not bytes`);
  return field.bytes;
}

function toSafeNumber(value: bigint | number): number {
  if (typeof value === "number") return value;
  throw new WireError("a number is beyond the safe range");
}

/** A number while it is safe, a bigint above. */
function readVarint(message: Uint8Array, cursor: { position: number }): bigint | number {
  const start = cursor.position;
  let value = 0;
  let scale = 1;
  for (let count = 0; count < 10; count += 1) {
    const byte = message[cursor.position];
    if (byte === undefined) throw new WireError("the message ends within a number");
    cursor.position += 1;
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (byte < 0x80) {
      return Number.isSafeInteger(value) ? value : readBigVarint(message, start, cursor.position);
    }
  }
  throw new WireError("a number has too many bytes");
}

function readBigVarint(message: Uint8Array, start: number, end: number): bigint {
  let value = 0n;
  for (let position = end - 1; position >= start; position -= 1) {
    value = (value << 7n) | BigInt((message[position] as number) & 0x7f);
  }
  if (value >= 1n << 64n) throw new WireError("a number has more than 64 bits");
  return value;
}
