import type { DeepPartial, ListNodesRequestFilters, Node } from "@swarmkit/proto/types";
import { describe, expect, test } from "vitest";
import { aCluster, aNode, aTask, testEpoch } from "../../testing/builders.ts";
import { ControlCaller } from "../../testing/control-caller.ts";
import { refuse } from "../lib/outcome.ts";
import { toTimestamp } from "../lib/time.ts";

const day = 24 * 3_600_000;
const invalidArgument = refuse("invalid-argument", "invalid argument");
const member = {
  raftId: "77",
  nodeId: "m",
  addr: "10.0.0.1:4242",
  isLeader: true,
  reachability: "REACHABLE",
} as const;

const aManager = (init: DeepPartial<Node> = {}): Node =>
  aNode({ id: "m", role: "MANAGER", ...init, spec: { desiredRole: "MANAGER", ...init.spec } });

describe("reading nodes", () => {
  const api = new ControlCaller({ members: [member] }).add(
    "node",
    aManager({ description: { hostname: "host-m", engine: { labels: { disk: "ssd" } } } }),
    aNode({ id: "w", spec: { annotations: { labels: { zone: "a" } } } }),
    aNode({ id: "x", spec: { membership: "PENDING" } }),
  );
  const list = (filters?: DeepPartial<ListNodesRequestFilters>): string =>
    api
      .resultOf("ListNodes", { filters })
      .nodes.map(({ id }) => id)
      .join("");

  test("managers show what Raft knows of them", () => {
    const status = { raftId: "77", addr: "10.0.0.1:4242", leader: true, reachability: "REACHABLE" };
    expect(api.resultOf("GetNode", { nodeId: "m" }).node?.managerStatus).toEqual(status);
    const { nodes } = api.resultOf("ListNodes", {});
    expect(nodes.map(({ managerStatus }) => managerStatus)).toEqual([status, undefined, undefined]);
  });

  test("they are listed by every filter", () => {
    expect([
      list(),
      list({ names: ["host-m", "w"] }),
      list({ namePrefixes: ["host"] }),
      list({ idPrefixes: ["x"] }),
      list({ labels: { disk: "ssd" } }),
      list({ nodeLabels: { zone: "" } }),
      list({ roles: ["MANAGER"] }),
      list({ roles: ["MANAGER", "WORKER"], memberships: ["ACCEPTED"] }),
      list({ memberships: ["PENDING"] }),
    ]).toEqual(["mwx", "mw", "m", "x", "m", "w", "m", "mw", "x"]);
  });

  test("an unknown one is not found", () => {
    expect(api.call("GetNode", { nodeId: "y" })).toEqual(refuse("not-found", "node y not found"));
    expect(api.call("GetNode", {})).toEqual(invalidArgument);
  });
});

describe("updating a node", () => {
  const update = (api: ControlCaller, nodeId: string, spec: DeepPartial<Node["spec"]>, index = 1) =>
    api.call("UpdateNode", { nodeId, nodeVersion: { index }, spec });

  test("replaces its spec", () => {
    const api = new ControlCaller().add("node", aNode({ id: "w" }));
    const spec = { membership: "ACCEPTED", availability: "DRAIN" } as const;
    const outcome = update(api, "w", spec);
    expect(outcome.ok && outcome.value.node?.spec.availability).toBe("DRAIN");
    expect(api.store.view().get("node", "w")?.meta.version.index).toBe(2);
    expect(update(api, "w", spec)).toEqual(refuse("unknown", "update out of sequence"));
  });

  test("leaves its role alone", () => {
    const api = new ControlCaller().add("node", aManager(), aNode({ id: "w" }));
    const unbuilt = refuse(
      "unimplemented",
      "changing a node's role is not built yet: " +
        "this version has one manager, the node that started the swarm",
    );
    expect(update(api, "w", { desiredRole: "MANAGER" })).toEqual(unbuilt);
    expect(update(api, "m", { desiredRole: "WORKER" })).toEqual(
      refuse("failed-precondition", "attempting to demote the last manager of the swarm"),
    );
    api.add("node", aManager({ id: "m2" }));
    expect(update(api, "m", { desiredRole: "WORKER" })).toEqual(unbuilt);
  });

  test("needs an id, a version and a spec, and a node", () => {
    const api = new ControlCaller();
    expect([
      api.call("UpdateNode", { nodeVersion: { index: 1 }, spec: {} }),
      api.call("UpdateNode", { nodeId: "w", spec: {} }),
      api.call("UpdateNode", { nodeId: "w", nodeVersion: { index: 1 } }),
      update(api, "w", {}),
    ]).toEqual([
      invalidArgument,
      invalidArgument,
      invalidArgument,
      refuse("not-found", "node w not found"),
    ]);
  });
});

describe("removing a node", () => {
  const down = { id: "w", status: { state: "DOWN" } } as const;

  test("lists its certificate, orphans its living tasks and deletes the object, at once", () => {
    const certificate = new TextEncoder().encode("a certificate");
    const expiry = testEpoch + 30 * day;
    const api = new ControlCaller({
      findCertificateExpiry: (pem) => (pem.length === certificate.length ? expiry : undefined),
    })
      .add(
        "cluster",
        aCluster({
          blacklistedCertificates: {
            forgotten: { expiry: toTimestamp(testEpoch - 7 * day - 1) },
            remembered: { expiry: toTimestamp(testEpoch - 7 * day) },
            endless: {},
          },
        }),
      )
      .add("node", aNode({ ...down, certificate: { certificate } }))
      .add(
        "task",
        aTask({ id: "running", nodeId: "w", status: { state: "RUNNING" } }),
        aTask({ id: "complete", nodeId: "w", status: { state: "COMPLETE" } }),
        aTask({ id: "elsewhere", nodeId: "v", status: { state: "RUNNING" } }),
      );
    expect(api.call("RemoveNode", { nodeId: "w" })).toEqual({ ok: true, value: {} });
    const view = api.store.view();
    expect(view.get("node", "w")).toBeUndefined();
    expect(view.get("cluster", "cluster-1")?.blacklistedCertificates).toEqual({
      remembered: { expiry: toTimestamp(testEpoch - 7 * day) },
      endless: {},
      w: { expiry: toTimestamp(expiry) },
    });
    const states = view.find("task", { by: "all" }).map(({ id, status }) => [id, status.state]);
    expect(states).toEqual([
      ["complete", "COMPLETE"],
      ["elsewhere", "RUNNING"],
      ["running", "ORPHANED"],
    ]);
    expect(view.get("task", "running")?.status).toMatchObject({
      message: "Task belonged to a node that has been deleted",
      timestamp: toTimestamp(testEpoch),
    });
  });

  test("is refused while it is a member of the managers, or ready, unless forced", () => {
    const api = new ControlCaller({ members: [member] })
      .add("cluster", aCluster())
      .add("node", aManager(), aNode({ id: "w" }));
    expect([
      api.call("RemoveNode", { nodeId: "m", force: true }),
      api.call("RemoveNode", { nodeId: "w" }),
      api.call("RemoveNode", { nodeId: "x" }),
      api.call("RemoveNode", {}),
    ]).toEqual([
      refuse(
        "failed-precondition",
        "node m is a cluster manager and is a member of the raft cluster. " +
          "It must be demoted to worker before removal",
      ),
      refuse("failed-precondition", "node w is not down and can't be removed"),
      refuse("not-found", "node x not found"),
      invalidArgument,
    ]);
    expect(api.call("RemoveNode", { nodeId: "w", force: true }).ok).toBe(true);
    const cluster = api.store.view().get("cluster", "cluster-1");
    expect(cluster?.blacklistedCertificates).toEqual({ w: {} });
  });

  test("does nothing without a cluster object", () => {
    const api = new ControlCaller().add("node", aNode(down));
    expect(api.call("RemoveNode", { nodeId: "w" })).toEqual(
      refuse("internal", "could not fetch cluster object"),
    );
    expect(api.store.view().count("node")).toBe(1);
  });
});
