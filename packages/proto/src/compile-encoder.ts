// Writes the encoder of one message as JavaScript. It checks every value's type, because a wrong one
// would become other bytes without a word.
import { enumNumbers, enumZeros } from "./enums.ts";
import { EncodeError } from "./errors.ts";
import type { PlainMessage } from "./message-defaults.ts";
import { type FieldLayout, isOptional, type MessageLayout } from "./message-layout.ts";
import { wireType } from "./wire-type.ts";
import * as write from "./wire-write.ts";

/** Writes a message's fields: known ones by number, then the unknown ones as they came. */
export type Encode = (writer: write.Writer, message: PlainMessage) => void;

/** Where a compiled encoder finds those of the messages inside. */
export type EncoderOf = (name: string) => { readonly encode: Encode };

/** Compiles the encoder of a message. */
export function compileEncoder(layout: MessageLayout, encoderOf: EncoderOf): Encode {
  const parts: Record<string, unknown> = { ...write, refuse, isRecord };
  for (const { kind, type } of layout.fields) {
    if (kind === "enum") parts[`numbers_${type}`] = enumNumbers[type as keyof typeof enumNumbers];
    if (kind === "message") parts[`codec_${type}`] = encoderOf(type);
  }
  const make = new Function(...Object.keys(parts), encoderSource(layout));
  return make(...Object.values(parts)) as Encode;
}

function refuse(place: string, wanted: string, value: unknown): never {
  throw new EncodeError(place, wanted, value);
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function encoderSource(layout: MessageLayout): string {
  return `"use strict";
return function encode${layout.name}(writer, message) {
let value;
${layout.fields.map(fieldSource).join("\n")}
if (message.$unknown !== undefined) for (const piece of message.$unknown) writer.raw(piece);
};`;
}

function fieldSource(field: FieldLayout): string {
  const load = `value = message.${field.property};`;
  if (field.shape === "map") return `${load}\n${mapSource(field)}`;
  if (field.shape === "repeated") return `${load}\n${repeatedSource(field)}`;
  const body = `${checkSource(field, "value")}${tagSource(field)}${writeSource(field, "value")}`;
  if (isOptional(field)) return `${load}\nif (value !== undefined) {\n${body}}`;
  if (field.isNonNullable || field.kind === "message") return `${load}\n${body}`;
  const check = checkSource(field, "value");
  const rest = `${tagSource(field)}${writeSource(field, "value")}`;
  return `${load}\n${check}if (${isSetSource(field)}) {\n${rest}}`;
}

function isSetSource(field: FieldLayout): string {
  if (field.form === "decimal") return 'value !== "0"';
  if (field.form === "bits") return "value !== 0";
  if (field.kind === "enum") return `value !== ${JSON.stringify(enumZeros[field.type])}`;
  if (field.type === "string") return 'value !== ""';
  if (field.type === "bytes") return "value.length !== 0";
  if (field.type === "float" || field.type === "double") return "!Object.is(value, 0)";
  return field.type === "bool" ? "value" : "value !== 0";
}

function tagSource(field: FieldLayout): string {
  return `writer.uint32(${((field.number << 3) | wireType(field)) >>> 0});\n`;
}

/** Statements that refuse a wrong type; numbers, enums and decimals are checked when written. */
function checkSource(field: FieldLayout, value: string): string {
  const place = JSON.stringify(field.place);
  const refuseUnless = (condition: string, wanted: string): string =>
    `if (!(${condition})) refuse(${place}, "${wanted}", ${value});\n`;
  if (field.kind === "message") return refuseUnless(`isRecord(${value})`, "a message");
  if (field.kind === "enum") return "";
  switch (field.type) {
    case "string":
      return refuseUnless(`typeof ${value} === "string"`, "a string");
    case "bytes":
      return refuseUnless(`${value} instanceof Uint8Array`, "a Uint8Array");
    case "bool":
      return refuseUnless(`typeof ${value} === "boolean"`, "a boolean");
    case "float":
    case "double":
      return refuseUnless(`typeof ${value} === "number"`, "a number");
    default:
      return "";
  }
}

/** A statement that writes one value, without its tag. */
function writeSource(field: FieldLayout, value: string): string {
  const place = JSON.stringify(field.place);
  if (field.kind === "message") {
    return `writer.fork();\ncodec_${field.type}.encode(writer, ${value});\nwriter.ldelim();\n`;
  }
  if (field.form === "decimal") return `writeDecimal(writer, ${value}, ${place});\n`;
  if (field.form === "bits") return `writeInt32(writer, ${value}, ${place});\n`;
  if (field.kind === "enum") {
    return `writeEnum(writer, ${value}, numbers_${field.type}, ${place});\n`;
  }
  switch (field.type) {
    case "string":
      return `writeString(writer, ${value});\n`;
    case "int32":
      return `writeInt32(writer, ${value}, ${place});\n`;
    case "uint32":
      return `writeUint32(writer, ${value}, ${place});\n`;
    case "int64":
      return `writeInt64(writer, ${value}, ${place});\n`;
    case "uint64":
      return `writeUint64(writer, ${value}, ${place});\n`;
    default:
      return `writer.${field.type}(${value});\n`;
  }
}

function repeatedSource(field: FieldLayout): string {
  const place = JSON.stringify(field.place);
  const check = `if (!Array.isArray(value)) refuse(${place}, "an array", value);\n`;
  const one = `${checkSource(field, "item")}${writeSource(field, "item")}`;
  if (field.isPacked) {
    const tag = ((field.number << 3) | 2) >>> 0;
    return `${check}if (value.length !== 0) {
writer.uint32(${tag});
writer.fork();
for (const item of value) {
${one}}
writer.ldelim();
}`;
  }
  return `${check}for (let index = 0; index < value.length; index++) {
const item = value[index];
${checkSource(field, "item")}${tagSource(field)}${writeSource(field, "item")}}`;
}

/** Key and value are both written always, as Go's peers do. */
function mapSource(field: FieldLayout): string {
  const place = JSON.stringify(field.place);
  return `if (!isRecord(value)) refuse(${place}, "an object", value);
for (const key of Object.keys(value)) {
const item = value[key];
${checkSource(field, "item")}writer.uint32(${((field.number << 3) | 2) >>> 0});
writer.fork();
writer.uint32(10);
writeString(writer, key);
writer.uint32(${16 | wireType(field)});
${writeSource(field, "item")}writer.ldelim();
}`;
}
