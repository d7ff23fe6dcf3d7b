// A cluster with services of every kind.
import { aNode, aService, aTask, secondsAgo } from "./builders.ts";
import type { Handlers } from "./fake-client.ts";
import { fakeCluster } from "./fake-cluster.ts";

const full = aService("full", {
  spec: {
    annotations: { name: "full", labels: { tier: "front", app: "shop" } },
    task: {
      container: {
        image: "busybox:1.36",
        command: ["sleep", "1d"],
        args: ["now"],
        env: ["A=1"],
        mounts: [{ type: "BIND", source: "/srv", target: "/data", readonly: true }],
        secrets: [{ secretName: "key", secretId: "secretid", file: { name: "key.pem" } }],
        configs: [{ configName: "conf", configId: "configid", runtime: {} }],
        capabilityAdd: ["CAP_NET_ADMIN"],
        capabilityDrop: ["CAP_CHOWN"],
      },
      resources: {
        reservations: {
          nanoCpus: 500_000_000,
          memoryBytes: 67_108_864,
          generic: [{ discreteResourceSpec: { kind: "gpu", value: 1 } }],
        },
        limits: { memoryBytes: 1_610_612_736 },
      },
      placement: { constraints: ["node.role==worker", "node.labels.disk==ssd"], maxReplicas: 2 },
      networks: [{ target: "netid" }],
      logDriver: { name: "json-file", options: { "max-size": "10m", compress: "" } },
      forceUpdate: 3,
    },
    replicated: { replicas: 3 },
  },
  endpoint: {
    ports: [
      { name: "web", protocol: "TCP", targetPort: 80, publishedPort: 8080, publishMode: "HOST" },
    ],
  },
  updateStatus: {
    state: "COMPLETED",
    startedAt: secondsAgo(90_000),
    completedAt: secondsAgo(3600),
    message: "update completed",
  },
});
const everywhere = aService("agent", {
  spec: { annotations: { name: "agent" }, task: { container: { image: "agent:2" } }, global: {} },
});
const generic = aService("gen", {
  spec: {
    annotations: { name: "gen" },
    task: { generic: { kind: "wasm" } },
    replicated: { replicas: 1 },
  },
});
const twins = [aService("twin"), aService("twin", { id: "servicetwinid2" })];
const services = [full, everywhere, generic, aService("web"), ...twins];
const nodes = [aNode("a"), aNode("b", { status: { state: "DOWN" } })];
const tasks = [
  aTask("web", 1),
  aTask("web", 2, { nodeId: "nodebid" }),
  aTask("full", 1, { status: { state: "STARTING", timestamp: secondsAgo(1) } }),
  aTask("full", 2, { desiredState: "SHUTDOWN", status: { state: "COMPLETE" } }),
];
const secrets = [{ id: "secretid2", spec: { annotations: { name: "cert" } } }];
const configs = [{ id: "configid2", spec: { annotations: { name: "site" } } }];
const networks = [{ id: "netid", spec: { annotations: { name: "front" } } }];

export const shop: Handlers = fakeCluster({
  services,
  nodes,
  tasks,
  secrets,
  configs,
  networks,
});
