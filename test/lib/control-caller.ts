// Calls of the Control API from the test's own process, over a control socket. A call has one of three
// ends: an answer, a refusal, or nobody knows, since a manager that dies may have done it before.
import type { ClientHttp2Session } from "node:http2";
import type { DeepPartial, MessageName, MessageTypes } from "../../packages/proto/gen/types.ts";
import { getCodec, type Method, type Services, services } from "../../packages/proto/src/index.ts";
import { openSession } from "../../packages/swarmctl/src/client/connection.ts";
import { type GrpcStatus, RpcError } from "../../packages/swarmctl/src/client/rpc-error.ts";
import { callUnary } from "../../packages/swarmctl/src/client/unary-call.ts";
import { describeError } from "../../scripts/lib/run.ts";

type Control = Services["Control"];
export type ControlMethod = keyof Control;
type ControlRequest<Name extends ControlMethod> = MessageTypes[Control[Name]["request"]];
type ControlResponse<Name extends ControlMethod> = MessageTypes[Control[Name]["response"]];

export type CallEnd<T> =
  | { readonly kind: "ok"; readonly value: T }
  /** The manager said no: nothing was changed. */
  | { readonly kind: "refused"; readonly status: GrpcStatus; readonly message: string }
  /** It never left this process. */
  | { readonly kind: "not-sent"; readonly message: string }
  /** It was sent, and no word came that tells what became of it. */
  | { readonly kind: "unknown"; readonly message: string };

export interface ControlCallerOptions {
  readonly socketPath: string;
  /** For the connection and for each call, in milliseconds. */
  readonly timeoutMs: number;
}

const replyBytesMax = 256 * 1024 * 1024;

/** Statuses that leave open whether the call was carried out. */
const undecided: readonly GrpcStatus[] = [
  "UNAVAILABLE",
  "DEADLINE_EXCEEDED",
  "CANCELLED",
  "INTERNAL",
  "DATA_LOSS",
];

/** One connection to a control socket, made anew after it was lost. No call is made twice. */
export class ControlCaller {
  readonly socketPath: string;
  readonly #timeoutMs: number;
  readonly #ended = new AbortController();
  #session: Promise<ClientHttp2Session> | undefined;
  #isLost = false;

  constructor({ socketPath, timeoutMs }: ControlCallerOptions) {
    this.socketPath = socketPath;
    this.#timeoutMs = timeoutMs;
  }

  /** Makes a call; never rejects for what a manager or the connection does. */
  async call<Name extends ControlMethod>(
    name: Name,
    request: DeepPartial<ControlRequest<Name>>,
  ): Promise<CallEnd<ControlResponse<Name>>> {
    const end = await this.#call(name, request);
    this.#isLost = end.kind === "unknown" || end.kind === "not-sent";
    return end;
  }

  /** Whether the last call had no answer. */
  get isLost(): boolean {
    return this.#isLost;
  }

  async #call<Name extends ControlMethod>(
    name: Name,
    request: DeepPartial<ControlRequest<Name>>,
  ): Promise<CallEnd<ControlResponse<Name>>> {
    const method: Method = services.Control[name];
    const codec = getCodec<MessageName>(method.request);
    const message = codec.encode(codec.create(request as object));
    let session: ClientHttp2Session;
    try {
      session = await this.#connect();
    } catch (error) {
      return { kind: "not-sent", message: describeError(error) };
    }
    try {
      const reply = await callUnary(session, {
        path: method.path,
        message,
        userAgent: "swarmkit-test",
        timeoutMs: this.#timeoutMs,
        replyBytesMax,
        signal: this.#ended.signal,
        socketPath: this.socketPath,
      });
      const value = getCodec<MessageName>(method.response).decode(reply);
      return { kind: "ok", value: value as ControlResponse<Name> };
    } catch (error) {
      if (error instanceof RpcError && !undecided.includes(error.status)) {
        return { kind: "refused", status: error.status, message: error.message };
      }
      // A connection that answers nothing is of no use to the next call either.
      if (!(error instanceof RpcError)) this.#drop(session);
      return { kind: "unknown", message: describeError(error) };
    }
  }

  /** As `call`; any end but an answer is an error. */
  async must<Name extends ControlMethod>(
    name: Name,
    request: DeepPartial<ControlRequest<Name>>,
  ): Promise<ControlResponse<Name>> {
    const end = await this.call(name, request);
    if (end.kind === "ok") return end.value;
    throw new Error(`${name} on ${this.socketPath}: ${end.kind}: ${end.message}`);
  }

  close(): void {
    this.#ended.abort();
    this.#session?.then((session) => session.destroy()).catch(() => undefined);
    this.#session = undefined;
  }

  async #connect(): Promise<ClientHttp2Session> {
    this.#session ??= openSession({
      socketPath: this.socketPath,
      timeoutMs: this.#timeoutMs,
      signal: this.#ended.signal,
    });
    const opening = this.#session;
    try {
      const session = await opening;
      if (!session.closed && !session.destroyed) return session;
    } catch (error) {
      if (this.#session === opening) this.#session = undefined;
      throw error;
    }
    if (this.#session === opening) this.#session = undefined;
    return await this.#connect();
  }

  #drop(session: ClientHttp2Session): void {
    session.destroy();
    this.#session = undefined;
  }
}
