// What compiled encoders call. Every function refuses what the field cannot carry: protobufjs itself
// would write 0 for a bigint, and the low bits of a number that is too large.
import Long from "long";
import protobuf from "protobufjs/minimal.js";
import { EncodeError } from "./errors.ts";

/** A writer of protobufjs. */
export type Writer = protobuf.Writer;

const INT32_MIN = -0x80000000;
const INT32_MAX = 0x7fffffff;
const UINT32_MAX = 0xffffffff;
const UINT64_MAX = 0xffffffffffffffffn;

const DECIMAL = /^(?:0|[1-9][0-9]{0,19})$/;
const ENUM_NUMBER = /^#(?:0|-?[1-9][0-9]{0,9})$/;

/** A writer without any bytes yet. */
export function createWriter(): Writer {
  return new protobuf.BufferWriter();
}

/** A string; half a surrogate pair becomes U+FFFD, because UTF-8 has no form for it. */
export function writeString(writer: Writer, value: string): void {
  writer.string(value.isWellFormed() ? value : value.toWellFormed());
}

/** A number from 0 to 2^53-1. */
export function writeUint64(writer: Writer, value: unknown, place: string): void {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new EncodeError(place, "an integer from 0 to 2^53-1", value);
  }
  if (value <= UINT32_MAX) writer.uint32(value);
  else writer.uint64(value);
}

/** A number from -(2^53-1) to 2^53-1. */
export function writeInt64(writer: Writer, value: unknown, place: string): void {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    throw new EncodeError(place, "an integer from -(2^53-1) to 2^53-1", value);
  }
  if (value >= 0 && value <= UINT32_MAX) writer.uint32(value);
  else writer.int64(value);
}

/** A number from 0 to 2^32-1. */
export function writeUint32(writer: Writer, value: unknown, place: string): void {
  if (!isIntegerWithin(value, 0, UINT32_MAX)) {
    throw new EncodeError(place, "an integer from 0 to 2^32-1", value);
  }
  writer.uint32(value);
}

/** A number from -2^31 to 2^31-1. */
export function writeInt32(writer: Writer, value: unknown, place: string): void {
  if (!isIntegerWithin(value, INT32_MIN, INT32_MAX)) {
    throw new EncodeError(place, "an integer from -2^31 to 2^31-1", value);
  }
  writer.int32(value);
}

/** A decimal string from 0 to 2^64-1. */
export function writeDecimal(writer: Writer, value: unknown, place: string): void {
  if (typeof value !== "string" || !DECIMAL.test(value)) throw badDecimal(place, value);
  const small = Number(value);
  if (Number.isSafeInteger(small)) {
    writer.uint64(small);
    return;
  }
  const big = BigInt(value);
  if (big > UINT64_MAX) throw badDecimal(place, value);
  writer.uint64(Long.fromBits(toLow(big), toLow(big >> 32n), true));
}

/** The name of an enum's value, or `#` and a number, which is how `decode` gives one without name. */
export function writeEnum(
  writer: Writer,
  value: unknown,
  numbers: Readonly<Record<string, number>>,
  place: string,
): void {
  writer.int32(toEnumNumber(value, numbers, place));
}

/** The number of an enum's value; `numbers` must not inherit anything. */
export function toEnumNumber(
  value: unknown,
  numbers: Readonly<Record<string, number>>,
  place: string,
): number {
  if (typeof value === "string") {
    const number = numbers[value];
    if (number !== undefined) return number;
    if (ENUM_NUMBER.test(value)) {
      const parsed = Number(value.slice(1));
      if (isIntegerWithin(parsed, INT32_MIN, INT32_MAX)) return parsed;
    }
  }
  const names = Object.keys(numbers).join(", ");
  throw new EncodeError(place, `one of ${names}, or # and a number`, value);
}

function isIntegerWithin(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

function badDecimal(place: string, value: unknown): EncodeError {
  return new EncodeError(place, "a decimal string from 0 to 2^64-1", value);
}

function toLow(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}
