// Entries of tests carry readable ASCII.
import type {
  ConfChange,
  ConfChangeSingle,
  ConfChangeTransition,
  ConfChangeV2,
} from "../conf-change.ts";
import { assert } from "../errors.ts";

/** Pure raft has no TextEncoder; one byte per character does for ASCII. */
export function encodeText(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function decodeText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

const transitions: readonly ConfChangeTransition[] = ["auto", "joint-implicit", "joint-explicit"];

/**
 * `add-node 4`, `add-learner-node 4`, `remove-node 4` or `update-node 4` for one change; `auto`,
 * `joint-implicit` or `joint-explicit` and any number of these for several; nothing for leaving.
 */
export function parseConfChange(text: string): ConfChange | ConfChangeV2 {
  const context = new Uint8Array();
  const [first = "", ...rest] = text.split(" ");
  if (first === "") return { transition: "auto", changes: [], context };
  const transition = transitions.find((name) => name === first);
  if (transition === undefined) return { id: "1", ...parseSingle(first, rest[0]), context };
  const changes: ConfChangeSingle[] = [];
  for (let at = 0; at < rest.length; at += 2) changes.push(parseSingle(rest[at], rest[at + 1]));
  return { transition, changes, context };
}

function parseSingle(type = "", nodeId = ""): ConfChangeSingle {
  assert(
    type === "add-node" ||
      type === "remove-node" ||
      type === "update-node" ||
      type === "add-learner-node",
    `not a membership change: ${type} ${nodeId}`,
  );
  return { type, nodeId };
}
