import { describe, expect, test } from "vitest";
import { aNode, aTask } from "../../testing/builders.ts";
import { fakeCluster } from "../../testing/fake-cluster.ts";
import { runSwarmctl, transcribe } from "../../testing/run-swarmctl.ts";

const golden = (name: string): string => `../../../testdata/node-${name}.txt`;

const manager = aNode("a", {
  spec: {
    annotations: { labels: { zone: "west", disk: "ssd" } },
    membership: "ACCEPTED",
    availability: "ACTIVE",
    desiredRole: "MANAGER",
  },
  managerStatus: {
    raftId: "1234567890123456789",
    addr: "10.0.0.1:4242",
    leader: true,
    reachability: "REACHABLE",
  },
  description: {
    hostname: "a",
    platform: { architecture: "x86_64", os: "linux" },
    resources: {
      nanoCpus: 4_000_000_000,
      memoryBytes: 8_589_934_592,
      generic: [{ discreteResourceSpec: { kind: "gpu", value: 2 } }],
    },
    engine: {
      engineVersion: "20.10.24",
      labels: { rack: "r1" },
      plugins: [
        { type: "Volume", name: "local" },
        { type: "Network", name: "overlay" },
        { type: "Network", name: "bridge" },
      ],
    },
  },
});
const joining = aNode("c", {
  spec: { membership: "ACCEPTED", desiredRole: "MANAGER", availability: "PAUSE" },
  status: { state: "UNKNOWN" },
});
const second = aNode("e", {
  spec: { membership: "ACCEPTED", desiredRole: "MANAGER", availability: "ACTIVE" },
  managerStatus: { raftId: "2", addr: "10.0.0.2:4242", reachability: "UNREACHABLE" },
});
const nodes = [
  joining,
  aNode("b", {
    spec: { membership: "ACCEPTED", availability: "DRAIN" },
    status: { state: "DOWN" },
  }),
  manager,
];
const tasks = [
  aTask("web", 2),
  aTask("web", 1),
  aTask("web", 1, { id: "taskweb1old", desiredState: "SHUTDOWN", status: { state: "FAILED" } }),
];
const handlers = fakeCluster({ nodes, tasks });

describe("node", () => {
  test("ls lists nodes by name", async () => {
    const lines = ["node ls", "node list", "node ls -q", "node ls --format json"];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("ls"));
  });

  test("ls tells the leader from the managers that answer and those that do not", async () => {
    const third = { ...second.managerStatus, reachability: "REACHABLE" } as const;
    const all = [...nodes, second, { ...second, id: "nodefid", managerStatus: third }];
    const text = await transcribe(["node ls"], { handlers: fakeCluster({ nodes: all }) });
    await expect(text).toMatchFileSnapshot(golden("ls-managers"));
  });

  test("ls of no nodes is a header", async () => {
    const lines = ["node ls", "node ls -q", "node ls --format json"];
    const text = await transcribe(lines, { handlers: fakeCluster({}) });
    await expect(text).toMatchFileSnapshot(golden("ls-empty"));
  });

  test("inspect shows everything, and the tasks that are wanted there", async () => {
    const lines = [
      "node inspect a",
      "node inspect nodeaid --all --no-resolve",
      "node inspect nodeb",
      "node inspect b --format json",
    ];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("inspect"));
  });

  test("a node is found by its id, its name, or the beginning of its id", async () => {
    const lines = ["node inspect node", "node inspect aa", "node inspect nosuchnode"];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("lookup"));
  });

  test("activate, drain and pause change the availability and nothing else", async () => {
    const lines = [
      "node drain a",
      "node pause a",
      "node activate b",
      "node activate a",
      "node drain b",
      "node pause c",
    ];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("availability"));
  });

  test("promote and demote change the wanted role and nothing else", async () => {
    const lines = [
      "node promote b",
      "node promote b a",
      "node demote a",
      "node demote b",
      "node demote c a",
      "node promote",
      "node promote nosuchnode",
    ];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("roles"));
  });

  test("a forced demotion is a label beside the others, and may follow one that waits", async () => {
    const waiting = aNode("d", {
      role: "MANAGER",
      spec: { membership: "ACCEPTED", availability: "ACTIVE", desiredRole: "WORKER" },
    });
    const cluster = { handlers: fakeCluster({ nodes: [...nodes, waiting] }) };
    const lines = ["node demote a --force", "node demote d", "node demote d --force"];
    const text = await transcribe([...lines, "node demote b --force"], cluster);
    await expect(text).toMatchFileSnapshot(golden("demote-force"));
  });

  test("update replaces the labels", async () => {
    const lines = [
      "node update a --label zone=east,disk=ssd --label 'note=\"a,b\"'",
      "node update a --label '\"note=a,b\"'",
      "node update a --label disk=ssd,zone=west",
      "node update a --label zone",
      "node update a",
    ];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("update"));
  });

  test("remove names the node that is gone", async () => {
    const lines = ["node remove b", "node rm -f b", "node rm", "node rm a b"];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("remove"));
  });

  test("quiet lists ask for nothing but the nodes", async () => {
    const { calls } = await runSwarmctl("node ls -q", { handlers });
    expect(calls.map(({ method }) => method)).toEqual(["ListNodes"]);
  });
});
