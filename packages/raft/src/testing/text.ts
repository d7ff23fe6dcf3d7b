// Entries of tests carry readable ASCII.
import type { ConfChange } from "../conf-change.ts";
import { assert } from "../errors.ts";

/** Pure raft has no TextEncoder; one byte per character does for ASCII. */
export function encodeText(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function decodeText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** `add-node 4`, `remove-node 4` or `update-node 4`. */
export function parseConfChange(text: string): ConfChange {
  const [type, nodeId = ""] = text.split(" ");
  assert(
    type === "add-node" || type === "remove-node" || type === "update-node",
    `not a membership change: ${text}`,
  );
  return { id: "1", type, nodeId, context: new Uint8Array() };
}
