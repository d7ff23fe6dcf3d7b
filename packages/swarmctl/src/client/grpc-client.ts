// The control API over a unix socket, in as little code as one-shot commands need: a gRPC library
// would take longer to load than the whole command takes.
import type { ClientHttp2Session } from "node:http2";
import { getCodec, services } from "@swarmkit/proto";
import type { MessageName, SnapshotChunk } from "@swarmkit/proto/types";
import { version } from "../version.ts";
import { type ConnectOptions, openSession } from "./connection.ts";
import type { ControlClient, ManagerMethod } from "./control-client.ts";
import { findMethod } from "./methods.ts";
import { callStream } from "./stream-call.ts";
import { callUnary } from "./unary-call.ts";

/** What a list of 100,000 tasks takes, about twice. */
const defaultReplyBytesMax = 256 * 1024 * 1024;

/** The largest message of a stream: what managers take from each other. */
const streamedBytesMax = 4 * 1024 * 1024;

export interface ClientOptions extends ConnectOptions {
  readonly replyBytesMax?: number;
}

/** A client that connects at its first call; calls at the same time share the connection. */
export function createGrpcClient(options: ClientOptions): ControlClient {
  const { socketPath, timeoutMs, signal, replyBytesMax = defaultReplyBytesMax } = options;
  let session: Promise<ClientHttp2Session> | undefined;
  const call = async (name: ManagerMethod, request: object): Promise<unknown> => {
    const method = findMethod(name);
    const requestCodec = getCodec<MessageName>(method.request);
    const message = requestCodec.encode(requestCodec.create(request));
    session ??= openSession(options);
    const reply = await callUnary(await session, {
      path: method.path,
      message,
      userAgent: `swarmctl/${version}`,
      timeoutMs,
      replyBytesMax,
      signal,
      socketPath,
    });
    return getCodec<MessageName>(method.response).decode(reply);
  };
  async function* saveSnapshot(): AsyncGenerator<SnapshotChunk, void, undefined> {
    const { path, request, response } = services.Backup.SaveSnapshot;
    const message = getCodec(request).encode({});
    session ??= openSession(options);
    const userAgent = `swarmctl/${version}`;
    const sent = { path, message, userAgent, timeoutMs, signal, socketPath };
    const replies = callStream(await session, { ...sent, replyBytesMax: streamedBytesMax });
    for await (const reply of replies) yield getCodec(response).decode(reply);
  }
  return {
    call: call as ControlClient["call"],
    saveSnapshot,
    close: () => {
      // A failure to connect has been reported by the call that wanted to.
      session?.then((opened) => opened.destroy()).catch(() => undefined);
    },
  };
}
