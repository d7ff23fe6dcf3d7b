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
});
