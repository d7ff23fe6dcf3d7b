// The generated descriptor, taken apart message by message when one is first asked for.
import { enums, messages } from "../gen/descriptor.ts";
import { toPropertyName } from "./property-name.ts";

/** The protobuf scalars that the protocol uses; the generator refuses others. */
export type Scalar =
  | "bool"
  | "bytes"
  | "double"
  | "float"
  | "int32"
  | "int64"
  | "string"
  | "uint32"
  | "uint64";

/** One field of a message. */
export interface FieldLayout {
  /** In the .proto file. */
  readonly name: string;
  /** In our objects. */
  readonly property: string;
  /** `Message.property`, for errors. */
  readonly place: string;
  readonly number: number;
  readonly kind: "scalar" | "enum" | "message";
  /** A scalar, or the name of an enum or message. Of a map: the value's. */
  readonly type: string;
  readonly shape: "singular" | "repeated" | "map";
  /** Numbers of a repeated field in one run; both ways are read, this one is written. */
  readonly isPacked: boolean;
  /** A message that is never absent, or a proto2 scalar that is written also when it is zero. */
  readonly isNonNullable: boolean;
  readonly form: "plain" | "decimal" | "bits";
  readonly oneof: string | undefined;
}

/** One message: its fields in the order of their numbers, which is the order they are written in. */
export interface MessageLayout {
  readonly name: string;
  /** For example `docker.swarmkit.v1.Mount.BindOptions`. */
  readonly fullName: string;
  readonly fields: readonly FieldLayout[];
}

const layouts = new Map<string, MessageLayout>();

/** The layout of a message. Throws a RangeError for a name that the protocol does not have. */
export function getLayout(name: string): MessageLayout {
  const known = layouts.get(name);
  if (known !== undefined) return known;
  const lines = Object.hasOwn(messages, name) ? messages[name] : undefined;
  if (lines === undefined) throw new RangeError(`the protocol has no message ${name}`);
  const [fullName = name, ...fields] = lines;
  const layout = { name, fullName, fields: fields.map((line) => parseField(name, line)) };
  layouts.set(name, layout);
  return layout;
}

/** True for a field whose absence can be told from its zero: `undefined` in our objects. */
export function isOptional(field: FieldLayout): boolean {
  if (field.shape !== "singular") return false;
  return field.oneof !== undefined || (field.kind === "message" && !field.isNonNullable);
}

function parseField(message: string, line: string): FieldLayout {
  const [number, name = "", type = "", ...words] = line.split(" ");
  const property = toPropertyName(name);
  const kind = Object.hasOwn(enums, type)
    ? "enum"
    : Object.hasOwn(messages, type)
      ? "message"
      : "scalar";
  const isRepeated = words.includes("repeated") || words.includes("unpacked");
  return {
    name,
    property,
    place: `${message}.${property}`,
    number: Number(number),
    kind,
    type,
    shape: words.includes("map") ? "map" : isRepeated ? "repeated" : "singular",
    isPacked:
      words.includes("repeated") && kind !== "message" && type !== "string" && type !== "bytes",
    isNonNullable: words.includes("non-nullable"),
    form: words.includes("decimal") ? "decimal" : words.includes("bits") ? "bits" : "plain",
    oneof: words.find((word) => word.startsWith("oneof="))?.slice("oneof=".length),
  };
}
