// The messages of a client's stream, one by one. Nothing is read ahead of the handler but what the
// library holds of its own accord, so a slow handler slows the sender down through flow control.
import type { Readable } from "node:stream";
import { RpcError } from "./rpc-error.ts";

/**
 * The messages of a call as an iterable for one consumer. It ends when the sender is done, and throws
 * when the sender went away before: half a stream must not pass for a whole one.
 *
 * Cheaper for each message than the streams' own iterator, and leaves the call open when the consumer
 * stops early, since the answer is still to be sent.
 */
export class RequestStream<Request> implements AsyncIterable<Request>, AsyncIterator<Request> {
  readonly #source: Readable;
  readonly #decode: (bytes: Uint8Array) => Request;
  #isEnded = false;
  #wake: (() => void) | undefined;

  /** `source` yields each message's bytes; `decode` may throw, and its error is the consumer's. */
  constructor(source: Readable, decode: (bytes: Uint8Array) => Request) {
    this.#source = source;
    this.#decode = decode;
    const wake = (): void => {
      const waiting = this.#wake;
      this.#wake = undefined;
      waiting?.();
    };
    source.on("readable", wake);
    source.on("close", wake);
    // A reset looks like an end at first; that it was one is told within the same turn.
    source.on("end", () => {
      setImmediate(() => {
        this.#isEnded = !source.destroyed;
        wake();
      });
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<Request> {
    return this;
  }

  async next(): Promise<IteratorResult<Request, undefined>> {
    for (;;) {
      const bytes: Uint8Array | null = this.#source.read();
      if (bytes !== null) return { done: false, value: this.#decode(bytes) };
      if (this.#isEnded) return { done: true, value: undefined };
      if (this.#source.destroyed) throw new RpcError("aborted", "the caller went away");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
