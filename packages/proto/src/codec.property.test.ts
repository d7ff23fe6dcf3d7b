// Properties of every message's codec, with values made from the descriptor, and a second opinion
// from protobufjs' own codec on the same .proto files.
import { globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import protobuf from "protobufjs";
import { expect, test } from "vitest";
import { messages } from "../gen/descriptor.ts";
import type { MessageName } from "../gen/types.ts";
import { type Codec, getCodec } from "./codec.ts";
import { enumNames, enumNumbers } from "./enums.ts";
import { DecodeError } from "./errors.ts";
import { defaultMessage, type PlainMessage } from "./message-defaults.ts";
import { type FieldLayout, getLayout, isOptional } from "./message-layout.ts";

const names = Object.keys(messages) as MessageName[];

/** Below this depth messages inside are absent or empty: the whole tree would be huge. */
const DEPTH_MAX = 2;
const RUNS_OF_EACH = 10;

const root = loadProtoFiles();

/** Hundreds of messages take their time on a busy machine; nothing here depends on it. */
const allMessages = { timeout: 30_000 };

test("every message decodes to what was encoded", allMessages, () => {
  forEveryMessage((codec, value) => {
    expect(codec.decode(codec.encode(value))).toEqual(value);
  });
});

test("unknown fields survive in every message", allMessages, () => {
  // Field 5000 as a number, 5001 as text, 5002 as a group.
  const unknown = new Uint8Array(Buffer.from("c0b80205cab8020178d3b8020801d4b802", "hex"));
  forEveryMessage((codec, value) => {
    const decoded = codec.decode(codec.encode({ ...(value as object), $unknown: [unknown] }));
    const again = codec.decode(codec.encode({ ...(decoded as object) }));
    expect(again).toEqual({ ...(value as object), $unknown: [unknown] });
  });
});

test("protobufjs reads our bytes, and we read its bytes, to the same values", () => {
  forEveryMessage((codec, value, name) => {
    const type = root.lookupType(getLayout(name).fullName);
    const reflected = toReflected(name, value as PlainMessage);
    const theirs = type.toObject(type.decode(codec.encode(value)), {
      longs: String,
      enums: Number,
      arrays: true,
      objects: true,
      oneofs: false,
    });
    expect(normalize(theirs)).toEqual(normalize(reflected));
    expect(codec.decode(type.encode(type.fromObject(reflected)).finish())).toEqual(value);
  });
});

test("any bytes decode to a value that encodes, or are refused", () => {
  const bytes = fc.uint8Array({ maxLength: 64 });
  fc.assert(
    fc.property(fc.constantFrom(...names), bytes, (name, input) => checkHostile(name, input)),
    { numRuns: 5_000 },
  );
});

test("damaged messages decode to a value that encodes, or are refused", () => {
  const damage = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.nat() });
  for (const name of ["Task", "Service", "RaftpbMessage", "StoreAction", "WatchRequest"] as const) {
    fc.assert(
      fc.property(messageArbitrary(name, 0), damage, (value, { at, byte, cut }) => {
        const input = getCodec(name).encode(value as never);
        if (input.length === 0) return;
        input[at % input.length] = byte;
        checkHostile(name, input.subarray(0, input.length - (cut % input.length)));
        checkHostile(name, input);
      }),
      { numRuns: 200 },
    );
  }
});

function forEveryMessage(
  check: (codec: Codec<unknown>, value: unknown, name: MessageName) => void,
): void {
  for (const name of names) {
    const codec: Codec<unknown> = getCodec(name);
    fc.assert(
      fc.property(messageArbitrary(name, 0), (value) => check(codec, value, name)),
      { numRuns: RUNS_OF_EACH },
    );
  }
}

function checkHostile(name: MessageName, input: Uint8Array): void {
  const codec: Codec<unknown> = getCodec(name);
  let value: unknown;
  try {
    value = codec.decode(input);
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
    return;
  }
  expect(codec.decode(codec.encode(value))).toEqual(value);
}

function messageArbitrary(name: string, depth: number): fc.Arbitrary<PlainMessage> {
  const { fields } = getLayout(name);
  const oneofs = new Map<string, FieldLayout[]>();
  for (const field of fields) {
    if (field.oneof === undefined) continue;
    oneofs.set(field.oneof, [...(oneofs.get(field.oneof) ?? []), field]);
  }
  const choices = [...oneofs.values()].map((members) => fc.constantFrom(...members));
  const record = fc.record(
    Object.fromEntries(fields.map((field) => [field.property, fieldArbitrary(field, depth)])),
  );
  return fc.tuple(record, ...choices).map(([value, ...chosen]) => {
    const message: Record<string, unknown> = { ...(value as PlainMessage) };
    for (const field of fields) {
      if (field.oneof !== undefined && !chosen.includes(field)) message[field.property] = undefined;
    }
    return message;
  });
}

function fieldArbitrary(field: FieldLayout, depth: number): fc.Arbitrary<unknown> {
  const one = valueArbitrary(field, depth);
  if (field.shape === "repeated") return fc.array(one, { maxLength: 2 });
  // protobufjs drops this one key; codec.test.ts has it.
  const key = fc.string({ maxLength: 8 }).filter((text) => text !== "__proto__");
  if (field.shape === "map") return fc.dictionary(key, one, { maxKeys: 2 });
  return isOptional(field) ? fc.option(one, { nil: undefined }) : one;
}

function valueArbitrary(field: FieldLayout, depth: number): fc.Arbitrary<unknown> {
  if (field.kind === "message") {
    if (depth >= DEPTH_MAX) return fc.constant(defaultMessage(field.type));
    return messageArbitrary(field.type, depth + 1);
  }
  if (field.form === "decimal") return fc.bigInt(0n, 2n ** 64n - 1n).map(String);
  if (field.form === "bits") return fc.integer();
  if (field.kind === "enum") return enumArbitrary(field.type);
  return scalarArbitrary(field.type);
}

function enumArbitrary(type: string): fc.Arbitrary<unknown> {
  const known = Object.keys(enumNumbers[type as keyof typeof enumNumbers]);
  const unknown = fc
    .integer()
    .filter((number) => enumNames[type]?.[number] === undefined)
    .map((number) => `#${number}`);
  // To protobufjs an unknown number of a proto2 enum is an unknown field; to Go and us it is a value.
  if (type.startsWith("Raftpb")) return fc.constantFrom(...known);
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, unknown);
}

function scalarArbitrary(type: string): fc.Arbitrary<unknown> {
  switch (type) {
    case "bool":
      return fc.boolean();
    case "bytes":
      return fc.uint8Array({ maxLength: 8 });
    case "string":
      return fc.string({ unit: "binary", maxLength: 50 });
    case "int32":
      return fc.integer();
    case "uint32":
      return fc.nat(0xffffffff);
    case "int64":
      return fc.maxSafeInteger();
    case "uint64":
      return fc.maxSafeNat();
    case "float":
      return fc.float();
    default:
      throw new Error(`there is no arbitrary for ${type}`);
  }
}

/** A message in the form that protobufjs' `fromObject` takes and `toObject` gives. */
function toReflected(name: string, message: PlainMessage): Record<string, unknown> {
  const reflected: Record<string, unknown> = {};
  for (const field of getLayout(name).fields) {
    const value = message[field.property];
    if (value === undefined) continue;
    const convert = (one: unknown): unknown => toReflectedValue(field, one);
    if (field.shape === "repeated") reflected[field.name] = (value as unknown[]).map(convert);
    else if (field.shape === "map") {
      const entries = Object.entries(value as PlainMessage);
      reflected[field.name] = Object.fromEntries(entries.map(([key, one]) => [key, convert(one)]));
    } else reflected[field.name] = convert(value);
  }
  return reflected;
}

function toReflectedValue(field: FieldLayout, value: unknown): unknown {
  if (field.kind === "message") return toReflected(field.type, value as PlainMessage);
  if (field.kind === "enum" && field.form === "plain") {
    const numbers: Readonly<Record<string, number>> =
      enumNumbers[field.type as keyof typeof enumNumbers];
    return numbers[value as string] ?? Number((value as string).slice(1));
  }
  return field.type === "int64" || field.type === "uint64" ? String(value) : value;
}

/** Zeros are absent in one form and present in the other; bytes are Buffers in one of them. */
function normalize(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(normalize);
  if (typeof value !== "object" || value === null) return value;
  const isZero = (one: unknown): boolean => one === 0 || one === "" || one === false || one === "0";
  const entries = Object.entries(value).map(([key, one]) => [key, normalize(one)] as const);
  return Object.fromEntries(entries.filter(([, one]) => !isZero(one)));
}

function loadProtoFiles(): protobuf.Root {
  const folder = fileURLToPath(new URL("../proto", import.meta.url));
  const loaded = new protobuf.Root();
  loaded.resolvePath = (_origin, target) => {
    if (target === "google/protobuf/descriptor.proto") {
      return fileURLToPath(import.meta.resolve("protobufjs/google/protobuf/descriptor.proto"));
    }
    return target.startsWith("google/") ? target : join(folder, target);
  };
  return loaded.loadSync(globSync("**/*.proto", { cwd: folder }), { keepCase: true });
}
