import type { ClusterSpec, DeepPartial, EncryptionKey, KeyRotation } from "@swarmkit/proto/types";
import { describe, expect, test } from "vitest";
import { aCluster } from "../../testing/builders.ts";
import { ControlCaller } from "../../testing/control-caller.ts";
import { type Outcome, refuse } from "../lib/outcome.ts";

const key = new TextEncoder().encode("a private key");
const cert = new TextEncoder().encode("a certificate");
const empty = new Uint8Array();

const secretive = aCluster({
  spec: { caConfig: { signingCaCert: cert, signingCaKey: key, forceRotate: 2 } },
  rootCa: {
    caKey: key,
    caCert: cert,
    caCertHash: "sha256:1",
    joinTokens: { worker: "W", manager: "M" },
    rootRotation: { caKey: key, caCert: cert, crossSignedCaCert: cert },
    lastForcedRotation: 2,
  },
  networkBootstrapKeys: [{ key }],
  encryptionKeyLamportClock: "9",
  unlockKeys: [{ key }],
  blacklistedCertificates: { gone: {} },
  fips: true,
});

describe("reading clusters", () => {
  test("shows tokens, and no key, in a get, a list and an update's answer", () => {
    const api = new ControlCaller().add("cluster", secretive);
    const got = api.resultOf("GetCluster", { clusterId: "cluster-1" }).cluster;
    expect(got).toMatchObject({
      id: "cluster-1",
      spec: {
        annotations: { name: "default" },
        caConfig: { signingCaCert: empty, signingCaKey: empty, forceRotate: 2 },
      },
      rootCa: {
        caKey: empty,
        caCert: cert,
        caCertHash: "sha256:1",
        joinTokens: { worker: "W", manager: "M" },
        rootRotation: { caKey: empty, caCert: cert, crossSignedCaCert: cert },
        lastForcedRotation: 2,
      },
      networkBootstrapKeys: [],
      encryptionKeyLamportClock: "0",
      unlockKeys: [],
      blacklistedCertificates: { gone: {} },
      fips: false,
    });
    expect(api.resultOf("ListClusters", {}).clusters).toEqual([got]);
    const request = { clusterId: "cluster-1", clusterVersion: { index: 1 }, spec: got?.spec };
    const updated = api.resultOf("UpdateCluster", request).cluster;
    expect(updated).toEqual({ ...got, meta: updated?.meta });
    expect(api.store.view().get("cluster", "cluster-1")?.rootCa.caKey).toEqual(key);
  });

  test("shows the network defaults in force", () => {
    const api = new ControlCaller().add("cluster", aCluster());
    const defaults = { defaultAddressPool: ["10.0.0.0/8"], subnetSize: 24, VXLANUDPPort: 4789 };
    expect(api.resultOf("GetCluster", { clusterId: "cluster-1" }).cluster).toMatchObject(defaults);
    const own = { defaultAddressPool: ["10.1.0.0/16"], subnetSize: 26, VXLANUDPPort: 5789 };
    const other = new ControlCaller().add("cluster", aCluster(own));
    expect(other.resultOf("GetCluster", { clusterId: "cluster-1" }).cluster).toMatchObject(own);
  });

  test("lists by filters and finds by id", () => {
    const api = new ControlCaller().add("cluster", aCluster());
    const list = (names: readonly string[]) =>
      api.resultOf("ListClusters", { filters: { names } }).clusters.length;
    expect([list(["default"]), list(["other"])]).toEqual([1, 0]);
    expect(api.call("GetCluster", { clusterId: "x" })).toEqual(
      refuse("not-found", "cluster x not found"),
    );
    expect(api.call("GetCluster", {})).toEqual(refuse("invalid-argument", "invalid argument"));
  });
});

const update = (
  spec: DeepPartial<ClusterSpec>,
  rotation: DeepPartial<KeyRotation> = {},
  api = new ControlCaller().add("cluster", aCluster()),
): Outcome<unknown> =>
  api.call("UpdateCluster", {
    clusterId: "cluster-1",
    clusterVersion: { index: 1 },
    spec: { annotations: { name: "default" }, ...spec },
    rotation,
  });

describe("locking managers", () => {
  const gossip = { subsystem: "networking:gossip", key };
  const own = { subsystem: "swarm-manager", key };
  const after = (
    unlockKeys: readonly DeepPartial<EncryptionKey>[],
    autoLockManagers: boolean,
    managerUnlockKey = false,
  ): unknown => {
    const api = new ControlCaller().add("cluster", aCluster({ unlockKeys: [...unlockKeys] }));
    const outcome = update({ encryptionConfig: { autoLockManagers } }, { managerUnlockKey }, api);
    expect(outcome.ok).toBe(true);
    expect(JSON.stringify(outcome)).not.toContain("swarm-manager");
    return api.store.view().get("cluster", "cluster-1")?.unlockKeys;
  };
  const drawn = { subsystem: "swarm-manager", key: new Uint8Array(32).fill(1) };

  test("makes a key, keeps it, replaces it on demand, and removes it with the setting", () => {
    expect(after([], true)).toMatchObject([drawn]);
    expect(after([gossip, own], true)).toMatchObject([gossip, own]);
    expect(after([own, gossip], true, true)).toMatchObject([drawn, gossip]);
    expect(after([own, gossip], false)).toMatchObject([gossip]);
    expect(after([own], false, true)).toEqual([]);
  });

  test("a key that is asked for together with the lock is made once", () => {
    expect(after([gossip], true, true)).toMatchObject([gossip, drawn]);
  });
});

describe("rotating join tokens", () => {
  const joinTokens = { worker: "SWMTKN-1-digest-old", manager: "SWMTKN-1-digest-older" };
  // 16 bytes of 1 in base 36, as Go's big.Int prints them.
  const secret = "0250za67mbtgh1tvq6ktn8q2p";

  test("replaces the secret of the token that is asked for, and keeps the root's digest", () => {
    const rotate = (rotation: DeepPartial<KeyRotation>): unknown => {
      const api = new ControlCaller().add("cluster", aCluster({ rootCa: { joinTokens } }));
      expect(update({}, rotation, api).ok).toBe(true);
      return api.store.view().get("cluster", "cluster-1")?.rootCa.joinTokens;
    };
    const renewed = `SWMTKN-1-digest-${secret}`;
    expect(rotate({ workerJoinToken: true })).toMatchObject({ ...joinTokens, worker: renewed });
    expect(rotate({ managerJoinToken: true })).toMatchObject({ ...joinTokens, manager: renewed });
    expect(rotate({})).toMatchObject(joinTokens);
  });
});

describe("updating the cluster", () => {
  test("stores the spec", () => {
    const api = new ControlCaller().add("cluster", aCluster());
    const spec = {
      orchestration: { taskHistoryRetentionLimit: 2 },
      dispatcher: { heartbeatPeriod: { seconds: 9, nanos: 0 } },
      caConfig: { nodeCertExpiry: { seconds: 3600, nanos: 0 } },
    };
    expect(update(spec, {}, api).ok).toBe(true);
    expect(api.store.view().get("cluster", "cluster-1")?.spec).toMatchObject(spec);
    expect(update(spec, {}, api)).toEqual(refuse("unknown", "update out of sequence"));
  });

  test("follows SwarmKit's rules", () => {
    const policy = { secret: { alg: "plain" } };
    expect([
      update({ caConfig: { nodeCertExpiry: { seconds: 3599, nanos: 999_999_999 } } }),
      update({ caConfig: { nodeCertExpiry: { seconds: 1e11, nanos: 0 } } }),
      update({ dispatcher: { heartbeatPeriod: { seconds: 0, nanos: -1 } } }),
      update({ acceptancePolicy: { policies: [policy] } }),
      update({ annotations: { name: "other" } }),
    ]).toEqual(
      [
        "minimum certificate expiry time is: 1h0m0s",
        "invalid argument",
        "heartbeat time period cannot be a negative duration",
        "hashing algorithm is not supported: plain",
        "modification of cluster name is not allowed",
      ].map((message) => refuse("invalid-argument", message)),
    );
  });

  test("refuses what is not built yet, and changes nothing then", () => {
    const root =
      "rotating the root certificate is not built yet: leave the CA's settings as they are";
    const api = new ControlCaller().add("cluster", aCluster());
    const rotation = { workerJoinToken: true, managerUnlockKey: true };
    expect([
      update({ caConfig: { forceRotate: 1 } }, rotation, api),
      update({ caConfig: { signingCaCert: cert } }, rotation, api),
      update({ caConfig: { signingCaKey: key } }, rotation, api),
      update({ caConfig: { externalCas: [{ url: "https://ca" }] } }, rotation, api),
    ]).toEqual(
      [root, root, root, "external CAs are not built yet: leave the CA's settings as they are"].map(
        (message) => refuse("unimplemented", message),
      ),
    );
    expect(api.store.view().get("cluster", "cluster-1")?.meta.version.index).toBe(1);
  });

  test("needs an id, a version and a spec, and a cluster", () => {
    const api = new ControlCaller();
    const spec = { annotations: { name: "default" } };
    const invalid = refuse("invalid-argument", "invalid argument");
    expect([
      api.call("UpdateCluster", { clusterVersion: { index: 1 }, spec }),
      api.call("UpdateCluster", { clusterId: "c", spec }),
      api.call("UpdateCluster", { clusterId: "c", clusterVersion: { index: 1 } }),
      api.call("UpdateCluster", { clusterId: "c", clusterVersion: { index: 1 }, spec }),
    ]).toEqual([invalid, invalid, invalid, refuse("not-found", "cluster c not found")]);
  });
});
