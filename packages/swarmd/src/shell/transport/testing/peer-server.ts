// Managers for tests of the transport: real listeners on the loopback address, with real certificates.
import { createPublicKey } from "node:crypto";
import { Server } from "@grpc/grpc-js";
import type { Message, RaftId } from "@swarmkit/raft";
import type { CertificateRole } from "../../../core/ca/authorize.ts";
import { RemoteListener, type ServerIdentity } from "../../grpc/remote-listener.ts";
import type { Gate } from "../../grpc/service.ts";
import { silentLogger } from "../../log.ts";
import { addRaftService } from "../../manager/raft-service.ts";
import { createPrivateKey, createRootAuthority, issueLeaf } from "../../tls/x509.ts";

const organization = "cluster1";
const authority = createRootAuthority(Date.now());

/** A certificate of the tests' swarm. */
export function issueIdentity(
  nodeId: string,
  role: CertificateRole = "swarm-manager",
): ServerIdentity {
  const key = createPrivateKey();
  const certificatePem = issueLeaf({
    authority,
    publicKey: createPublicKey(key),
    subject: { nodeId, role, organization },
    nowMs: Date.now(),
    validityMs: 3_600_000,
  });
  const keyPem = key.export({ type: "pkcs8", format: "pem" }).toString();
  return { certificatePem, keyPem, rootPem: authority.certificatePem };
}

/** Adds services to a test's server. */
export type AddServices = (server: Server, gate: Gate, peer: PeerServer) => void;

/** A manager that can be taken away, and come back on the same port. */
export class PeerServer {
  readonly raftId: RaftId;
  /** What came in, in order. */
  readonly received: Message[] = [];
  readonly removed: Set<RaftId> = new Set();
  /** Who is no member, and was none. */
  readonly strangers: Set<RaftId> = new Set();
  readonly addresses: Map<RaftId, string> = new Map();
  readonly #identity: ServerIdentity;
  readonly #addServices: AddServices;
  #grpc: Server | undefined;
  #listener: RemoteListener | undefined;
  #port = 0;
  #wake: () => void = () => undefined;

  constructor(raftId: RaftId, addServices?: AddServices, role?: CertificateRole) {
    this.raftId = raftId;
    this.#identity = issueIdentity(`node${raftId}`, role);
    this.#addServices = addServices ?? ((server, gate) => this.addRaft(server, gate));
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  addRaft(server: Server, gate: Gate): void {
    const inbox = {
      raftId: this.raftId,
      step: (message: Message) => this.take(message),
      isMember: (raftId: RaftId) => !this.removed.has(raftId) && !this.strangers.has(raftId),
      isRemoved: (raftId: RaftId) => this.removed.has(raftId),
      addressOf: (raftId: RaftId) => this.addresses.get(raftId),
    };
    addRaftService(server, { gate, log: silentLogger, inbox });
  }

  /** Listens; without serving it takes connections and answers nothing. */
  async start(isServing = true): Promise<this> {
    this.#grpc = new Server({ "grpc.enable_channelz": 0 });
    this.#listener = new RemoteListener(this.#grpc, this.#identity, silentLogger);
    const listener = this.#listener;
    const context = { organization, nodeId: `node${this.raftId}`, isBlacklisted: () => false };
    const gate = { context, peerOf: (address: string) => listener.peerOf(address) };
    this.#addServices(this.#grpc, gate, this);
    this.#port = await listener.listen("127.0.0.1", this.#port);
    if (isServing) listener.serve();
    return this;
  }

  stop(): void {
    this.#listener?.close();
    this.#grpc?.forceShutdown();
  }

  take(message: Message): void {
    this.received.push(message);
    this.#wake();
  }

  /** Resolves when so many messages have come. */
  async hasReceived(count: number): Promise<void> {
    while (this.received.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
