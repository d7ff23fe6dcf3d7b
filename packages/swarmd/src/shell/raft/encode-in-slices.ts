/**
 * Encodes a whole store without stopping the process for long: 100,000 tasks take about a second, and a
 * leader that is silent for so long is taken for dead. The event loop runs between slices of a few
 * milliseconds.
 */
import { performance } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { getCodec, type MessageName } from "@swarmkit/proto";
import type { StoreSnapshot } from "@swarmkit/proto/types";
import { concatInSlices } from "./concat-in-slices.ts";
import { WireWriter } from "./wire.ts";

/** How long one slice may keep the event loop from other work. A single object is never divided. */
export const encodeSliceMs = 4;

type TableField = Exclude<keyof StoreSnapshot, "$unknown">;

/** A StoreSnapshot's fields in the order of their numbers, which go from 1, and what is in them. */
const fields: Readonly<Record<TableField, MessageName>> = {
  nodes: "Node",
  services: "Service",
  networks: "Network",
  tasks: "Task",
  clusters: "Cluster",
  secrets: "Secret",
  resources: "Resource",
  extensions: "Extension",
  configs: "Config",
  volumes: "Volume",
};

/**
 * The bytes of a StoreSnapshot message in consecutive parts, the event loop free between them. The objects
 * must not change meanwhile; those of a store's snapshot are frozen.
 */
export async function* encodeStoreSnapshotParts(
  snapshot: StoreSnapshot,
): AsyncGenerator<Uint8Array, void, undefined> {
  let part = new WireWriter();
  let sliceEndMs = performance.now() + encodeSliceMs;
  for (const [position, [field, message]] of Object.entries(fields).entries()) {
    const codec = getCodec<MessageName>(message);
    for (const object of snapshot[field as TableField]) {
      part.bytes(position + 1, codec.encode(object));
      if (performance.now() < sliceEndMs) continue;
      yield part.finish();
      part = new WireWriter();
      await setImmediate();
      sliceEndMs = performance.now() + encodeSliceMs;
    }
  }
  for (const bytes of [part.finish(), ...(snapshot.$unknown ?? [])]) {
    if (bytes.length > 0) yield bytes;
  }
}

/** The very bytes that the codec makes of the snapshot, made in slices. */
export async function encodeStoreSnapshotInSlices(snapshot: StoreSnapshot): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of encodeStoreSnapshotParts(snapshot)) parts.push(part);
  return await concatInSlices(parts);
}
