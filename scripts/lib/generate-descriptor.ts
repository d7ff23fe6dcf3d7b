// Writes packages/proto/gen/descriptor.ts: what the codecs are compiled from. One short string for
// each field, so that loading the module costs next to nothing and a change is one line of a diff.
import type { Schema, SchemaField } from "./generate-schema.ts";

const PRELUDE = `/** Every enum: its values' names and numbers. */
export const enums: Readonly<Record<string, Readonly<Record<string, number>>>> = {
`;

const MESSAGES = `
/**
 * Every message: its full name, then a line for each field in the order of their numbers:
 * number, name, type, then any of
 * - \`repeated\`, \`unpacked\` (repeated, one tag each), \`map\` (from string to the type),
 * - \`non-nullable\` (always written), \`decimal\` (a decimal string), \`bits\` (an enum as a number),
 * - \`oneof=name\`, \`deprecated\`.
 */
export const messages: Readonly<Record<string, readonly string[]>> = {
`;

/** The text of descriptor.ts, after the header. */
export function formatDescriptor(schema: Schema): string {
  const enums = schema.enums.map((one) => {
    const values = [...one.values].map(([name, value]) => `    ${name}: ${value},\n`).join("");
    return `  ${one.name}: {\n${values}  },\n`;
  });
  const messages = schema.messages.map((message) => {
    const lines = [message.fullName, ...message.fields.map(formatField)];
    return `  ${message.name}: [\n${lines.map((line) => `    "${line}",\n`).join("")}  ],\n`;
  });
  return `${PRELUDE}${enums.join("")}};\n${MESSAGES}${messages.join("")}};\n`;
}

function formatField(field: SchemaField): string {
  const words = [String(field.number), field.name, field.type];
  if (field.shape === "map") words.push("map");
  if (field.shape === "repeated") {
    const isNumeric = field.kind !== "message" && field.type !== "string" && field.type !== "bytes";
    words.push(isNumeric && !field.isPacked ? "unpacked" : "repeated");
  }
  if (field.isNonNullable) words.push("non-nullable");
  if (field.form !== "plain") words.push(field.form);
  if (field.oneof !== undefined) words.push(`oneof=${field.oneof}`);
  if (field.isDeprecated) words.push("deprecated");
  return words.join(" ");
}
