import { status } from "@grpc/grpc-js";
import type { CallListener, CallStatus, RawCall } from "./raw-call.ts";
import { fromStatus } from "./rpc-error.ts";

/** Messages that wait for their reader before the sender is made to wait. */
const queuedMessagesMax = 16;

/** The messages of a server stream, for one reader, who slows the sender down when he is slow. */
export class ResponseStream implements CallListener, AsyncIterable<Uint8Array> {
  readonly #queue: Uint8Array[] = [];
  #call: RawCall | undefined;
  #end: CallStatus | undefined;
  #wake: (() => void) | undefined;

  /** Tells which call is listened to. */
  attach(call: RawCall): void {
    this.#call = call;
  }

  onMessage(message: Buffer): void {
    this.#queue.push(message);
    if (this.#queue.length >= queuedMessagesMax) this.#call?.pause();
    this.#wake?.();
  }

  onEnd(outcome: CallStatus): void {
    this.#end = outcome;
    this.#wake?.();
  }

  /** Ends with the call; throws an `RpcError` when it fails. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const message = this.#queue.shift();
      if (message !== undefined) {
        yield message;
      } else if (this.#end !== undefined) {
        if (this.#end.code !== status.OK) throw fromStatus(this.#end);
        return;
      } else {
        this.#call?.resume();
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
