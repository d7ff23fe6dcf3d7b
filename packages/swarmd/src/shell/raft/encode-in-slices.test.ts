import { setImmediate } from "node:timers/promises";
import { getCodec, type StoreSnapshot } from "@swarmkit/proto";
import { expect, test } from "vitest";
import { encodeStoreSnapshotInSlices, encodeStoreSnapshotParts } from "./encode-in-slices.ts";

const codec = getCodec("StoreSnapshot");

/** `count` tasks, and one object in every other table. */
function makeSnapshot(count: number): StoreSnapshot {
  const tasks = Array.from({ length: count }, (_, slot) => ({
    id: `task${slot}`,
    serviceId: "service",
    slot,
    spec: { container: { image: "nginx", env: ["A=1", "B=2"] } },
  }));
  return codec.create({
    nodes: [{ id: "node" }],
    services: [{ id: "service", spec: { annotations: { name: "web" } } }],
    networks: [{ id: "network" }],
    tasks,
    clusters: [{ id: "cluster" }],
    secrets: [{ id: "secret" }],
    resources: [{ id: "resource" }],
    extensions: [{ id: "extension" }],
    configs: [{ id: "config" }],
    volumes: [{ id: "volume" }],
  });
}

test("slices give the bytes of the whole encoding, for every table", async () => {
  const snapshot = makeSnapshot(3);
  expect(await encodeStoreSnapshotInSlices(snapshot)).toEqual(codec.encode(snapshot));
});

test("a snapshot of many slices is the same bytes", async () => {
  const snapshot = makeSnapshot(3000);
  const encoded = Buffer.from(await encodeStoreSnapshotInSlices(snapshot));
  expect(encoded.equals(codec.encode(snapshot))).toBe(true);
});

test("an empty store and fields of a newer version are kept", async () => {
  expect(await encodeStoreSnapshotInSlices(codec.create())).toEqual(new Uint8Array());
  const newer = codec.decode(Uint8Array.of(...codec.encode(makeSnapshot(1)), 0xa2, 0x06, 1, 7));
  expect(await encodeStoreSnapshotInSlices(newer)).toEqual(codec.encode(newer));
});

test("the event loop runs between the slices", async () => {
  let turns = 0;
  let isDone = false;
  const counting = (async () => {
    while (!isDone) {
      await setImmediate();
      turns += 1;
    }
  })();
  let parts = 0;
  for await (const part of encodeStoreSnapshotParts(makeSnapshot(20_000))) {
    expect(part.length).toBeGreaterThan(0);
    parts += 1;
  }
  isDone = true;
  await counting;
  expect(parts).toBeGreaterThan(1);
  expect(turns).toBeGreaterThanOrEqual(parts - 1);
});
