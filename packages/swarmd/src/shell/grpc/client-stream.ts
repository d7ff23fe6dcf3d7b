import { status } from "@grpc/grpc-js";
import type { CallListener, CallStatus, RawCall } from "./raw-call.ts";
import { fromStatus, RpcError } from "./rpc-error.ts";

/** A call whose requests are sent one after the other, and answered once. */
export interface ClientStream<Request, Response> {
  /**
   * Sends a message. False: more waits than the other end takes; wait for `drained` before the next.
   * What is sent after the call has ended is dropped, and `response` tells why it has.
   */
  send(message: Request): boolean;
  /** Resolves when there is room again, or the call has ended. */
  drained(): Promise<void>;
  /** Says that nothing follows; resolves with the answer. */
  finish(): Promise<Response>;
  /** Gives the call up: the other end never takes what it has for the whole. */
  cancel(): void;
  /** The answer, which may come before all was sent; rejects with an `RpcError` when the call fails. */
  readonly response: Promise<Response>;
}

export interface ClientStreamOptions<Request, Response> {
  encode(message: Request): Uint8Array;
  decode(bytes: Uint8Array): Response;
  readonly signal: AbortSignal | undefined;
  /** Starts the call once there is a connection. */
  open(listener: CallListener): Promise<RawCall>;
}

/** Messages that wait for a connection before senders are asked to wait. */
const earlyMessagesMax = 16;

/** A stream of requests that begins at once, and waits by itself for its connection. */
export class EncodedClientStream<Request, Response> implements ClientStream<Request, Response> {
  readonly response: Promise<Response>;
  readonly #options: ClientStreamOptions<Request, Response>;
  readonly #settle: ReturnType<typeof Promise.withResolvers<Response>>;
  readonly #cancelBySignal = (): void => this.cancel();
  #call: RawCall | undefined;
  #early: Uint8Array[] = [];
  #answer: Uint8Array | undefined;
  #isEnded = false;
  #isSendingDone = false;
  #isFull = false;
  #wake: (() => void)[] = [];

  constructor(options: ClientStreamOptions<Request, Response>) {
    this.#options = options;
    this.#settle = Promise.withResolvers();
    this.response = this.#settle.promise;
    // Who waits for the answer is told of a failure; who does not must not end the process.
    this.response.catch(() => {});
    options.signal?.addEventListener("abort", this.#cancelBySignal, { once: true });
    if (options.signal?.aborted) this.cancel();
    else this.#start();
  }

  send(message: Request): boolean {
    if (this.#isEnded || this.#isSendingDone) return true;
    const bytes = this.#options.encode(message);
    if (this.#call === undefined) {
      this.#early.push(bytes);
      this.#isFull = this.#early.length >= earlyMessagesMax;
    } else {
      this.#isFull = !this.#call.write(bytes);
    }
    return !this.#isFull;
  }

  drained(): Promise<void> {
    if (!this.#isFull || this.#isEnded) return Promise.resolve();
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  finish(): Promise<Response> {
    this.#isSendingDone = true;
    this.#call?.end();
    return this.response;
  }

  cancel(): void {
    if (this.#call !== undefined) this.#call.cancel();
    else this.#fail(new RpcError("aborted", "the call was cancelled"));
  }

  #start(): void {
    const listener: CallListener = {
      onMessage: (message) => {
        this.#answer = Buffer.from(message);
      },
      onEnd: (outcome) => this.#handleEnd(outcome),
      onDrain: () => this.#makeRoom(),
    };
    this.#options.open(listener).then(
      (call) => this.#begin(call),
      (error: RpcError) => this.#fail(error),
    );
  }

  #begin(call: RawCall): void {
    if (this.#isEnded) {
      call.cancel();
      return;
    }
    this.#call = call;
    let hasRoom = true;
    for (const message of this.#early.splice(0)) hasRoom = call.write(message);
    if (this.#isSendingDone) call.end();
    if (hasRoom) this.#makeRoom();
  }

  #handleEnd(outcome: CallStatus): void {
    if (outcome.code !== status.OK) {
      this.#fail(fromStatus(outcome));
    } else if (this.#answer === undefined) {
      this.#fail(new RpcError("internal", "the call was answered without a message"));
    } else {
      this.#end();
      try {
        this.#settle.resolve(this.#options.decode(this.#answer));
      } catch (error) {
        this.#settle.reject(error);
      }
    }
  }

  #fail(error: RpcError): void {
    this.#end();
    this.#settle.reject(error);
  }

  #end(): void {
    this.#isEnded = true;
    this.#early = [];
    this.#options.signal?.removeEventListener("abort", this.#cancelBySignal);
    this.#makeRoom();
  }

  #makeRoom(): void {
    this.#isFull = false;
    for (const wake of this.#wake.splice(0)) wake();
  }
}
