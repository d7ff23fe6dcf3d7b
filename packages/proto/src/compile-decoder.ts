// Writes the decoder of one message as JavaScript: one pass over the bytes, one local variable for
// each field, one object of always the same shape. docs/decisions/0001-protobuf-code.md has the why.
import { EMPTY_ARRAY, EMPTY_BYTES, EMPTY_MAP, SafeMap } from "./empty-values.ts";
import { enumNames, enumZeros } from "./enums.ts";
import { DecodeError } from "./errors.ts";
import { defaultMessage, type PlainMessage } from "./message-defaults.ts";
import { type FieldLayout, isOptional, type MessageLayout } from "./message-layout.ts";
import * as read from "./wire-read.ts";
import { wireType } from "./wire-type.ts";

/**
 * Reads a message up to the reader's end. `earlier` is what an earlier part of the same message
 * gave; it is used up.
 */
export type Decode = (reader: read.Reader, earlier: PlainMessage | undefined) => PlainMessage;

/** Where a compiled decoder finds those of the messages inside. */
export type DecoderOf = (name: string) => { readonly decode: Decode };

/** Compiles the decoder of a message. */
export function compileDecoder(layout: MessageLayout, decoderOf: DecoderOf): Decode {
  const empty = { EMPTY_ARRAY, EMPTY_BYTES, EMPTY_MAP, SafeMap };
  const refuseWireType = makeRefuse(layout);
  const parts: Record<string, unknown> = { ...read, ...empty, refuseWireType };
  for (const { kind, type } of layout.fields) {
    if (kind === "enum") parts[`names_${type}`] = enumNames[type];
    if (kind === "message") parts[`codec_${type}`] = decoderOf(type);
    if (kind === "message") parts[`default_${type}`] = defaultMessage(type);
  }
  const make = new Function(...Object.keys(parts), decoderSource(layout));
  return make(...Object.values(parts)) as Decode;
}

function makeRefuse(layout: MessageLayout): (tag: number) => void {
  const fields = new Map(layout.fields.map((field) => [field.number, field.place]));
  return (tag) => {
    const place = fields.get(tag >>> 3);
    if (place !== undefined) throw new DecodeError(place, `it came with wire type ${tag & 7}`);
  };
}

function decoderSource(layout: MessageLayout): string {
  const { fields } = layout;
  const locals = fields.map((field) => `let ${local(field)} = ${initial(field)};`);
  const earlier = fields.map((field) => `${local(field)} = ${fromEarlier(field)};`);
  const cases = fields.map((field) => casesOf(field, layout));
  const properties = fields.map((field) => `${field.property}: ${final(field)},`);
  return `"use strict";
return function decode${layout.name}(reader, earlier) {
${locals.join("\n")}
let unknown;
if (earlier !== undefined) {
${earlier.join("\n")}
}
while (reader.pos < reader.len) {
const start = reader.pos;
const tag = reader.tag();
switch (tag) {
${cases.join("\n")}
default:
refuseWireType(tag);
unknown = skipUnknown(reader, tag, start, unknown);
}
}
const message = {
${properties.join("\n")}
};
if (unknown !== undefined) {
message.$unknown = collectUnknown(reader, unknown, earlier === undefined ? undefined : earlier.$unknown);
} else if (earlier !== undefined && earlier.$unknown !== undefined) {
message.$unknown = earlier.$unknown;
}
return message;
};`;
}

function local(field: FieldLayout): string {
  return `field${field.number}`;
}

function initial(field: FieldLayout): string {
  if (field.shape !== "singular" || field.kind === "message" || isOptional(field))
    return "undefined";
  return zeroSource(field);
}

function zeroSource(field: FieldLayout): string {
  if (field.kind === "message") return `default_${field.type}`;
  if (field.form === "decimal") return '"0"';
  if (field.form === "bits") return "0";
  if (field.kind === "enum") return JSON.stringify(enumZeros[field.type]);
  if (field.type === "string") return '""';
  if (field.type === "bool") return "false";
  return field.type === "bytes" ? "EMPTY_BYTES" : "0";
}

/** The shared empty values must not be added to. */
function fromEarlier(field: FieldLayout): string {
  const value = `earlier.${field.property}`;
  if (field.shape === "repeated") return `${value} === EMPTY_ARRAY ? undefined : ${value}`;
  if (field.shape === "map") return `${value} === EMPTY_MAP ? undefined : ${value}`;
  return value;
}

function final(field: FieldLayout): string {
  const value = local(field);
  if (field.shape === "repeated") return `${value} === undefined ? EMPTY_ARRAY : ${value}`;
  if (field.shape === "map") return `${value} === undefined ? EMPTY_MAP : ${value}`;
  if (field.kind === "message" && !isOptional(field)) {
    return `${value} === undefined ? default_${field.type} : ${value}`;
  }
  return value;
}

function casesOf(field: FieldLayout, layout: MessageLayout): string {
  const value = local(field);
  if (field.shape === "map") return `case ${tagOf(field, 2)}: {\n${mapSource(field)}\nbreak;\n}`;
  if (field.shape === "repeated") {
    const one = `case ${tagOf(field, wireType(field))}:
if (${value} === undefined) ${value} = [];
${readInto(field, `${value}.push(`, ")", "undefined")}
break;`;
    if (wireType(field) === 2) return one;
    return `${one}
case ${tagOf(field, 2)}: {
if (${value} === undefined) ${value} = [];
const end = enter(reader);
while (reader.pos < reader.len) ${value}.push(${readSource(field)});
reader.len = end;
break;
}`;
  }
  const others = layout.fields.filter(
    (other) => other !== field && field.oneof !== undefined && other.oneof === field.oneof,
  );
  const clears = others.map((other) => `${local(other)} = undefined;\n`).join("");
  return `case ${tagOf(field, wireType(field))}:
${readInto(field, `${value} = `, "", value)}
${clears}break;`;
}

function tagOf(field: FieldLayout, type: number): number {
  return ((field.number << 3) | type) >>> 0;
}

/** A statement that reads one value and stores it; a message continues the `earlier` one. */
function readInto(field: FieldLayout, before: string, after: string, earlier: string): string {
  if (field.kind !== "message") return `${before}${readSource(field)}${after};`;
  return `{
const end = enter(reader);
${before}codec_${field.type}.decode(reader, ${earlier})${after};
reader.len = end;
}`;
}

/** An expression that reads one value of a scalar or enum. */
function readSource(field: FieldLayout): string {
  if (field.form === "decimal") return "readDecimal(reader)";
  if (field.form === "bits") return "reader.int32()";
  if (field.kind === "enum") return `readEnum(reader, names_${field.type})`;
  switch (field.type) {
    case "string":
      return "readString(reader)";
    case "bytes":
      return "readBytes(reader)";
    case "uint64":
      return `readUint64(reader, ${JSON.stringify(field.place)})`;
    case "int64":
      return `readInt64(reader, ${JSON.stringify(field.place)})`;
    default:
      return `reader.${field.type}()`;
  }
}

/** One entry of a map: key 1, value 2, either of which may be absent. */
function mapSource(field: FieldLayout): string {
  const value = local(field);
  return `const end = enter(reader);
let key = "";
let value;
while (reader.pos < reader.len) {
const tag = reader.tag();
switch (tag) {
case 10:
key = readString(reader);
break;
case ${16 | wireType(field)}:
${readInto(field, "value = ", "", "value")}
break;
default:
reader.skipType(tag & 7, 0, tag >>> 3);
}
}
if (${value} === undefined) ${value} = new SafeMap();
${value}[key] = value === undefined ? ${zeroSource(field)} : value;
reader.len = end;`;
}
