// HTTP/2 connections to a gRPC server, made when a call wants one.
//
// Of our own, because two things must be known that grpc-js does not tell: whether a failed call can
// have been executed, and, to the server, whether a stream of requests ended or was given up. Node's
// HTTP/2 says first that the stream has ended when it is cancelled, unless trailers are awaited.
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  constants,
  type OutgoingHttpHeaders,
} from "node:http2";
import { connect as connectPlain, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls, type PeerCertificate } from "node:tls";
import { type CallListener, type CallOwner, RawCall } from "./raw-call.ts";
import type { ServerIdentity } from "./remote-listener.ts";
import { RpcError } from "./rpc-error.ts";

/** How to reach and trust the other end. */
export type Trust =
  /** The control socket in plain HTTP/2. */
  | { readonly kind: "local" }
  /** Nothing is verified: only to fetch a root certificate, which a token's digest then proves. */
  | { readonly kind: "unverified" }
  /** The server must prove `serverName` under the swarm's root; we show a certificate if we have one. */
  | {
      readonly kind: "swarm";
      readonly serverName: "swarm-manager" | "swarm-ca";
      readonly rootPem: string;
      readonly identity?: ServerIdentity | undefined;
      /** Nobody but this node will do; any that proves the name when absent. */
      readonly nodeId?: string | undefined;
    };

export interface CallOptions {
  /** Wall-clock time at which the call is given up; Infinity for never. */
  readonly deadlineMs: number;
  /** True when more than one request is sent. */
  readonly isStreaming: boolean;
  readonly metadata?: OutgoingHttpHeaders | undefined;
}

/** A connection that is not ready after this time is given up, in milliseconds. */
const connectTimeoutMs = 20_000;
/** A connection on which a call waited in vain must answer within this time, in milliseconds. */
const pingTimeoutMs = 2000;
/** Calls at once on one connection, whatever the other end allows. */
const callsMax = 900;
/** Connections to one server; together they carry more calls than a swarm has agents. */
const connectionsMax = 100;

/** One connection, and the calls on it. */
export class Connection implements CallOwner {
  /** Resolves when calls can be made; rejects with an `RpcError` when none ever can. */
  readonly ready: Promise<void>;
  readonly #session: ClientHttp2Session;
  readonly #authority: string;
  readonly #scheme: string;
  #callCount = 0;
  #isReady = false;
  #isLeaving = false;
  #isSuspect = false;
  #lostReason: string | undefined;

  constructor(target: string, trust: Trust) {
    const socket = dial(target, trust);
    this.#scheme = trust.kind === "local" ? "http" : "https";
    this.#authority = trust.kind === "local" ? "localhost" : target;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    promise.catch(() => {});
    const lose = (reason: string): void => {
      this.#lostReason ??= reason;
      clearTimeout(timer);
      reject(new RpcError("unavailable", this.#lostReason));
    };
    // Before the session's own listeners: its streams ask for the reason.
    socket.on("error", (error) => lose(error.message));
    socket.on("close", () => lose(`the connection to ${target} is lost`));
    this.#session = connectHttp2("http://localhost", {
      createConnection: () => socket,
      settings: { enablePush: false },
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
    });
    const timer = setTimeout(() => this.#drop("it did not get ready in time"), connectTimeoutMs);
    // With its settings the other end shows that it speaks HTTP/2 and takes calls.
    this.#session.once("remoteSettings", () => {
      clearTimeout(timer);
      this.#isReady = true;
      resolve();
    });
    this.#session.on("goaway", () => {
      this.#isLeaving = true;
    });
    this.#session.on("error", (error) => lose(error.message));
    this.#session.on("close", () => lose(`the connection to ${target} is closed`));
  }

  get lostReason(): string | undefined {
    return this.#lostReason;
  }

  /** True when it is over, or takes no new calls. */
  get isSpent(): boolean {
    return this.#isLeaving || this.#lostReason !== undefined || this.#session.closed;
  }

  /** True when a call can be made now. */
  get hasRoom(): boolean {
    if (!this.#isReady || this.isSpent) return false;
    const { maxConcurrentStreams = callsMax } = this.#session.remoteSettings;
    return this.#callCount < Math.min(callsMax, maxConcurrentStreams);
  }

  /** Starts a call; there must be room. */
  call(path: string, options: CallOptions, listener: CallListener): RawCall {
    const { deadlineMs, isStreaming, metadata } = options;
    const headers: OutgoingHttpHeaders = {
      ...metadata,
      ":method": "POST",
      ":scheme": this.#scheme,
      ":path": path,
      ":authority": this.#authority,
      "content-type": "application/grpc",
      te: "trailers",
      "user-agent": "swarmkit-typescript",
    };
    if (deadlineMs !== Infinity) headers["grpc-timeout"] = formatTimeout(deadlineMs - Date.now());
    const stream = this.#session.request(headers, {
      endStream: false,
      waitForTrailers: isStreaming,
    });
    this.#callCount += 1;
    return new RawCall(stream, this, listener, deadlineMs);
  }

  callEnded(): void {
    this.#callCount -= 1;
    if (this.#isLeaving && this.#callCount === 0) this.close();
  }

  suspect(): void {
    if (this.#isSuspect || this.isSpent) return;
    this.#isSuspect = true;
    const timer = setTimeout(() => this.#drop("it does not answer"), pingTimeoutMs);
    this.#session.ping(() => {
      clearTimeout(timer);
      this.#isSuspect = false;
    });
  }

  /** Takes no new calls, and ends once those on it have. */
  retire(): void {
    this.#isLeaving = true;
    if (this.#callCount === 0) this.close();
  }

  /** Ends the connection and all calls on it. */
  close(): void {
    this.#drop("it was closed");
  }

  #drop(reason: string): void {
    this.#lostReason ??= `no connection to ${this.#authority}: ${reason}`;
    this.#session.destroy(undefined, constants.NGHTTP2_CANCEL);
  }
}

/** Connections to one server: one, as long as all calls have room on it. */
export class ConnectionPool {
  readonly #target: string;
  readonly #trust: Trust;
  #connections: Connection[] = [];
  #dialing: Promise<void> | undefined;
  #isRetired = false;

  constructor(target: string, trust: Trust) {
    this.#target = target;
    this.#trust = trust;
  }

  /** A connection with room for a call, if there is one already. */
  find(): Connection | undefined {
    return this.#connections.find((connection) => connection.hasRoom);
  }

  /**
   * Starts a call, on a new connection if need be. Rejects with an `RpcError` when there is none to be
   * had, or the signal is aborted before: then nothing was sent.
   */
  async open(
    path: string,
    options: CallOptions & { readonly signal?: AbortSignal | undefined },
    listener: CallListener,
  ): Promise<RawCall> {
    const { signal } = options;
    for (;;) {
      // Others who waited for the same connection may have filled it.
      const connection = this.find();
      if (connection !== undefined) return connection.call(path, options, listener);
      if (this.#isRetired) throw new RpcError("unavailable", "the connection was closed");
      await unlessAborted(this.#dialing ?? this.#dial(), signal);
      if (signal?.aborted) throw new RpcError("aborted", "cancelled before it was sent");
    }
  }

  /** Nothing can be called any more; calls under way go on. */
  retire(): void {
    this.#isRetired = true;
    for (const connection of this.#connections) connection.retire();
  }

  /** Ends all connections; nothing can be called any more. */
  close(): void {
    this.#isRetired = true;
    for (const connection of this.#connections) connection.close();
  }

  #dial(): Promise<void> {
    this.#connections = this.#connections.filter(({ lostReason }) => lostReason === undefined);
    if (this.#connections.length >= connectionsMax) {
      return Promise.reject(new RpcError("resource-exhausted", "too many calls are under way"));
    }
    const connection = new Connection(this.#target, this.#trust);
    this.#connections.push(connection);
    const dialing = connection.ready.finally(() => {
      this.#dialing = undefined;
    });
    this.#dialing = dialing;
    return dialing;
  }
}

/** Waits for a promise, but no longer than until the signal is aborted. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return await work;
  const { promise, resolve } = Promise.withResolvers<void>();
  const abort = (): void => resolve();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function dial(target: string, trust: Trust): Socket {
  const unixPath = /^unix:(?:\/\/)?(.+)$/.exec(target)?.[1];
  if (unixPath !== undefined) return connectPlain(unixPath);
  const { host, port } = splitAddress(target);
  if (trust.kind === "local") return connectPlain({ host, port });
  const common = { host, port, ALPNProtocols: ["h2"], minVersion: "TLSv1.2" } as const;
  if (trust.kind === "unverified") {
    return connectTls({ ...common, servername: "swarm-ca", rejectUnauthorized: false });
  }
  const { serverName, rootPem, identity, nodeId } = trust;
  const own = identity === undefined ? {} : { cert: identity.certificatePem, key: identity.keyPem };
  const verify = (name: string, certificate: PeerCertificate): Error | undefined =>
    checkServerIdentity(name, certificate) ?? checkNode(certificate, nodeId);
  const proof = { servername: serverName, ca: rootPem, checkServerIdentity: verify };
  return connectTls({ ...common, ...own, ...proof });
}

function checkNode({ subject }: PeerCertificate, nodeId: string | undefined): Error | undefined {
  if (nodeId === undefined || subject.CN === nodeId) return undefined;
  return new Error(`another node answers there: ${subject.CN}`);
}

function splitAddress(target: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|(.*)):(\d+)$/.exec(target) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || port === undefined) {
    throw new RpcError("invalid-argument", `${target} is not an address: give host:port`);
  }
  return { host: host === "" ? "localhost" : host, port: Number(port) };
}

/** gRPC's form of a duration: at most eight digits and a unit. */
function formatTimeout(timeoutMs: number): string {
  const rounded = Math.max(1, Math.ceil(timeoutMs));
  return rounded < 1e8 ? `${rounded}m` : `${Math.min(99_999_999, Math.ceil(rounded / 1000))}S`;
}
