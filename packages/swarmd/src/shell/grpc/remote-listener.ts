// The TCP side of a manager: our own tls.Server accepts and identifies, grpc-js only speaks gRPC.
//
// grpc-js by itself can either demand client certificates or never ask for them, and its
// experimental third way hands over certificates that nobody verified. SwarmKit needs "verified if
// given", so connections are judged here and injected into grpc-js as plain ones.
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import { type Server, ServerCredentials } from "@grpc/grpc-js";
import type { Peer } from "../../core/ca/authorize.ts";
import { SwarmdError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { identifyPeer } from "./peer.ts";

/** Connections at once; each agent holds one or two. */
const connectionsMax = 20_000;
/** A handshake that takes longer is given up, in milliseconds. */
const handshakeTimeoutMs = 10_000;
/** Connections that wait to be accepted; after a failover every agent of the swarm calls at once. */
const backlogMax = 4096;

/** The PEM texts that a TLS server presents and trusts. */
export interface ServerIdentity {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly rootPem: string;
}

export class RemoteListener {
  readonly #server: TlsServer;
  readonly #peers = new Map<string, Peer>();
  readonly #sockets = new Set<TLSSocket>();
  readonly #inject: (socket: TLSSocket) => void;
  #isServing = false;

  constructor(grpcServer: Server, identity: ServerIdentity, log: Logger) {
    const injector = grpcServer.createConnectionInjector(ServerCredentials.createInsecure());
    this.#inject = (socket) => injector.injectConnection(socket);
    this.#server = createServer({
      cert: identity.certificatePem,
      key: identity.keyPem,
      ca: identity.rootPem,
      requestCert: true,
      // Judged below: Node's own rejection would also refuse callers without a certificate.
      rejectUnauthorized: false,
      minVersion: "TLSv1.2",
      ALPNProtocols: ["h2"],
      handshakeTimeout: handshakeTimeoutMs,
    });
    this.#server.maxConnections = connectionsMax;
    this.#server.on("tlsClientError", (error, socket) => {
      log.debug("TLS handshake failed", { address: socket.remoteAddress, reason: error.message });
    });
    this.#server.on("secureConnection", (socket) => {
      // A reset by the other end is not our failure; the close below cleans up.
      socket.on("error", () => {});
      const peer = identifyPeer(socket);
      if (peer === undefined) {
        const reason = socket.authorizationError?.message ?? "incomplete subject";
        log.warn("refused a connection: its certificate is not of this swarm", {
          address: socket.remoteAddress,
          reason,
        });
        socket.destroy();
        return;
      }
      this.#admit(socket, peer);
      if (this.#isServing) this.#inject(socket);
    });
  }

  /** The identity behind `call.getPeer()`; undefined once that connection is gone. */
  peerOf(address: string): Peer | undefined {
    return this.#peers.get(address);
  }

  /** Starts to accept; answers the port, which the kernel chose when it was 0. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error: NodeJS.ErrnoException) => {
        reject(listenError(error, `${host}:${port}`));
      });
      this.#server.listen({ host, port, backlog: backlogMax }, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * Calls are answered from now on, with the services that the gRPC server has by now. Those who came
   * earlier have waited: an "unimplemented" would turn away a node that joins while its manager starts.
   */
  serve(): void {
    this.#isServing = true;
    for (const socket of this.#sockets) this.#inject(socket);
  }

  /** Ends the connections of a node that must no longer be heard. */
  disconnect(nodeId: string): void {
    for (const socket of this.#sockets) {
      const peer = this.#peers.get(addressOf(socket));
      if (peer?.kind === "node" && peer.certificate.nodeId === nodeId) socket.destroy();
    }
  }

  /** Stops listening and ends all connections. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #admit(socket: TLSSocket, peer: Peer): void {
    const address = addressOf(socket);
    this.#peers.set(address, peer);
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#peers.delete(address);
      this.#sockets.delete(socket);
    });
  }
}

function addressOf(socket: TLSSocket): string {
  return `${socket.remoteAddress}:${socket.remotePort}`;
}

function listenError(error: NodeJS.ErrnoException, address: string): SwarmdError {
  if (error.code === "EADDRINUSE") {
    const remedy = "stop the program that holds it, or choose another --listen-remote-api";
    return new SwarmdError(
      "address-in-use",
      `cannot listen on ${address}: it is in use; ${remedy}`,
      {
        cause: error,
      },
    );
  }
  return new SwarmdError("listen-failed", `cannot listen on ${address}: ${error.message}`, {
    cause: error,
  });
}
