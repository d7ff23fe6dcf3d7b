// What the codecs rely on and the .proto files must therefore keep to. Each check throws an Error
// that names the place.
import { bitMaskFields, decimalStringFields } from "../../packages/proto/src/field-forms.ts";
import type { Schema, SchemaMessage } from "./generate-schema.ts";

/** Scalars that the codecs know; the protocol uses no others. */
const SCALARS: ReadonlySet<string> = new Set(
  "bool bytes double float int32 int64 string uint32 uint64".split(" "),
);

/** Refuses a schema that the codecs, or readers of the .proto files, could not cope with. */
export function checkSchema(schema: Schema): void {
  checkNames(schema);
  checkForms(schema);
  checkScalars(schema);
  checkComments(schema);
  const messages = new Map(schema.messages.map((message) => [message.name, message]));
  const finished = new Set<string>();
  for (const message of schema.messages) checkDepth(message, messages, finished, []);
}

/** Flattened names must not fall together. */
function checkNames(schema: Schema): void {
  const seen = new Set<string>();
  for (const { name, fullName } of [...schema.messages, ...schema.enums]) {
    if (seen.has(name)) throw new Error(`${fullName}: another type is called ${name} already`);
    seen.add(name);
  }
}

/** Every entry of the tables of forms must name a field that its form fits. */
function checkForms(schema: Schema): void {
  const fields = new Map(
    schema.messages.flatMap((message) =>
      message.fields.map((field) => [
        `${message.fullName}.${field.name}`.replace("docker.swarmkit.v1.", ""),
        field,
      ]),
    ),
  );
  for (const key of Object.keys(decimalStringFields)) {
    if (fields.get(key)?.type !== "uint64") throw new Error(`field-forms.ts: ${key} is no uint64`);
  }
  for (const key of Object.keys(bitMaskFields)) {
    if (fields.get(key)?.kind !== "enum") throw new Error(`field-forms.ts: ${key} is no enum`);
  }
}

function checkScalars(schema: Schema): void {
  for (const message of schema.messages) {
    for (const field of message.fields) {
      if (field.kind !== "scalar" || SCALARS.has(field.type)) continue;
      throw new Error(`${message.fullName}.${field.name}: ${field.type} is not supported`);
    }
  }
}

/** The .proto files are the protocol's documentation. */
function checkComments(schema: Schema): void {
  const methods = schema.services.flatMap((service) =>
    service.methods.map((method) => ({ fullName: method.path, comment: method.comment })),
  );
  for (const one of [...schema.messages, ...schema.enums, ...schema.services, ...methods]) {
    if (one.comment === undefined) throw new Error(`${one.fullName}: a comment is missing`);
  }
}

/**
 * Messages must not contain themselves. It bounds the depth to which a decoder can be sent, and lets
 * a message that is never absent have a default.
 */
function checkDepth(
  message: SchemaMessage,
  messages: ReadonlyMap<string, SchemaMessage>,
  finished: Set<string>,
  path: readonly string[],
): void {
  if (finished.has(message.name)) return;
  if (path.includes(message.name)) throw new Error(`${message.fullName} contains itself`);
  for (const field of message.fields) {
    const inner = messages.get(field.type);
    if (inner !== undefined) checkDepth(inner, messages, finished, [...path, message.name]);
  }
  finished.add(message.name);
}
