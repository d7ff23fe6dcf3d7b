import { EMPTY_ARRAY, EMPTY_BYTES, EMPTY_MAP, SafeMap } from "./empty-values.ts";
import { enumZeros } from "./enums.ts";
import { type FieldLayout, getLayout, isOptional } from "./message-layout.ts";

/** A message in memory, as the parts that work for every message see it. */
export interface PlainMessage {
  readonly $unknown?: unknown;
  readonly [property: string]: unknown;
}

const defaults = new Map<string, PlainMessage>();

/** The message that no bytes at all decode to; frozen and shared. */
export function defaultMessage(name: string): PlainMessage {
  const known = defaults.get(name);
  if (known !== undefined) return known;
  const message = createMessage(name, {});
  defaults.set(name, Object.freeze(message));
  return message;
}

/** The value of a field that is absent on the wire. */
export function defaultValue(field: FieldLayout): unknown {
  if (field.shape === "repeated") return EMPTY_ARRAY;
  if (field.shape === "map") return EMPTY_MAP;
  return isOptional(field) ? undefined : zeroValue(field);
}

/** The zero of a field's type: of a map, of its values. */
export function zeroValue(field: FieldLayout): unknown {
  if (field.kind === "message") return defaultMessage(field.type);
  if (field.form === "decimal") return "0";
  if (field.form === "bits") return 0;
  if (field.kind === "enum") return enumZeros[field.type];
  if (field.type === "string") return "";
  if (field.type === "bool") return false;
  return field.type === "bytes" ? EMPTY_BYTES : 0;
}

/** A message of the given parts, with defaults, at any depth, for what they leave out. */
export function createMessage(name: string, parts: PlainMessage): PlainMessage {
  const message: { $unknown?: unknown; [property: string]: unknown } = {};
  for (const field of getLayout(name).fields) {
    message[field.property] = fill(field, parts[field.property]);
  }
  if (parts.$unknown !== undefined) message.$unknown = parts.$unknown;
  return message;
}

function fill(field: FieldLayout, value: unknown): unknown {
  if (value === undefined) return defaultValue(field);
  if (field.shape === "map") return fillMap(field, value as PlainMessage);
  if (field.kind !== "message") return value;
  if (field.shape === "singular") return createMessage(field.type, value as PlainMessage);
  return (value as readonly PlainMessage[]).map((item) => createMessage(field.type, item));
}

function fillMap(field: FieldLayout, values: PlainMessage): unknown {
  const filled = new SafeMap();
  for (const [key, value] of Object.entries(values)) {
    const isMessage = field.kind === "message";
    filled[key] = isMessage ? createMessage(field.type, value as PlainMessage) : value;
  }
  return filled;
}
