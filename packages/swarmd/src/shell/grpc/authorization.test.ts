// Every RPC against every kind of caller, over real TLS connections.
import { createPublicKey } from "node:crypto";
import { Server } from "@grpc/grpc-js";
import { getCodec, type Method, type Services, services } from "@swarmkit/proto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuthorizationContext } from "../../core/ca/authorize.ts";
import { silentLogger } from "../log.ts";
import { type Authority, createPrivateKey, createRootAuthority, issueLeaf } from "../tls/x509.ts";
import { RpcClient } from "./client.ts";
import { RemoteListener, type ServerIdentity } from "./remote-listener.ts";
import type { RpcError } from "./rpc-error.ts";
import { addService, type ServiceHandlers } from "./service.ts";

const organization = "cluster1";
const root = createRootAuthority(Date.now());
const foreignRoot = createRootAuthority(Date.now());
const hourMs = 3_600_000;

interface LeafChoice {
  readonly nodeId?: string;
  readonly role?: string;
  readonly organization?: string;
  readonly authority?: Authority;
  readonly validityMs?: number;
}

function aLeaf(choice: LeafChoice): ServerIdentity {
  const { authority = root, validityMs = hourMs } = choice;
  const key = createPrivateKey();
  const subject = { nodeId: "node1", role: "swarm-worker", organization, ...choice };
  const certificatePem = issueLeaf({
    authority,
    publicKey: createPublicKey(key),
    subject,
    nowMs: Date.now(),
    validityMs,
  });
  const keyPem = key.export({ type: "pkcs8", format: "pem" }).toString();
  return { certificatePem, keyPem, rootPem: root.certificatePem };
}

const context: AuthorizationContext = {
  organization,
  nodeId: "manager1",
  isBlacklisted: (nodeId) => nodeId === "removed1",
};

/** Each caller, and what it may call: roles as the wire table names them, or nothing at all. */
const callers: readonly {
  readonly name: string;
  readonly identity: ServerIdentity | undefined;
  readonly mayCall: "open" | "swarm-worker" | "swarm-manager" | "no-connection";
}[] = [
  { name: "no certificate", identity: undefined, mayCall: "open" },
  { name: "a worker", identity: aLeaf({}), mayCall: "swarm-worker" },
  { name: "a manager", identity: aLeaf({ role: "swarm-manager" }), mayCall: "swarm-manager" },
  { name: "a removed node", identity: aLeaf({ nodeId: "removed1" }), mayCall: "open" },
  {
    name: "a removed manager",
    identity: aLeaf({ nodeId: "removed1", role: "swarm-manager" }),
    mayCall: "open",
  },
  {
    name: "a manager of another organization",
    identity: aLeaf({ role: "swarm-manager", organization: "cluster2" }),
    mayCall: "open",
  },
  { name: "an unknown role", identity: aLeaf({ role: "swarm-guest" }), mayCall: "open" },
  {
    name: "a manager of another root",
    identity: aLeaf({ role: "swarm-manager", authority: foreignRoot }),
    mayCall: "no-connection",
  },
  {
    name: "an expired manager",
    identity: aLeaf({ role: "swarm-manager", validityMs: -hourMs / 2 }),
    mayCall: "no-connection",
  },
];

/** Methods that answer once; streams of requests have no handlers yet. */
const methods = Object.entries(services).flatMap(([service, table]) =>
  Object.entries(table as Readonly<Record<string, Method>>)
    .filter(([, method]) => !method.clientStreaming)
    .map(([name, method]) => ({ service: service as keyof Services, name, method })),
);

describe("every RPC decides by its rule in the wire table", () => {
  const server = new Server();
  let listener: RemoteListener;
  let target = "";

  beforeAll(async () => {
    const identity = aLeaf({ nodeId: "manager1", role: "swarm-manager" });
    listener = new RemoteListener(server, identity, silentLogger);
    const peerOf = (address: string) => listener.peerOf(address);
    for (const service of Object.keys(services) as (keyof Services)[]) {
      const handlers = methods
        .filter((entry) => entry.service === service)
        .map(({ name, method }) => [name, () => getCodec(method.response).create()]);
      const table = Object.fromEntries(handlers) as ServiceHandlers<typeof service>;
      addService(server, service, table, { gate: { context, peerOf }, log: silentLogger });
    }
    target = `127.0.0.1:${await listener.listen("127.0.0.1", 0)}`;
    listener.serve();
  });

  afterAll(() => {
    listener.close();
    server.forceShutdown();
  });

  test.each(callers)("called with: $name", async ({ identity, mayCall }) => {
    const rootPem = root.certificatePem;
    const client = new RpcClient(target, {
      kind: "swarm",
      serverName: "swarm-manager",
      rootPem,
      identity,
    });
    const outcomes: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const { method } of methods) {
      const { roles, insecure } = method.authorization;
      const isAllowed = insecure || roles.includes(mayCall);
      const refusal = mayCall === "no-connection" ? "unavailable" : "permission-denied";
      expected[method.path] = mayCall !== "no-connection" && isAllowed ? "ok" : refusal;
      outcomes[method.path] = await outcomeOf(client, method);
    }
    client.close();
    expect(outcomes).toEqual(expected);
  });
});

async function outcomeOf(client: RpcClient, method: Method): Promise<string> {
  try {
    const request = getCodec(method.request).create();
    if (method.serverStreaming) {
      for await (const _ of client.stream(method, request, new AbortController().signal)) break;
    } else {
      await client.call(method, request, { timeoutMs: 5000 });
    }
    return "ok";
  } catch (error) {
    return (error as RpcError).code;
  }
}
