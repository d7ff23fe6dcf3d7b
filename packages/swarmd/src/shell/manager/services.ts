// Which services a manager has, on which listener, and which of them only the leader answers.
import { Server } from "@grpc/grpc-js";
import type { AuthorizationContext } from "../../core/ca/authorize.ts";
import type { ControlContext } from "../../core/control/context.ts";
import type { Outcome } from "../../core/lib/outcome.ts";
import type { Prng } from "../../core/lib/prng.ts";
import { addBackupService, type FreshState } from "../backup/backup-service.ts";
import type { CaService } from "../ca/ca-service.ts";
import type { Trust } from "../grpc/client.ts";
import type { LeaderRoute } from "../grpc/leader-route.ts";
import type { Gate } from "../grpc/service.ts";
import type { Logger } from "../log.ts";
import { addControlService } from "./control-service.ts";
import type { DispatcherService } from "./dispatcher-service.ts";
import type { HealthService } from "./health-service.ts";
import type { ManagerMembership } from "./manager-membership.ts";
import { addRaftMembershipService } from "./raft-membership-service.ts";
import { addRaftService } from "./raft-service.ts";
import type { StoreClient } from "./store-client.ts";

/** Largest message that the listeners take, as in SwarmKit. */
const messageBytesMax = 4 * 1024 * 1024;

/** Calls in progress on one connection: an agent has two streams open, a busy client some hundreds. */
const connectionStreamsMax = 1000;

/** A gRPC server with the listeners' limits. */
export function createServer(): Server {
  return new Server({
    "grpc.enable_channelz": 0,
    "grpc.max_receive_message_length": messageBytesMax,
    "grpc.max_concurrent_streams": connectionStreamsMax,
  });
}

export interface ManagerServices {
  readonly ca: CaService;
  readonly dispatcher: DispatcherService;
  readonly health: HealthService;
  readonly membership: ManagerMembership;
  readonly store: StoreClient;
  readonly leader: LeaderRoute;
  readonly authorization: AuthorizationContext;
  readonly log: Logger;
  readonly prng: Prng;
  /** How to reach and trust another manager; asked each time. */
  trust(): Trust;
  controlContext(): ControlContext;
  /** The whole state, after a read barrier. */
  takeState(): Promise<Outcome<FreshState>>;
}

/** Adds all services to one side's server; Raft's only to the one that other managers reach. */
export function addServices(
  server: Server,
  side: { readonly isRemote: boolean; readonly peerOf: Gate["peerOf"] },
  services: ManagerServices,
): void {
  const { log, leader, store } = services;
  const gate: Gate = { context: services.authorization, peerOf: side.peerOf };
  const proxied = { gate, log, leader };
  services.ca.addTo(server, proxied);
  services.dispatcher.addTo(server, proxied);
  services.health.addTo(server, { gate, log });
  addControlService(server, { ...proxied, store, context: () => services.controlContext() });
  const takeState = (): Promise<Outcome<FreshState>> => services.takeState();
  addBackupService(server, { ...proxied, takeState, wallNow: Date.now });
  if (!side.isRemote) return;
  const { membership, prng, trust } = services;
  addRaftService(server, { gate, log, inbox: membership });
  addRaftMembershipService(server, { ...proxied, control: membership, prng, trust });
}
