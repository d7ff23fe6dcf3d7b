import { getCodec } from "@swarmkit/proto";
import type { InternalRaftRequest, StoreAction } from "@swarmkit/proto/types";

const actionTag = 0x12;
const idTag = 0x08;

/** Wire bytes of one action, as the store's proposals carry them. */
export function encodeAction(action: StoreAction): Uint8Array {
  return getCodec("StoreAction").encode(action);
}

/**
 * `InternalRaftRequest{id, action...}` from actions that are encoded already: each is encoded once,
 * for the size limits and for the log.
 */
export function encodeRaftEntry(id: bigint, encodedActions: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(idTag, ...varint(id))];
  for (const action of encodedActions) {
    parts.push(Uint8Array.of(actionTag, ...varint(BigInt(action.length))), action);
  }
  return Buffer.concat(parts);
}

export function decodeRaftEntry(data: Uint8Array): InternalRaftRequest {
  return getCodec("InternalRaftRequest").decode(data);
}

function varint(value: bigint): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}
