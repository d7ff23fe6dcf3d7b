// A gRPC call that is answered with a stream of messages. Reading slowly slows the manager down.
import { type ClientHttp2Session, constants, type IncomingHttpHeaders } from "node:http2";
import { connectionLost, interrupted, timedOut } from "./call-errors.ts";
import { encodeFrame, FrameSplitter } from "./frame.ts";
import { checkHttpStatus, checkStatus, requestHeaders, type UnaryCall } from "./unary-call.ts";

/** As a call with one answer, but the time is for each message, and the limit is that of one. */
export type StreamCall = UnaryCall;

/** Makes the call. The iteration throws RpcError or CliError; ending it early cancels the call. */
export async function* callStream(
  session: ClientHttp2Session,
  call: StreamCall,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal, timeoutMs } = call;
  if (signal.aborted) throw interrupted();
  if (session.closed || session.destroyed) throw connectionLost(undefined);
  // A long stream has no time limit of its own, so none is told to the manager.
  const { "grpc-timeout": _, ...headers } = requestHeaders(call);
  const stream = session.request(headers);
  const answer: { headers: IncomingHttpHeaders; trailers?: IncomingHttpHeaders } = { headers: {} };
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
    stream.close(constants.NGHTTP2_CANCEL);
  };
  const interrupt = (): void => fail(interrupted());
  signal.addEventListener("abort", interrupt, { once: true });
  stream.setTimeout(timeoutMs, () => fail(timedOut(timeoutMs)));
  stream.on("response", (received) => {
    answer.headers = received;
  });
  stream.on("trailers", (received) => {
    answer.trailers = received;
  });
  try {
    stream.end(encodeFrame(call.message));
    const splitter = new FrameSplitter(call.replyBytesMax);
    for await (const chunk of stream) yield* splitter.push(chunk as Buffer);
    if (failure !== undefined) throw failure;
    checkHttpStatus(answer.headers, call);
    checkStatus(answer.trailers ?? answer.headers);
    splitter.finish();
  } catch (error) {
    if (failure !== undefined) throw failure;
    throw isSystemError(error) ? connectionLost(error) : error;
  } finally {
    signal.removeEventListener("abort", interrupt);
    if (!stream.closed) stream.close(constants.NGHTTP2_CANCEL);
  }
}

/** What the connection says, in contrast to what we say about it. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && "code" in error;
}
