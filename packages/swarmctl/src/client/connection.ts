// Opens the control socket. swarmd's takes plain HTTP/2, which starts faster; SwarmKit's own takes TLS
// only. A server's first frame is its settings, so a connection that ends before them did not
// understand us, has carried out nothing, and is tried again with TLS.
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect as connectSocket, type Socket } from "node:net";
import { interrupted, notSwarmd, socketUnreachable, timedOut } from "./call-errors.ts";

/** What the server may send ahead of our reading: large lists would crawl with HTTP/2's 64 KiB. */
const windowBytes = 8 * 1024 * 1024;

export interface ConnectOptions {
  readonly socketPath: string;
  /** How long each attempt may take. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Connects and waits for the server's first frame. Throws CliError when nobody answers. */
export async function openSession(options: ConnectOptions): Promise<ClientHttp2Session> {
  const { socketPath } = options;
  const plain = await tryOpen(await openSocket(socketPath), options);
  if (plain !== undefined) return plain;
  const secured = await tryOpen(await secure(await openSocket(socketPath)), options);
  if (secured !== undefined) return secured;
  throw notSwarmd(
    socketPath,
    "the connection ended at once: swarmd is stopping, or whoever listens there is not swarmd",
  );
}

/** A session whose server has spoken, or undefined when the connection ended before that. */
function tryOpen(
  socket: Socket,
  { timeoutMs, signal }: ConnectOptions,
): Promise<ClientHttp2Session | undefined> {
  const session = connectHttp2("http://localhost", {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: windowBytes },
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => stop(() => reject(timedOut(timeoutMs))), timeoutMs);
    const interrupt = (): void => stop(() => reject(interrupted()));
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", interrupt);
    };
    const stop = (settlePromise: () => void): void => {
      settle();
      session.destroy();
      settlePromise();
    };
    if (signal.aborted) return interrupt();
    signal.addEventListener("abort", interrupt, { once: true });
    // What goes wrong later is the calls' to report; without a listener it would end the process.
    session.on("error", () => stop(() => resolve(undefined)));
    session.once("close", () => stop(() => resolve(undefined)));
    session.once("remoteSettings", () => {
      settle();
      session.setLocalWindowSize(windowBytes);
      resolve(session);
    });
  });
}

function openSocket(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(path);
    const fail = (error: NodeJS.ErrnoException): void => reject(socketUnreachable(error, path));
    socket.once("error", fail);
    socket.once("connect", () => {
      socket.off("error", fail);
      resolve(socket);
    });
  });
}

/**
 * Nothing is verified, as SwarmKit's own client does not: whoever can put a socket at that path could
 * do anything else, and the certificate is the swarm's, which we do not know.
 */
async function secure(socket: Socket): Promise<Socket> {
  const { connect: connectTls } = await import("node:tls");
  return connectTls({
    socket,
    ALPNProtocols: ["h2"],
    rejectUnauthorized: false,
    servername: "swarm-manager",
    // Not Node's own list: parsing it takes milliseconds, and nothing is verified.
    ca: [],
  });
}
