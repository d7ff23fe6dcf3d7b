// Writes packages/proto/gen/types.ts: one interface for each message, one union for each enum.
import type { Schema, SchemaEnum, SchemaField, SchemaMessage } from "./generate-schema.ts";

const NUMBER_SCALARS: ReadonlySet<string> = new Set(
  "double float int32 uint32 sint32 fixed32 sfixed32 int64 uint64 sint64 fixed64 sfixed64".split(
    " ",
  ),
);

const PRELUDE = `/** A message with any part left out, at any depth: what \`create\` fills up with defaults. */
export type DeepPartial<T> = T extends Uint8Array
  ? T
  : T extends readonly (infer Item)[]
    ? readonly DeepPartial<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> | undefined }
      : T;

/**
 * What every message has.
 *
 * Enums are unions of their values' names. A peer may send a number that has no name here; then the
 * property holds \`#\` and the number, and encoding writes it back.
 */
export interface Message {
  /** Fields that this version does not know, tag and value, as they came; written back at the end. */
  readonly $unknown?: readonly Uint8Array[] | undefined;
}
`;

/** The text of types.ts, after the header. */
export function formatTypes(schema: Schema): string {
  return [
    PRELUDE,
    ...schema.enums.map(formatEnum),
    ...schema.messages.map(formatMessage),
    formatNames("MessageTypes", "Every message by its name.", schema.messages),
    "/** The name of a message. */\nexport type MessageName = keyof MessageTypes;\n",
    formatNames("EnumTypes", "Every enum by its name.", schema.enums),
    "/** The name of an enum. */\nexport type EnumName = keyof EnumTypes;\n",
  ].join("\n");
}

/** A doc comment, or nothing, each line after `indent`. */
export function formatComment(comment: string | undefined, indent: string): string {
  if (comment === undefined) return "";
  const lines = comment
    .trim()
    .split("\n")
    .map((line) => line.trim());
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`;
}

/** A number without a name is outside the union on purpose: exhaustive switches stay possible. */
function formatEnum(one: SchemaEnum): string {
  const names = [...one.values.keys()].map((name) => `\n  | "${name}"`).join("");
  return `${formatComment(one.comment, "")}export type ${one.name} =${names};\n`;
}

function formatMessage(message: SchemaMessage): string {
  const fields = message.fields.map(formatField).join("");
  const head = `${formatComment(message.comment, "")}export interface ${message.name}`;
  return fields === "" ? `${head} extends Message {}\n` : `${head} extends Message {\n${fields}}\n`;
}

function formatField(field: SchemaField): string {
  const type = singleType(field);
  const comment = formatComment(fieldComment(field), "  ");
  if (field.shape === "repeated")
    return `${comment}  readonly ${field.property}: readonly ${type}[];\n`;
  if (field.shape === "map") {
    return `${comment}  readonly ${field.property}: Readonly<Record<string, ${type}>>;\n`;
  }
  return isOptional(field)
    ? `${comment}  readonly ${field.property}?: ${type} | undefined;\n`
    : `${comment}  readonly ${field.property}: ${type};\n`;
}

/** What the type alone does not tell. */
function fieldComment(field: SchemaField): string | undefined {
  const notes = [
    ...(field.comment === undefined ? [] : [field.comment]),
    ...(field.form === "decimal" ? ["A decimal number of 64 bits."] : []),
    ...(field.oneof === undefined ? [] : [`At most one of \`${field.oneof}\` is set.`]),
    ...(field.isDeprecated ? ["@deprecated"] : []),
  ];
  return notes.length === 0 ? undefined : notes.join("\n");
}

function isOptional(field: SchemaField): boolean {
  return field.oneof !== undefined || (field.kind === "message" && !field.isNonNullable);
}

function singleType(field: SchemaField): string {
  if (field.form === "decimal") return "string";
  if (field.form === "bits") return "number";
  if (field.kind !== "scalar") return field.type;
  if (NUMBER_SCALARS.has(field.type)) return "number";
  if (field.type === "bytes") return "Uint8Array";
  if (field.type === "bool") return "boolean";
  return "string";
}

function formatNames(name: string, comment: string, types: readonly { name: string }[]): string {
  const lines = types.map((type) => `  readonly ${type.name}: ${type.name};\n`).join("");
  return `${formatComment(comment, "")}export interface ${name} {\n${lines}}\n`;
}
