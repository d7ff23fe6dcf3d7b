// Every RPC against every kind of caller, over real TLS connections: at the leader itself, and through
// a manager that passes calls on to it.
import { getCodec, type Method, type Services, services } from "@swarmkit/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLogger } from "../log.ts";
import { createRootAuthority } from "../tls/x509.ts";
import { RpcClient } from "./client.ts";
import type { ServerIdentity } from "./remote-listener.ts";
import type { RpcError } from "./rpc-error.ts";
import { addService, type ServiceHandlers } from "./service.ts";
import {
  type AddServices,
  aLeaf,
  asCaller,
  removedNodeId,
  startManager,
  type TestManager,
} from "./testing/test-managers.ts";

const foreignRoot = createRootAuthority(Date.now());
const hourMs = 3_600_000;

/** Each caller, and what it may call: roles as the wire table names them, or nothing at all. */
const callers: readonly {
  readonly name: string;
  readonly identity: ServerIdentity | undefined;
  readonly mayCall: "open" | "swarm-worker" | "swarm-manager" | "no-connection";
}[] = [
  { name: "no certificate", identity: undefined, mayCall: "open" },
  { name: "a worker", identity: aLeaf({}), mayCall: "swarm-worker" },
  { name: "a manager", identity: aLeaf({ role: "swarm-manager" }), mayCall: "swarm-manager" },
  { name: "a removed node", identity: aLeaf({ nodeId: removedNodeId }), mayCall: "open" },
  {
    name: "a removed manager",
    identity: aLeaf({ nodeId: removedNodeId, role: "swarm-manager" }),
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

const methods = Object.entries(services).flatMap(([service, table]) =>
  Object.entries(table as Readonly<Record<string, Method>>).map(([name, method]) => ({
    service: service as keyof Services,
    name,
    method,
  })),
);

/** All services; each call that gets through is answered with nothing. */
const addAll: AddServices = (server, { gate, leader }) => {
  for (const service of Object.keys(services) as (keyof Services)[]) {
    const handlers = methods
      .filter((entry) => entry.service === service)
      .map(({ name, method }) => [name, () => getCodec(method.response).create()]);
    const table = Object.fromEntries(handlers) as ServiceHandlers<typeof service>;
    addService(server, service, table, { gate, leader, log: silentLogger });
  }
};

let leader: TestManager;
let follower: TestManager;

beforeAll(async () => {
  leader = await startManager({ nodeId: "manager1", add: addAll });
  follower = await startManager({ nodeId: "manager2", add: addAll });
  leader.route.setLeader("self");
  follower.route.setLeader(leader.member);
});

afterAll(() => {
  leader.kill();
  follower.kill();
});

test.each(callers)("the leader, called with: $name", async ({ identity, mayCall }) => {
  expect(await callAll(leader, identity)).toEqual(expectedOf(mayCall));
});

test.each(callers)("another manager, called with: $name", async ({ identity, mayCall }) => {
  expect(await callAll(follower, identity)).toEqual(expectedOf(mayCall));
});

function expectedOf(mayCall: (typeof callers)[number]["mayCall"]): Record<string, string> {
  const entries = methods.map(({ method }) => {
    const { roles, insecure } = method.authorization;
    const isAllowed = insecure || roles.includes(mayCall);
    const refusal = mayCall === "no-connection" ? "unavailable" : "permission-denied";
    return [method.path, mayCall !== "no-connection" && isAllowed ? "ok" : refusal];
  });
  return Object.fromEntries(entries);
}

async function callAll(
  manager: TestManager,
  identity: ServerIdentity | undefined,
): Promise<Record<string, string>> {
  const client = new RpcClient(manager.member.addr, asCaller(identity));
  const outcomes: Record<string, string> = {};
  for (const { method } of methods) outcomes[method.path] = await outcomeOf(client, method);
  client.close();
  return outcomes;
}

async function outcomeOf(client: RpcClient, method: Method): Promise<string> {
  try {
    const request = getCodec(method.request).create();
    if (method.serverStreaming) {
      for await (const _ of client.stream(method, request, new AbortController().signal)) break;
    } else if (method.clientStreaming) {
      await client.openClientStream(method).finish();
    } else {
      await client.call(method, request, { timeoutMs: 5000 });
    }
    return "ok";
  } catch (error) {
    return (error as RpcError).code;
  }
}
