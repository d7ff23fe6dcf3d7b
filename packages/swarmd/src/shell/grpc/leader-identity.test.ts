// Who the leader sees, and believes, when another manager passes a call on.
import { getCodec, services } from "@swarmkit/proto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Caller } from "../../core/ca/authorize.ts";
import { silentLogger } from "../log.ts";
import { bindCall } from "./bound-call.ts";
import { exchange, ProxiedSwarm } from "./testing/proxied-swarm.ts";
import { aLeaf, removedNodeId } from "./testing/test-managers.ts";

const { CA, Control } = services;

let swarm: ProxiedSwarm;
beforeEach(async () => {
  swarm = await ProxiedSwarm.start();
});
afterEach(() => swarm.close());

describe("who the leader sees", () => {
  const forged = {
    redirect: undefined,
    forwarded_cert: "true",
    forwarded_cert_cn: "manager9",
    forwarded_cert_org: "cluster1",
    forwarded_cert_ou: "swarm-manager",
    remote_addr: "10.0.0.9:9",
  };
  const anonymous = { nodeId: "", isLocal: false };
  const worker = { nodeId: "node1", role: "swarm-worker", isLocal: false };
  const manager = { nodeId: "caller1", role: "swarm-manager", isLocal: false };
  const proxy = { nodeId: "manager2", role: "swarm-manager", isLocal: false };
  const certificates = {
    worker: aLeaf(),
    manager: aLeaf({ nodeId: "caller1", role: "swarm-manager" }),
    removed: aLeaf({ nodeId: removedNodeId, role: "swarm-manager" }),
    foreign: aLeaf({ role: "swarm-manager", organization: "cluster2" }),
  };

  test.each([
    ["the control socket", "local", {}, proxy],
    ["the control socket, forging", "local", forged, proxy],
    ["a manager", certificates.manager, {}, manager],
    ["a worker", certificates.worker, {}, worker],
    ["a worker, forging", certificates.worker, forged, worker],
    ["a worker, forging a blank", certificates.worker, { forwarded_cert: "true" }, worker],
    ["nobody known", undefined, {}, anonymous],
    ["nobody known, forging", undefined, forged, anonymous],
    ["a removed manager", certificates.removed, {}, anonymous],
    ["a manager of another swarm", certificates.foreign, {}, anonymous],
  ] as const)("%s", async (_name, who, metadata, expected) => {
    const headers = Object.fromEntries(Object.entries(metadata).filter(([, value]) => value));
    const call = { path: CA.GetRootCACertificate.path, who, metadata: headers };
    const { code, messages } = await swarm.callRaw(call);
    expect(code).toBe(0);
    const certificate = getCodec("GetRootCACertificateResponse").decode(messages[0] ?? Buffer.of());
    const caller: Caller = JSON.parse(Buffer.from(certificate.certificate).toString());
    expect(caller).toMatchObject(expected);
    expect(Object.hasOwn(caller, "role")).toBe(Object.hasOwn(expected, "role"));
    expect(caller.address).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test.each(["worker", undefined] as const)(
    "%s with a forged manager may do no more",
    async (who) => {
      const identity = who === undefined ? undefined : certificates[who];
      const call = { path: Control.GetNode.path, who: identity, metadata: forgedWithoutRedirect() };
      expect((await swarm.callRaw(call)).code).toBe(7);
      expect(swarm.behaviourOf(0).nodes).toEqual([]);
    },
  );

  test.each(["manager", "removed"] as const)(
    "a %s that speaks for somebody is not the caller",
    async (who) => {
      const call = {
        path: CA.GetRootCACertificate.path,
        who: certificates[who],
        metadata: { forwarded_cert: "true", forwarded_cert_cn: "" },
      };
      expect((await swarm.callRaw(call)).code).toBe(8);
    },
  );

  function forgedWithoutRedirect(): Record<string, string> {
    const { redirect: _, ...rest } = forged;
    return rest;
  }
});

test("a call is passed on once", async () => {
  const call = {
    path: Control.GetNode.path,
    who: aLeaf({ nodeId: "caller1", role: "swarm-manager" }),
    metadata: { redirect: "10.0.0.1:5" },
  };
  expect(await swarm.callRaw(call)).toMatchObject({
    code: 8,
    details: "more than one redirect to leader from: [10.0.0.1:5]",
    knowledge: "not-executed",
  });
});

test("metadata of the caller's own come along, and SwarmKit's names tell who he is", async () => {
  const seen = Promise.withResolvers<Record<string, unknown>>();
  const path = "/test/Seen";
  const passBytes = (bytes: Buffer): Buffer => bytes;
  const definition = {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: passBytes,
    requestDeserialize: passBytes,
    responseSerialize: passBytes,
    responseDeserialize: passBytes,
  };
  const method = {
    ...exchange,
    path,
    clientStreaming: false,
    serverStreaming: false,
  };
  const leader = await swarm.addManager({
    nodeId: "manager3",
    add: (server) =>
      server.addService({ Seen: definition }, {
        Seen: (call: { metadata: { toHttp2Headers(): Record<string, unknown> } }, reply: never) => {
          seen.resolve(call.metadata.toHttp2Headers());
          (reply as (error: null, value: Buffer) => void)(null, Buffer.of());
        },
      } as never),
  });
  const proxy = await swarm.addManager({
    nodeId: "manager4",
    add: (server, { gate, leader: route }) => {
      const binding = { method, gate, leader: route, log: silentLogger, handler: () => ({}) };
      server.addService({ Seen: definition }, { Seen: bindCall(binding) as never });
    },
  });
  proxy.route.setLeader(leader.member);
  const metadata = { "trace-id": "trace1", "note-bin": Buffer.from("note").toString("base64") };
  await swarm.callRaw({ path, who: aLeaf(), metadata, manager: proxy });
  const address = expect.stringMatching(/^127\.0\.0\.1:\d+$/);
  expect(await seen.promise).toEqual({
    "trace-id": "trace1",
    "note-bin": Buffer.from("note").toString("base64"),
    "user-agent": "swarmkit-typescript",
    redirect: address,
    forwarded_cert: "true",
    forwarded_cert_cn: "node1",
    forwarded_cert_org: "cluster1",
    forwarded_cert_ou: "swarm-worker",
    remote_addr: address,
  });
});
