// The connection to another manager: TLS with both certificates, HTTP/2 inside.
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import {
  connect as connectTls,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import type { Millis } from "../../core/lib/time.ts";
import { parseHostPort } from "../address.ts";
import type { Clock } from "../clock.ts";
import type { ServerIdentity } from "../grpc/remote-listener.ts";

/** Managers prove this name to each other. */
const serverName = "swarm-manager";

/** Streams are refused when a session holds more, in MiB: a snapshot's pieces must not come near. */
const sessionMemoryMiB = 64;

export interface PeerSessionOptions {
  /** Host and port. */
  readonly address: string;
  /** What we show, and the root to trust. */
  readonly identity: ServerIdentity;
  readonly clock: Clock;
  /** How long connecting may take. */
  readonly timeoutMs: Millis;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/** Connects. Rejects with an Error that says why not; later errors end the session with "close". */
export function openPeerSession(options: PeerSessionOptions): Promise<ClientHttp2Session> {
  const { address, identity, clock, timeoutMs, signal } = options;
  return new Promise((resolve, reject) => {
    const target = parseHostPort(address);
    if (target === undefined) return reject(new Error(`${address} is no address`));
    if (signal.aborted) return reject(new Error("given up"));
    const socket = connectTls({
      ...target,
      servername: serverName,
      ALPNProtocols: ["h2"],
      secureContext: secureContextOf(identity),
    });
    // A message is to leave when it is written: heartbeats are small, and waited for.
    socket.setNoDelay(true);
    const settle = (): void => {
      cancelTimer();
      signal.removeEventListener("abort", giveUp);
    };
    const fail = (reason: string): void => {
      settle();
      socket.destroy();
      reject(new Error(reason));
    };
    const giveUp = (): void => fail("given up");
    const cancelTimer = clock.setTimer(clock.now() + timeoutMs, () =>
      fail(`no connection in ${timeoutMs} ms`),
    );
    signal.addEventListener("abort", giveUp, { once: true });
    socket.on("error", (error) => fail(error.message));
    socket.once("close", () => fail("the connection was closed"));
    socket.once("secureConnect", () => {
      if (socket.alpnProtocol !== "h2") return fail("the other end does not speak HTTP/2");
      settle();
      const session = connectHttp2(`https://${serverName}`, {
        createConnection: () => socket,
        settings: { enablePush: false },
        maxSessionMemory: sessionMemoryMiB,
      });
      // Calls tell what went wrong; without a listener it would end the process.
      session.on("error", () => undefined);
      sockets.set(session, socket);
      resolve(session);
    });
  });
}

const sockets = new WeakMap<ClientHttp2Session, TLSSocket>();

/**
 * Ends a session at once. One that was closed before would, by destroy() alone, wait for the other end to
 * close the connection too, which a process that is stopped never does.
 */
export function endPeerSession(session: ClientHttp2Session): void {
  session.destroy();
  sockets.get(session)?.destroy();
}

let lastContext: { readonly identity: ServerIdentity; readonly context: SecureContext } | undefined;

/** Parsing keys and certificates costs more than all else of a connection attempt. */
function secureContextOf(identity: ServerIdentity): SecureContext {
  if (lastContext?.identity !== identity) {
    const { certificatePem: cert, keyPem: key, rootPem: ca } = identity;
    lastContext = {
      identity,
      context: createSecureContext({ cert, key, ca, minVersion: "TLSv1.2" }),
    };
  }
  return lastContext.context;
}
