import { describe, expect, test } from "vitest";
import { fakeCluster } from "../../testing/fake-cluster.ts";
import { transcribe } from "../../testing/run-swarmctl.ts";

const golden = (name: string): string => `../../../testdata/cluster-${name}.txt`;

const cluster = {
  id: "clusterid",
  spec: {
    annotations: { name: "default" },
    orchestration: { taskHistoryRetentionLimit: 5 },
    dispatcher: { heartbeatPeriod: { seconds: 5, nanos: 0 } },
    caConfig: {
      nodeCertExpiry: { seconds: 90 * 24 * 3600, nanos: 0 },
      externalCas: [{ protocol: "CFSSL", url: "https://ca.example.org" }],
    },
    taskDefaults: { logDriver: { name: "json-file", options: { "max-size": "10m", tag: "" } } },
  },
  rootCa: {
    caCert: new Uint8Array([1, 2, 255]),
    joinTokens: { worker: "SWMTKN-1-digest-worker", manager: "SWMTKN-1-digest-manager" },
  },
} as const;
const unlockKey = Uint8Array.from({ length: 32 }, (_, index) => index * 8);
const handlers = fakeCluster({ clusters: [cluster] });

describe("cluster", () => {
  test("ls lists clusters", async () => {
    const lines = ["cluster ls", "cluster list -q", "cluster ls --format json"];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("ls"));
  });

  test("inspect shows settings and join tokens", async () => {
    const lines = [
      "cluster inspect default",
      "cluster inspect default --format json",
      "cluster inspect defalt",
    ];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("inspect"));
  });

  test("unlock-key shows the managers' key, and how it is used", async () => {
    const lines = ["cluster unlock-key default", "cluster unlock-key default -q"];
    const unlocked = await transcribe(lines, {
      handlers: { ...handlers, GetUnlockKey: () => ({}) },
    });
    await expect(unlocked).toMatchFileSnapshot(golden("unlocked"));
    const locked = await transcribe([...lines, "cluster unlock-key other"], {
      handlers: { ...handlers, GetUnlockKey: () => ({ unlockKey }) },
    });
    await expect(locked).toMatchFileSnapshot(golden("unlock-key"));
  });

  test("update changes what the flags say and keeps the rest", async () => {
    const lines = [
      "cluster update default --taskhistory 3 --heartbeatperiod 7s --certexpiry 24h",
      "cluster update default --snapshot-interval 500 --keep-old-snapshots 2 --log-entries-for-slow-followers 0",
      "cluster update default --log-opt max-size=1m",
      "cluster update default --log-driver journald",
      "cluster update default --rotate-join-token worker",
      "cluster update default --taskhistory 5 --autolock=false",
      "cluster update default",
      "cluster update default --rotate-join-token nobody",
    ];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("update"));
  });

  test("update shows the new key when managers are locked or their key is replaced", async () => {
    const locked = {
      ...cluster,
      spec: { ...cluster.spec, encryptionConfig: { autoLockManagers: true } },
    };
    const GetUnlockKey = (): { readonly unlockKey: Uint8Array } => ({ unlockKey });
    const open = await transcribe(
      ["cluster update default --autolock", "cluster update default --rotate-unlock-key"],
      { handlers: { ...handlers, GetUnlockKey } },
    );
    await expect(open).toMatchFileSnapshot(golden("update-lock"));
    const lines = [
      "cluster update default --rotate-unlock-key",
      "cluster update default --autolock",
      "cluster update default --autolock=false",
    ];
    const options = { handlers: { ...fakeCluster({ clusters: [locked] }), GetUnlockKey } };
    await expect(await transcribe(lines, options)).toMatchFileSnapshot(golden("update-locked"));
  });
});
