import type { FieldLayout } from "./message-layout.ts";

/** The wire type of one value of a field: 0 varint, 1 eight bytes, 2 with a length, 5 four bytes. */
export function wireType(field: FieldLayout): 0 | 1 | 2 | 5 {
  if (field.kind === "message") return 2;
  if (field.type === "string" || field.type === "bytes") return 2;
  if (field.type === "double") return 1;
  return field.type === "float" ? 5 : 0;
}
