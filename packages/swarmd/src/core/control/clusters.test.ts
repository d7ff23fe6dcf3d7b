import type { ClusterSpec, DeepPartial, KeyRotation } from "@swarmkit/proto/types";
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
    const tokens = "rotating join tokens is not built yet: the tokens stay as they are";
    const root =
      "rotating the root certificate is not built yet: leave the CA's settings as they are";
    expect([
      update({}, { workerJoinToken: true }),
      update({}, { managerJoinToken: true }),
      update({}, { managerUnlockKey: true }),
      update({ encryptionConfig: { autoLockManagers: true } }),
      update({ caConfig: { forceRotate: 1 } }),
      update({ caConfig: { signingCaCert: cert } }),
      update({ caConfig: { signingCaKey: key } }),
      update({ caConfig: { externalCas: [{ url: "https://ca" }] } }),
    ]).toEqual(
      [
        tokens,
        tokens,
        "rotating the unlock key is not built yet: managers cannot be locked",
        "locking managers (autolock) is not built yet: leave the setting as it is",
        root,
        root,
        root,
        "external CAs are not built yet: leave the CA's settings as they are",
      ].map((message) => refuse("unimplemented", message)),
    );
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
