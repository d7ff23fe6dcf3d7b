// Hands accepted connections to grpc-js, and keeps what strangers send from ending the process.
//
// grpc-js answers a call of an unknown method, or one that is not gRPC, without looking whether its
// stream is still open. A caller that cancels in the same packet has closed it by then; the answer
// throws out of an event of Node's, and the process would end. Anyone who can connect can do that.
import type { ServerHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import { type Server, ServerCredentials } from "@grpc/grpc-js";
import type { Logger } from "../log.ts";

/** Takes a connection whose caller has been identified. */
export type Inject = (connection: Duplex) => void;

type StreamHandler = (interceptors: unknown, stream: ServerHttp2Stream, headers: unknown) => void;

/** Where grpc-js begins with a stream: without and with its own statistics (read in 1.14). */
const handlerNames = ["_streamHandler", "_channelzHandler"] as const;

/** Connections that it is given speak gRPC with `server` from then on. */
export function createInjector(server: Server, log: Logger): Inject {
  guardStreams(server as unknown as Record<string, StreamHandler | undefined>, log);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return (connection) => injector.injectConnection(connection);
}

/** The library looks its handlers up when an injector is made, so they are replaced before. */
function guardStreams(server: Record<string, StreamHandler | undefined>, log: Logger): void {
  for (const name of handlerNames) {
    const handle = server[name];
    if (handle === undefined) throw new Error(`grpc-js has no ${name} any more: see injector.ts`);
    server[name] = (interceptors, stream, headers) => {
      // The library's own listener comes too late for a stream that has failed already.
      stream.on("error", () => {});
      if (stream.destroyed || stream.closed) return;
      try {
        handle.call(server, interceptors, stream, headers);
      } catch (error) {
        log.debug("a stream could not be served", { error });
        stream.destroy();
      }
    };
  }
}
