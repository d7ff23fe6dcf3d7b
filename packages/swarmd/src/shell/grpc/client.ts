// The calling side of gRPC: plain values in, promises and async iterables out.
import { status } from "@grpc/grpc-js";
import { getCodec, type Method } from "@swarmkit/proto";
import type { MessageName, MessageTypes } from "@swarmkit/proto/types";
import { type ClientStream, EncodedClientStream } from "./client-stream.ts";
import { type CallOptions, ConnectionPool, type Trust } from "./connection.ts";
import type { CallListener, CallStatus, RawCall } from "./raw-call.ts";
import { ResponseStream } from "./response-stream.ts";
import { fromStatus, RpcError } from "./rpc-error.ts";

export type { ClientStream } from "./client-stream.ts";
export type { Trust } from "./connection.ts";

/**
 * A manager that calls are made to. It is connected to when a call wants it, and again after the
 * connection was lost; no call is ever made twice. Errors of calls are `RpcError`.
 */
export class RpcClient {
  readonly #pool: ConnectionPool;

  /** `target` is `host:port`, or `unix:` and a path. */
  constructor(target: string, trust: Trust) {
    this.#pool = new ConnectionPool(target, trust);
  }

  async call<Q extends MessageName, R extends MessageName>(
    method: Method<Q, R>,
    request: MessageTypes[Q],
    options: { readonly timeoutMs: number },
  ): Promise<MessageTypes[R]> {
    const message = getCodec(method.request).encode(request);
    const answer = await this.callEncoded(method.path, message, options);
    return getCodec(method.response).decode(answer);
  }

  /** As `call`, in encoded messages. */
  async callEncoded(
    path: string,
    request: Uint8Array,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const options = { deadlineMs: Date.now() + timeoutMs, isStreaming: false };
    const call = await this.#open(path, { ...options, timeoutMs }, answerOnce(resolve, reject));
    call.end(request);
    return await promise;
  }

  /** Messages of a server stream until it ends; aborting the signal cancels it without an error. */
  async *stream<Q extends MessageName, R extends MessageName>(
    method: Method<Q, R>,
    request: MessageTypes[Q],
    signal: AbortSignal,
  ): AsyncGenerator<MessageTypes[R], void, undefined> {
    const codec = getCodec(method.response);
    const messages = new ResponseStream();
    const options = { deadlineMs: Infinity, isStreaming: false, signal };
    const call = await this.#pool.open(method.path, options, messages).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (call === undefined) return;
    messages.attach(call);
    const cancel = (): void => call.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      call.end(getCodec(method.request).encode(request));
      for await (const message of messages) yield codec.decode(Buffer.from(message));
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", cancel);
      call.cancel();
    }
  }

  /**
   * Opens a stream of requests. Without a time it lasts until it is finished or cancelled; aborting the
   * signal cancels it. What is sent while there is no connection yet waits for one.
   */
  openClientStream<Q extends MessageName, R extends MessageName>(
    method: Method<Q, R>,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): ClientStream<MessageTypes[Q], MessageTypes[R]> {
    const { timeoutMs, signal } = options;
    const deadlineMs = timeoutMs === undefined ? Infinity : Date.now() + timeoutMs;
    const request = getCodec(method.request);
    const response = getCodec(method.response);
    return new EncodedClientStream({
      encode: (message) => request.encode(message),
      decode: (bytes) => response.decode(bytes),
      signal,
      open: (listener) =>
        this.#open(method.path, { deadlineMs, isStreaming: true, timeoutMs }, listener),
    });
  }

  close(): void {
    this.#pool.close();
  }

  /** Starts a call; rejects when there is no connection in time. */
  #open(
    path: string,
    options: CallOptions & { readonly timeoutMs: number | undefined },
    listener: CallListener,
  ): Promise<RawCall> {
    const { timeoutMs } = options;
    if (timeoutMs === undefined || this.#pool.find() !== undefined) {
      return this.#pool.open(path, options, listener);
    }
    const signal = AbortSignal.timeout(timeoutMs);
    return this.#pool.open(path, { ...options, signal }, listener).catch((error: unknown) => {
      if (!signal.aborted) throw error;
      throw new RpcError("unavailable", "deadline exceeded before there was a connection");
    });
  }
}

/** Listens to a call that is answered with one message. */
function answerOnce(
  resolve: (answer: Uint8Array) => void,
  reject: (error: RpcError) => void,
): CallListener {
  let answer: Uint8Array | undefined;
  return {
    onMessage: (message) => {
      // Decoded values may keep parts of it.
      answer = Buffer.from(message);
    },
    onEnd: (outcome: CallStatus) => {
      if (outcome.code !== status.OK) reject(fromStatus(outcome));
      else if (answer !== undefined) resolve(answer);
      else reject(new RpcError("internal", "the call was answered without a message"));
    },
  };
}
