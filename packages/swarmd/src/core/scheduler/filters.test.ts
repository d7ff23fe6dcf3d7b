import type { DeepPartial, GenericResource, Node, Task } from "@swarmkit/proto/types";
import { describe, expect, it } from "vitest";
import { aNode, aService, aTask } from "../../testing/builders.ts";
import { ComponentHarness } from "../../testing/component-harness.ts";
import { Scheduler } from "./scheduler.ts";

function started(...nodes: readonly Node[]): ComponentHarness {
  const harness = new ComponentHarness([new Scheduler()]);
  harness.create("node", ...nodes);
  harness.create("service", aService({ specVersion: { index: 1 } }));
  harness.start();
  return harness;
}

/** Adds one waiting task and tells its node's id, or why it has none. */
function place(harness: ComponentHarness, id: string, init: DeepPartial<Task>): string {
  const version = { index: 1 };
  harness.create(
    "task",
    aTask({ id, specVersion: version, ...init, status: { state: "PENDING" } }),
  );
  const { nodeId, status } = harness.get("task", id);
  return nodeId === "" ? status.err : nodeId;
}

function discrete(kind: string, value: number): DeepPartial<GenericResource> {
  return { discreteResourceSpec: { kind, value } };
}

function named(kind: string, value: string): DeepPartial<GenericResource> {
  return { namedResourceSpec: { kind, value } };
}

describe("resources", () => {
  const big = aNode({
    id: "big",
    description: { resources: { nanoCpus: 4e9, memoryBytes: 1000 } },
  });
  const small = aNode({
    id: "small",
    description: { resources: { nanoCpus: 1e9, memoryBytes: 100 } },
  });
  const needs = (nanoCpus: number, memoryBytes = 0): DeepPartial<Task> => ({
    spec: { resources: { reservations: { nanoCpus, memoryBytes } } },
  });

  it("a node is filled up and no further; what ends gives back what it had", () => {
    const harness = started(big, small);
    expect(place(harness, "t1", { ...needs(3e9) })).toBe("big");
    expect(place(harness, "t2", { ...needs(2e9), specVersion: { index: 2 } })).toBe(
      "no suitable node (insufficient resources on 2 nodes)",
    );
    const { status } = harness.get("task", "t1");
    harness.patch("task", "t1", { status: { ...status, state: "RUNNING" } });
    expect(harness.get("task", "t2").nodeId).toBe("");
    harness.patch("task", "t1", { status: { ...status, state: "COMPLETE" } });
    expect(harness.get("task", "t2").nodeId).toBe("big");
  });

  it("memory counts as CPUs do, and limits do not count", () => {
    const harness = started(big, small);
    expect(place(harness, "t1", needs(0, 500))).toBe("big");
    expect(place(harness, "t2", { ...needs(0, 501), specVersion: { index: 2 } })).toContain(
      "insufficient resources on 2 nodes",
    );
    const limits = { spec: { resources: { limits: { memoryBytes: 1e12 } } } };
    expect(place(harness, "t3", { ...limits, specVersion: { index: 3 } })).toBe("small");
  });

  it("a task that is being shut down keeps what it has until it has ended", () => {
    const harness = started(small);
    place(harness, "t1", needs(1e9));
    harness.patch("task", "t1", { desiredState: "SHUTDOWN" });
    expect(place(harness, "t2", needs(1e9))).toContain("insufficient resources on 1 node");
    harness.remove("task", "t1");
    expect(harness.get("task", "t2").nodeId).toBe("small");
  });

  it("a node that describes itself with more takes what waits", () => {
    const harness = started(small);
    expect(place(harness, "t1", needs(2e9))).toContain("insufficient resources");
    const { description } = harness.get("node", "small");
    if (description === undefined) throw new Error("the node has no description");
    const resources = { nanoCpus: 2e9, memoryBytes: 100, generic: [] };
    harness.patch("node", "small", { description: { ...description, resources } });
    expect(harness.get("task", "t1").nodeId).toBe("small");
  });
});

describe("generic resources", () => {
  it("discrete ones are counted, named ones given out in the node's order", () => {
    const generic = [named("gpu", "a"), named("gpu", "b"), named("gpu", "c"), discrete("ssd", 3)];
    const harness = started(aNode({ description: { resources: { generic } } }));
    const wants = (...items: DeepPartial<GenericResource>[]): DeepPartial<Task> => ({
      spec: { resources: { reservations: { generic: items } } },
    });
    expect(place(harness, "t1", wants(discrete("gpu", 2), discrete("ssd", 1)))).toBe("node-1");
    expect(harness.get("task", "t1").assignedGenericResources).toMatchObject([
      named("gpu", "a"),
      named("gpu", "b"),
      discrete("ssd", 1),
    ]);
    const version = { specVersion: { index: 2 } };
    expect(place(harness, "t2", { ...wants(discrete("gpu", 2)), ...version })).toContain(
      "insufficient resources on 1 node",
    );
    expect(place(harness, "t3", { ...wants(discrete("ssd", 2)), specVersion: { index: 3 } })).toBe(
      "node-1",
    );
    harness.remove("task", "t1");
    expect(harness.get("task", "t2").assignedGenericResources).toMatchObject([
      named("gpu", "a"),
      named("gpu", "b"),
    ]);
    expect(
      place(harness, "t4", { ...wants(named("gpu", "c")), specVersion: { index: 4 } }),
    ).toContain("insufficient resources");
  });

  it("a new leader keeps the names that running tasks hold", () => {
    const generic = [named("gpu", "a"), named("gpu", "b")];
    const harness = new ComponentHarness([new Scheduler()]);
    harness.create("node", aNode({ description: { resources: { generic } } }));
    harness.create("service", aService());
    harness.create(
      "task",
      aTask({
        id: "holder",
        nodeId: "node-1",
        status: { state: "RUNNING" },
        assignedGenericResources: [named("gpu", "a")],
      }),
    );
    harness.start();
    const wants = { spec: { resources: { reservations: { generic: [discrete("gpu", 1)] } } } };
    place(harness, "t1", wants);
    expect(harness.get("task", "t1").assignedGenericResources).toMatchObject([named("gpu", "b")]);
  });
});

describe("constraints and platforms", () => {
  it("only nodes that satisfy the constraints are taken", () => {
    const harness = started(aNode({ id: "a" }), aNode({ id: "b" }));
    const on = (constraint: string): DeepPartial<Task> => ({
      spec: { placement: { constraints: [constraint] } },
    });
    expect(place(harness, "t1", on("node.id==b"))).toBe("b");
    expect(place(harness, "t2", { ...on("node.id==c"), specVersion: { index: 2 } })).toBe(
      "no suitable node (scheduling constraints not satisfied on 2 nodes)",
    );
    expect(place(harness, "t3", { ...on("garbage"), specVersion: { index: 3 } })).toBe("a");
  });

  it("a label that comes later lets the task go", () => {
    const harness = started(aNode({ id: "a" }));
    place(harness, "t1", { spec: { placement: { constraints: ["node.labels.disk==ssd"] } } });
    const { spec } = harness.get("node", "a");
    const annotations = { ...spec.annotations, labels: { disk: "SSD" } };
    harness.patch("node", "a", { spec: { ...spec, annotations } });
    expect(harness.get("task", "t1").nodeId).toBe("a");
  });

  it.each([
    [{ os: "linux", architecture: "amd64" }, "x86"],
    [{ os: "linux", architecture: "arm64" }, "arm"],
    [{ os: "", architecture: "aarch64" }, "arm"],
    [{ os: "linux", architecture: "" }, "arm"],
    [
      { os: "windows", architecture: "amd64" },
      "no suitable node (unsupported platform on 2 nodes)",
    ],
  ])("the platform %j is placed on %s", (platform, expected) => {
    const harness = started(
      aNode({ id: "x86", description: { platform: { os: "linux", architecture: "x86_64" } } }),
      aNode({ id: "arm", description: { platform: { os: "linux", architecture: "aarch64" } } }),
    );
    expect(place(harness, "t1", { spec: { placement: { platforms: [platform] } } })).toBe(expected);
  });
});

describe("ports, replicas per node, volumes and plugins", () => {
  const publishing = (
    publishedPort: number,
    protocol: "TCP" | "UDP" = "TCP",
  ): DeepPartial<Task> => ({
    endpoint: { ports: [{ protocol, targetPort: 80, publishedPort, publishMode: "HOST" }] },
  });

  it("a host port is given to one task of a node", () => {
    const harness = started(aNode());
    expect(place(harness, "t1", publishing(80))).toBe("node-1");
    expect(place(harness, "t2", publishing(80))).toBe(
      "no suitable node (host-mode port already in use on 1 node)",
    );
    expect(place(harness, "t3", { ...publishing(80, "UDP"), specVersion: { index: 2 } })).toBe(
      "node-1",
    );
    expect(place(harness, "t4", { ...publishing(0), specVersion: { index: 3 } })).toBe("node-1");
    expect(place(harness, "t5", { ...publishing(0), specVersion: { index: 3 } })).toBe("node-1");
    harness.remove("task", "t1");
    expect(harness.get("task", "t2").nodeId).toBe("node-1");
  });

  it("no node gets more replicas than the service allows; one on its way out does not count", () => {
    const harness = started(aNode({ id: "a" }), aNode({ id: "b" }));
    const limited = { spec: { placement: { maxReplicas: 1 } } };
    expect(place(harness, "t1", limited)).toBe("a");
    expect(place(harness, "t2", limited)).toBe("b");
    expect(place(harness, "t3", limited)).toBe(
      "no suitable node (max replicas per node limit exceed)",
    );
    harness.patch("task", "t1", { desiredState: "SHUTDOWN" });
    expect(harness.get("task", "t3").nodeId).toBe("a");
  });

  it("cluster volumes are refused", () => {
    const harness = started(aNode());
    const mounts = [{ type: "CLUSTER", source: "v", target: "/v" }] as const;
    expect(place(harness, "t1", { spec: { container: { mounts } } })).toBe(
      "no suitable node (cannot fulfill requested CSI volume mounts on 1 node)",
    );
  });

  it("a node must have the volume and log drivers that a task names", () => {
    const plugins = [
      { type: "Volume", name: "nfs:latest" },
      { type: "Log", name: "json-file" },
    ];
    const harness = started(
      aNode({ id: "plain", description: { engine: { plugins: [{ type: "Log", name: "none" }] } } }),
      aNode({ id: "rich", description: { engine: { plugins } } }),
    );
    const mounting = (name: string): DeepPartial<Task> => ({
      spec: {
        container: { mounts: [{ type: "VOLUME", volumeOptions: { driverConfig: { name } } }] },
      },
    });
    const logging = (name: string): DeepPartial<Task> => ({ spec: { logDriver: { name } } });
    expect(place(harness, "t1", mounting("nfs"))).toBe("rich");
    expect(place(harness, "t2", { ...mounting("ceph"), specVersion: { index: 2 } })).toBe(
      "no suitable node (missing plugin on 2 nodes)",
    );
    expect(place(harness, "t3", { ...logging("json-file"), specVersion: { index: 3 } })).toBe(
      "rich",
    );
    expect(place(harness, "t4", { ...logging("none"), specVersion: { index: 4 } })).toBe("plain");
    expect(place(harness, "t5", { ...mounting("local"), specVersion: { index: 5 } })).toBe("plain");
  });

  it("several reasons are given, the one that ruled out most nodes first", () => {
    const harness = started(
      aNode({ id: "a", status: { state: "DOWN" } }),
      aNode({ id: "b" }),
      aNode({ id: "c" }),
    );
    expect(place(harness, "t1", { spec: { placement: { constraints: ["node.id==a"] } } })).toBe(
      "no suitable node (scheduling constraints not satisfied on 2 nodes; 1 node not available for new tasks)",
    );
  });
});
