// One gRPC call over an HTTP/2 session: headers, one message there, one message back, and a status in
// the trailers (or in the headers, when there is nothing else).
import { type ClientHttp2Session, constants, type IncomingHttpHeaders } from "node:http2";
import { connectionLost, interrupted, notSwarmd, timedOut } from "./call-errors.ts";
import { encodeFrame, FrameCollector } from "./frame.ts";
import { RpcError, toGrpcStatus } from "./rpc-error.ts";

export interface UnaryCall {
  /** For example `/docker.swarmkit.v1.Control/ListNodes`. */
  readonly path: string;
  readonly message: Uint8Array;
  readonly userAgent: string;
  /** At most `timeoutMsMax`. */
  readonly timeoutMs: number;
  readonly replyBytesMax: number;
  readonly signal: AbortSignal;
  /** For errors. */
  readonly socketPath: string;
}

/** Makes the call. Throws RpcError or CliError. */
export function callUnary(session: ClientHttp2Session, call: UnaryCall): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    if (call.signal.aborted) return reject(interrupted());
    if (session.closed || session.destroyed) return reject(connectionLost(undefined));
    const stream = session.request(requestHeaders(call));
    const collector = new FrameCollector(call.replyBytesMax);
    let headers: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders | undefined;
    const settle = (): void => {
      clearTimeout(timer);
      call.signal.removeEventListener("abort", interrupt);
    };
    const fail = (error: unknown): void => {
      settle();
      stream.close(constants.NGHTTP2_CANCEL);
      reject(error);
    };
    const interrupt = (): void => fail(interrupted());
    const timer = setTimeout(() => fail(timedOut(call.timeoutMs)), call.timeoutMs);
    call.signal.addEventListener("abort", interrupt, { once: true });
    stream.on("response", (received) => {
      headers = received;
      guard(fail, () => checkHttpStatus(headers, call));
    });
    stream.on("trailers", (received) => {
      trailers = received;
    });
    stream.on("data", (chunk: Buffer) => guard(fail, () => collector.push(chunk)));
    stream.on("error", (error) => fail(connectionLost(error)));
    stream.on("close", () => {
      guard(fail, () => {
        checkStatus(trailers ?? headers);
        const message = collector.finish();
        settle();
        resolve(message);
      });
    });
    stream.end(encodeFrame(call.message));
  });
}

/** The headers of a request. */
export function requestHeaders({ path, userAgent, timeoutMs }: UnaryCall): Record<string, string> {
  return {
    ":method": "POST",
    ":path": path,
    ":scheme": "http",
    ":authority": "localhost",
    "content-type": "application/grpc",
    te: "trailers",
    "user-agent": userAgent,
    "grpc-timeout": `${Math.max(1, Math.ceil(timeoutMs))}m`,
  };
}

function guard(fail: (error: unknown) => void, action: () => void): void {
  try {
    action();
  } catch (error) {
    fail(error);
  }
}

/** Throws unless the call has ended with status OK. */
export function checkStatus(trailers: IncomingHttpHeaders): void {
  const status = trailers["grpc-status"];
  if (status === "0") return;
  if (status !== undefined) {
    const details = decodeDetails(String(trailers["grpc-message"] ?? ""));
    throw new RpcError(toGrpcStatus(Number(status)), details);
  }
  throw connectionLost(undefined);
}

/** Throws when the answer is not one of gRPC's. */
export function checkHttpStatus(headers: IncomingHttpHeaders, { socketPath }: UnaryCall): void {
  const httpStatus = headers[":status"] as number | undefined;
  if (httpStatus === 200 || headers["grpc-status"] !== undefined) return;
  throw notSwarmd(socketPath, `it answers with HTTP status ${httpStatus} and no gRPC status`);
}

/** gRPC writes what is not plain ASCII as `%XX` for each byte of UTF-8. */
function decodeDetails(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
  );
}
