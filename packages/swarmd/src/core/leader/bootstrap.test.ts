import { getCodec } from "@swarmkit/proto";
import { expect, test } from "vitest";
import { testEpoch } from "../../testing/builders.ts";
import type { ClusterFounding } from "../model/new-cluster.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { bootstrap } from "./bootstrap.ts";

const founding: ClusterFounding = {
  id: "cluster1",
  rootCertificatePem: new TextEncoder().encode("certificate"),
  rootKeyPem: new TextEncoder().encode("key"),
  rootDigest: "sha256:00",
  joinTokens: { worker: "w", manager: "m" },
  heartbeatTicks: 1,
  electionTicks: 10,
};

function run(store: MemoryStore, index: number, withFounding: boolean): boolean {
  const options = { nodeId: "node1", founding: withFounding ? founding : undefined };
  const done = store.transact({ index, now: testEpoch }, (tx) => bootstrap(tx, options));
  if (!done.ok) throw new Error(done.message);
  if (done.proposal !== undefined) store.commit(done.proposal);
  return done.value.ok;
}

test("a new swarm gets SwarmKit's default cluster and its manager's node", () => {
  const store = new MemoryStore({ encodeAction: getCodec("StoreAction").encode });
  expect(run(store, 1, true)).toBe(true);
  expect(store.view().get("cluster", "cluster1")?.spec).toEqual(
    getCodec("ClusterSpec").create({
      annotations: { name: "default" },
      orchestration: { taskHistoryRetentionLimit: 5 },
      raft: {
        snapshotInterval: 10_000,
        logEntriesForSlowFollowers: 500,
        heartbeatTick: 1,
        electionTick: 10,
      },
      dispatcher: { heartbeatPeriod: { seconds: 5 } },
      caConfig: { nodeCertExpiry: { seconds: 7_776_000 } },
    }),
  );
  const node = store.view().get("node", "node1");
  expect(node).toMatchObject({
    role: "MANAGER",
    spec: { desiredRole: "MANAGER", membership: "ACCEPTED" },
    certificate: { cn: "node1", status: { state: "ISSUED" } },
  });
});

test("a later leadership changes nothing", () => {
  const store = new MemoryStore({ encodeAction: getCodec("StoreAction").encode });
  run(store, 1, true);
  const before = store.view().get("cluster", "cluster1");
  expect(run(store, 2, false)).toBe(true);
  expect(store.view().get("cluster", "cluster1")).toBe(before);
});

test("an empty state with nothing to found is told apart", () => {
  const store = new MemoryStore({ encodeAction: getCodec("StoreAction").encode });
  expect(run(store, 1, false)).toBe(false);
  expect(store.view().count("node")).toBe(0);
});

test("every object of a founding survives the wire", () => {
  const store = new MemoryStore({ encodeAction: getCodec("StoreAction").encode });
  run(store, 1, true);
  for (const [table, name] of [
    ["cluster", "Cluster"],
    ["node", "Node"],
  ] as const) {
    const [object] = store.view().find(table, { by: "all" });
    const codec = getCodec(name) as {
      encode(value: unknown): Uint8Array;
      decode(bytes: Uint8Array): unknown;
    };
    expect(codec.decode(codec.encode(object))).toEqual(object);
  }
});
