import type { DeepPartial, ListNodesRequestFilters, Node } from "@swarmkit/proto/types";
import { describe, expect, test } from "vitest";
import { aCluster, aNode, aTask, testEpoch } from "../../testing/builders.ts";
import { ControlCaller } from "../../testing/control-caller.ts";
import { refuse } from "../lib/outcome.ts";
import { toTimestamp } from "../lib/time.ts";
import type { ClusterMember } from "../model/cluster-member.ts";
import { forceDemotionLabel } from "../model/force-demotion.ts";

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

describe("changing a node's role", () => {
  const raftMember = (nodeId: string, isReachable = true): ClusterMember => ({
    ...member,
    raftId: `raft-${nodeId}`,
    nodeId,
    isLeader: nodeId === "a",
    reachability: isReachable ? "REACHABLE" : "UNREACHABLE",
  });
  const want = (
    api: ControlCaller,
    nodeId: string,
    desiredRole: Node["role"],
    labels: Record<string, string> = {},
  ) => {
    const node = api.store.view().get("node", nodeId);
    return api.call("UpdateNode", {
      nodeId,
      nodeVersion: node?.meta.version ?? { index: 1 },
      spec: { desiredRole, annotations: { labels } },
    });
  };
  const last = refuse("failed-precondition", "attempting to demote the last manager of the swarm");
  const quorum = refuse(
    "failed-precondition",
    "can't remove member from the raft: this would result in a loss of quorum",
  );
  /** Managers by letters, those in capitals not answering, and the worker `w`. */
  const swarm = (letters: string): ControlCaller => {
    const ids = [...letters.toLowerCase()];
    const members = ids.map((id) => raftMember(id, letters.includes(id)));
    return new ControlCaller({ members }).add(
      "node",
      ...ids.map((id) => aManager({ id })),
      aNode({ id: "w" }),
    );
  };

  test("is asked for in the spec; the role itself follows later", () => {
    const api = swarm("ab");
    expect(want(api, "w", "MANAGER").ok).toBe(true);
    expect(api.store.view().get("node", "w")).toMatchObject({
      role: "WORKER",
      spec: { desiredRole: "MANAGER" },
    });
  });

  test.each([
    ["a", "a", last],
    ["ab", "a", undefined],
    ["ab", "b", undefined],
    ["aB", "a", quorum],
    ["aB", "b", undefined],
    ["abC", "b", quorum],
    ["abC", "c", undefined],
    ["abcDE", "a", quorum],
  ] as const)("among the managers %s, %s is demoted unless the quorum would go", (...row) => {
    const [letters, id, refusal] = row;
    const outcome = want(swarm(letters), id, "WORKER");
    expect(outcome.ok ? undefined : outcome).toEqual(refusal);
  });

  test("the last two managers cannot be demoted at once", () => {
    const api = swarm("ab");
    expect(want(api, "a", "WORKER").ok).toBe(true);
    expect(want(api, "b", "WORKER")).toEqual(last);
  });

  test("a manager that has not joined the others yet can be demoted again", () => {
    const members = [raftMember("a")];
    const api = new ControlCaller({ members }).add("node", aManager({ id: "a" }), aManager());
    expect(want(api, "m", "WORKER").ok).toBe(true);
  });

  test("a label forces a demotion, but not that of the last manager", () => {
    const labels = { [forceDemotionLabel]: "true" };
    expect(want(swarm("abC"), "b", "WORKER", labels).ok).toBe(true);
    expect(want(swarm("a"), "a", "WORKER", labels)).toEqual(last);
  });

  test("the label does not outlive a promotion", () => {
    const api = swarm("ab");
    expect(want(api, "w", "MANAGER", { [forceDemotionLabel]: "true", zone: "a" }).ok).toBe(true);
    const labels = api.store.view().get("node", "w")?.spec.annotations.labels;
    expect(labels).toEqual({ zone: "a" });
  });

  test("a demotion that is under way is not checked again by other updates", () => {
    const api = swarm("abC");
    expect(want(api, "b", "WORKER", { [forceDemotionLabel]: "true" }).ok).toBe(true);
    expect(want(api, "b", "WORKER", { zone: "a" }).ok).toBe(true);
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
