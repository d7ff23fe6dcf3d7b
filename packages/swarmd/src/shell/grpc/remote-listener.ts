// The TCP side of a manager: our own tls.Server accepts and identifies, grpc-js only speaks gRPC.
//
// grpc-js by itself can either demand client certificates or never ask for them, and its
// experimental third way hands over certificates that nobody verified. SwarmKit needs "verified if
// given", so connections are judged here and injected into grpc-js as plain ones.
import { constants } from "node:crypto";
import type { AddressInfo } from "node:net";
import {
  createServer,
  type SecureContextOptions,
  type TLSSocket,
  type Server as TlsServer,
} from "node:tls";
import type { Server } from "@grpc/grpc-js";
import type { Peer } from "../../core/ca/authorize.ts";
import { SwarmdError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { descriptorsMax } from "./descriptors.ts";
import { createInjector, type Inject } from "./injector.ts";
import { identifyPeer } from "./peer.ts";

/** Connections at once; each agent holds one or two. */
const connectionsMax = 20_000;
/**
 * Of the descriptors that this process may open, the part that connections may take: the log's files
 * and the tasks need some too, and a manager that cannot open its log's next file ends.
 */
const descriptorShare = 0.75;
/**
 * Connections without a certificate at once: nodes that join hold one for seconds, and strangers must
 * not take the members' places.
 */
const anonymousMax = 1000;
/** After this time a connection without a certificate is ended, in milliseconds. */
const anonymousLifetimeMs = 300_000;
/** A handshake that takes longer is given up, in milliseconds. */
const handshakeTimeoutMs = 10_000;
/** Connections that wait to be accepted; after a failover every agent of the swarm calls at once. */
const backlogMax = 4096;

/**
 * A resumed session would prove nothing anew: its certificate may have expired or its node been
 * removed. And whom a connection belongs to is judged once, so it must not change afterwards.
 */
const secureOptions = constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION;

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
  readonly #inject: Inject;
  readonly #log: Logger;
  #isServing = false;
  #anonymousCount = 0;

  constructor(grpcServer: Server, identity: ServerIdentity, log: Logger) {
    this.#log = log;
    this.#inject = createInjector(grpcServer, log);
    this.#server = createServer({
      ...toContext(identity),
      requestCert: true,
      // Judged below: Node's own rejection would also refuse callers without a certificate.
      rejectUnauthorized: false,
      ALPNProtocols: ["h2"],
      handshakeTimeout: handshakeTimeoutMs,
    });
    this.#server.maxConnections = Math.min(
      connectionsMax,
      Math.floor(descriptorsMax() * descriptorShare),
    );
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
      if (this.#admit(socket, peer) && this.#isServing) this.#inject(socket);
    });
  }

  /** The identity behind `call.getPeer()`; undefined once that connection is gone. */
  peerOf(address: string): Peer | undefined {
    return this.#peers.get(address);
  }

  /** Presents and trusts what a new identity says from the next connection on. */
  setIdentity(identity: ServerIdentity): void {
    this.#server.setSecureContext(toContext(identity));
  }

  /** Starts to accept; answers the port, which the kernel chose when it was 0. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      const refuse = (error: NodeJS.ErrnoException): void => {
        reject(listenError(error, `${host}:${port}`));
      };
      this.#server.once("error", refuse);
      this.#server.once("listening", () => {
        this.#server.off("error", refuse);
        // What goes wrong with accepting later must not end the process.
        this.#server.on("error", (error) => {
          this.#log.warn("accepting connections failed", { reason: error.message });
        });
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

  /** Whether the connection may be used; one that may not is ended. */
  #admit(socket: TLSSocket, peer: Peer): boolean {
    const address = addressOf(socket);
    const refusal = socket.destroyed ? "it has ended" : this.#findRefusal(address, peer);
    if (refusal !== undefined) {
      this.#log.debug("refused a connection", { address, reason: refusal });
      socket.destroy();
      return false;
    }
    this.#peers.set(address, peer);
    this.#sockets.add(socket);
    const forget = peer.kind === "anonymous" ? this.#countAnonymous(socket) : () => undefined;
    socket.once("close", () => {
      this.#peers.delete(address);
      this.#sockets.delete(socket);
      forget();
    });
    return true;
  }

  /**
   * Calls are told apart by the address that they come from. A caller may use one port towards two of
   * our addresses; the second of them would then be taken for the first, or the first for the second.
   */
  #findRefusal(address: string, peer: Peer): string | undefined {
    if (this.#peers.has(address)) return "another connection comes from the same address and port";
    const isCrowded = peer.kind === "anonymous" && this.#anonymousCount >= anonymousMax;
    return isCrowded ? `there are ${anonymousMax} connections without a certificate` : undefined;
  }

  #countAnonymous(socket: TLSSocket): () => void {
    this.#anonymousCount += 1;
    const timer = setTimeout(() => socket.destroy(), anonymousLifetimeMs);
    timer.unref();
    return () => {
      this.#anonymousCount -= 1;
      clearTimeout(timer);
    };
  }
}

function toContext(identity: ServerIdentity): SecureContextOptions {
  const { certificatePem, keyPem, rootPem } = identity;
  return { cert: certificatePem, key: keyPem, ca: rootPem, minVersion: "TLSv1.2", secureOptions };
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
