import { describe, expect, test } from "vitest";
import {
  type AuthorizationContext,
  authorize,
  type ForwardedMetadata,
  type Peer,
} from "./authorize.ts";

const organization = "cluster1";
const context: AuthorizationContext = {
  organization,
  nodeId: "self",
  isBlacklisted: (nodeId) => nodeId === "removed1",
};
const managersOnly = { roles: ["swarm-manager"], insecure: false };
const anyNode = { roles: ["swarm-worker", "swarm-manager"], insecure: false };
const open = { roles: [], insecure: true };
const direct: ForwardedMetadata = {
  isForwarded: false,
  nodeId: "",
  organization: "",
  roles: [],
  address: "",
};

function aPeer(role: string, nodeId = "node1"): Peer {
  return {
    kind: "node",
    address: "10.0.0.1:99",
    certificate: { nodeId, roles: [role], organization },
  };
}

function forwardedFor(nodeId: string, role: string): ForwardedMetadata {
  return { isForwarded: true, nodeId, organization, roles: [role], address: "10.0.0.9:1" };
}

describe("forwarded calls", () => {
  const manager = aPeer("swarm-manager", "manager2");

  test("a worker behind a manager acts as that worker, from the worker's address", () => {
    const decision = authorize(anyNode, manager, forwardedFor("worker1", "swarm-worker"), context);
    expect(decision).toEqual({
      ok: true,
      value: { nodeId: "worker1", role: "swarm-worker", address: "10.0.0.9:1", isLocal: false },
    });
  });

  test("a worker behind a manager may not what only managers may", () => {
    const forwarded = forwardedFor("worker1", "swarm-worker");
    expect(authorize(managersOnly, manager, forwarded, context).ok).toBe(false);
  });

  test("an anonymous joiner behind a manager stays anonymous", () => {
    const forwarded = { ...direct, isForwarded: true, address: "10.0.0.9:1" };
    expect(authorize(open, manager, forwarded, context)).toEqual({
      ok: true,
      value: { nodeId: "", role: undefined, address: "10.0.0.9:1", isLocal: false },
    });
    expect(authorize(anyNode, manager, forwarded, context).ok).toBe(false);
  });

  test("a worker that claims to forward is refused, whoever it names", () => {
    const forwarded = forwardedFor("manager9", "swarm-manager");
    expect(authorize(anyNode, aPeer("swarm-worker"), forwarded, context).ok).toBe(false);
    const anonymous: Peer = { kind: "anonymous", address: "10.0.0.1:99" };
    expect(authorize(open, anonymous, forwarded, context).ok).toBe(false);
  });

  test("a removed node is refused behind a manager too", () => {
    const forwarded = forwardedFor("removed1", "swarm-worker");
    expect(authorize(anyNode, manager, forwarded, context).ok).toBe(false);
  });
});

describe("direct calls", () => {
  test("the control socket acts as this manager", () => {
    const local: Peer = { kind: "local", address: "self:4242" };
    const expected = { nodeId: "self", role: "swarm-manager", address: "self:4242", isLocal: true };
    expect(authorize(managersOnly, local, direct, context)).toEqual({ ok: true, value: expected });
  });

  test("a removed node counts as nobody where anybody may call", () => {
    const decision = authorize(open, aPeer("swarm-worker", "removed1"), direct, context);
    expect(decision.ok && decision.value.nodeId).toBe("");
  });

  test("the refusal says which role is missing, in SwarmKit's words", () => {
    const decision = authorize(managersOnly, aPeer("swarm-worker"), direct, context);
    expect(decision).toEqual({
      ok: false,
      code: "permission-denied",
      message:
        "Permission denied: unauthorized peer role: rpc error: code = PermissionDenied desc = remote certificate not part of OUs: [swarm-manager]",
    });
  });
});
