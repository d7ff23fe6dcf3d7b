// The control socket. It speaks TLS, as Go's clients expect, and plain HTTP/2 for our own: the first
// byte tells which. Whoever may open the file is trusted, so no certificate is asked for.
import { chmodSync, existsSync, lstatSync, rmSync } from "node:fs";
import { connect, createServer, type Server as NetServer, type Socket } from "node:net";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import type { Server } from "@grpc/grpc-js";
import { SwarmdError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { repairAuthority } from "./authority-repair.ts";
import { createInjector, type Inject } from "./injector.ts";
import type { ServerIdentity } from "./remote-listener.ts";

/** First byte of a TLS connection: a handshake record. */
const tlsHandshake = 0x16;
/** Connections at once. */
const connectionsMax = 1024;
/** Whoever opens the socket's file commands the swarm: only the owner and the group may. */
const socketMode = 0o660;

export class LocalListener {
  readonly #server: NetServer;
  readonly #path: string;
  readonly #connections = new Set<Duplex>();
  readonly #inject: Inject;
  #secureContext: SecureContext;
  readonly #log: Logger;

  constructor(
    grpcServer: Server,
    options: { readonly path: string; readonly identity: ServerIdentity; readonly log: Logger },
  ) {
    this.#path = options.path;
    this.#log = options.log;
    this.#inject = createInjector(grpcServer, options.log);
    this.#secureContext = toSecureContext(options.identity);
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = connectionsMax;
  }

  /** Presents a new certificate from the next connection on. */
  setIdentity(identity: ServerIdentity): void {
    this.#secureContext = toSecureContext(identity);
  }

  /** Starts to listen. A socket file that nobody listens on any more is replaced. */
  async listen(): Promise<void> {
    try {
      await this.#tryListen();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw this.#listenError(error);
      // Nothing but a dead socket may be removed: the path could be a slip of the pen.
      if (lstatSync(this.#path, { throwIfNoEntry: false })?.isSocket() === false) {
        const remedy = "there is a file that is no socket; choose another --listen-control-api";
        const message = `cannot listen on the control socket ${this.#path}: ${remedy}`;
        throw new SwarmdError("listen-failed", message, { cause: error });
      }
      if (await isAlive(this.#path)) {
        const remedy = "stop that program, or choose another --listen-control-api";
        const message = `the control socket ${this.#path} is in use by another program; ${remedy}`;
        throw new SwarmdError("address-in-use", message, { cause: error });
      }
      rmSync(this.#path, { force: true });
      await this.#tryListen().catch((again: unknown) => {
        throw this.#listenError(again);
      });
    }
    // The umask has taken what was too much, and may have taken what the group needs.
    chmodSync(this.#path, socketMode);
    this.#server.on("error", (error) => {
      this.#log.warn("accepting control connections failed", { reason: error.message });
    });
  }

  /** Stops listening, removes the socket file and ends all connections. */
  close(): void {
    this.#server.close();
    for (const connection of this.#connections) connection.destroy();
  }

  #tryListen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      // The file appears within this call, and with the right bits: nobody can be quicker.
      const umask = process.umask(0o777 & ~socketMode);
      try {
        this.#server.listen(this.#path, () => {
          this.#server.off("error", reject);
          resolve();
        });
      } finally {
        process.umask(umask);
      }
    });
  }

  #listenError(error: unknown): SwarmdError {
    const { code, message } = error as NodeJS.ErrnoException;
    // The directory is asked for first: Node says EACCES when it is missing.
    const reason = !existsSync(dirname(this.#path))
      ? "its directory does not exist; create it, or choose another --listen-control-api"
      : code === "EACCES" || code === "EPERM" || code === "EROFS"
        ? "no permission to create it; run swarmd as root, or choose another --listen-control-api"
        : message;
    const text = `cannot listen on the control socket ${this.#path}: ${reason}`;
    return new SwarmdError("listen-failed", text, { cause: error });
  }

  #accept(socket: Socket): void {
    this.#track(socket);
    socket.once("readable", () => {
      const head: Buffer | null = socket.read(1);
      if (head === null) {
        socket.destroy();
        return;
      }
      socket.unshift(head);
      // Only foreign clients come by TLS, and only theirs need the repair.
      this.#inject(head[0] === tlsHandshake ? repairAuthority(this.#secure(socket)) : socket);
    });
  }

  #secure(socket: Socket): TLSSocket {
    const secured = new TLSSocket(socket, {
      isServer: true,
      secureContext: this.#secureContext,
      ALPNProtocols: ["h2"],
    });
    this.#track(secured);
    return secured;
  }

  #track(connection: Duplex): void {
    this.#connections.add(connection);
    connection.on("error", (error) => {
      this.#log.debug("control connection failed", { reason: error.message });
    });
    connection.once("close", () => this.#connections.delete(connection));
  }
}

function toSecureContext({ certificatePem, keyPem }: ServerIdentity): SecureContext {
  return createSecureContext({ cert: certificatePem, key: keyPem, minVersion: "TLSv1.2" });
}

/** Whether somebody listens on a socket file; one who is too busy to answer does. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", ({ code }: NodeJS.ErrnoException) => {
      resolve(code !== "ECONNREFUSED" && code !== "ENOENT");
    });
  });
}
