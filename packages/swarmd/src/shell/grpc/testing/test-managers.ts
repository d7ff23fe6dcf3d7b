// Managers that consist of their gRPC servers alone, with real certificates, on loopback.
import { createPublicKey } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server as NetServer } from "node:net";
import { Server } from "@grpc/grpc-js";
import type { Clock } from "../../clock.ts";
import { systemClock } from "../../clock.ts";
import { silentLogger } from "../../log.ts";
import {
  type Authority,
  createPrivateKey,
  createRootAuthority,
  issueLeaf,
} from "../../tls/x509.ts";
import type { Trust } from "../connection.ts";
import { createInjector } from "../injector.ts";
import { LeaderConnections, type RemoteLeader } from "../leader-route.ts";
import { RemoteListener, type ServerIdentity } from "../remote-listener.ts";
import type { Gate } from "../service.ts";

export const testOrganization = "cluster1";
/** Its certificate is good, and it is on the list of those who were removed. */
export const removedNodeId = "removed1";

const root = createRootAuthority(Date.now());
const hourMs = 3_600_000;

export interface LeafChoice {
  readonly nodeId?: string;
  readonly role?: string;
  readonly organization?: string;
  readonly authority?: Authority;
  readonly validityMs?: number;
}

/** A node's certificate: a worker's of this swarm, if nothing else is chosen. */
export function aLeaf(choice: LeafChoice = {}): ServerIdentity {
  const { authority = root, validityMs = hourMs } = choice;
  const key = createPrivateKey();
  const certificatePem = issueLeaf({
    authority,
    publicKey: createPublicKey(key),
    subject: {
      nodeId: "node1",
      role: "swarm-worker",
      organization: testOrganization,
      ...choice,
    },
    nowMs: Date.now(),
    validityMs,
  });
  const keyPem = key.export({ type: "pkcs8", format: "pem" }).toString();
  return { certificatePem, keyPem, rootPem: root.certificatePem };
}

/** How a caller with this certificate, or with none, trusts a manager. */
export function asCaller(identity?: ServerIdentity): Trust {
  const { certificatePem: rootPem } = root;
  return { kind: "swarm", serverName: "swarm-manager", rootPem, identity };
}

/** Adds services to one of a manager's servers. */
export type AddServices = (
  server: Server,
  options: { readonly gate: Gate; readonly leader: LeaderConnections },
) => void;

export interface TestManager {
  readonly member: RemoteLeader;
  readonly route: LeaderConnections;
  /** Where its control socket would be, in plain HTTP/2. */
  readonly localAddress: string;
  /** Ends all its connections and takes no more, as a killed process does. */
  kill(): void;
}

/** Starts a manager with `add`'s services on both its servers; it knows of no leader yet. */
export async function startManager(options: {
  readonly nodeId: string;
  readonly add: AddServices;
  readonly clock?: Clock;
}): Promise<TestManager> {
  const { nodeId, add, clock = systemClock } = options;
  const identity = aLeaf({ nodeId, role: "swarm-manager" });
  const route = new LeaderConnections({ clock, trust: () => asCaller(identity) });
  const servers = [createGrpcServer(), createGrpcServer()] as const;
  const [remote, local] = servers;
  const listener = new RemoteListener(remote, identity, silentLogger);
  const context = {
    organization: testOrganization,
    nodeId,
    isBlacklisted: (id: string) => id === removedNodeId,
  };
  add(remote, { leader: route, gate: { context, peerOf: (from) => listener.peerOf(from) } });
  const peer = { kind: "local", address: "here" } as const;
  add(local, { leader: route, gate: { context, peerOf: () => peer } });
  const port = await listener.listen("127.0.0.1", 0);
  listener.serve();
  const socket = await listenPlain(local);
  return {
    member: { nodeId, addr: `127.0.0.1:${port}` },
    route,
    localAddress: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    kill: () => {
      route.close();
      listener.close();
      socket.close();
      for (const server of servers) server.forceShutdown();
    },
  };
}

function createGrpcServer(): Server {
  return new Server({ "grpc.enable_channelz": 0, "grpc.max_concurrent_streams": 1000 });
}

async function listenPlain(server: Server): Promise<NetServer> {
  const inject = createInjector(server, silentLogger);
  const listening = createServer((socket) => inject(socket)).listen(0, "127.0.0.1");
  await once(listening, "listening");
  return listening;
}
