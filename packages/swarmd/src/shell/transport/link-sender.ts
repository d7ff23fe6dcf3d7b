// The way between our own managers: one stream for as long as the connection lives.
import { getCodec, services } from "@swarmkit/proto";
import type { RawCall } from "../grpc/raw-call.ts";
import { encodeMessage } from "../raft/message-codec.ts";
import { noConnection, startCall } from "./grpc-call.ts";
import type { Sender, SenderContext } from "./sender.ts";

/** Messages that wait together share a request of about this size at most, in bytes. */
const batchBytesMax = 256 * 1024;

/** What may wait in the connection beyond the queue, in bytes: enough to keep the network busy. */
const waitingBytesMax = 1024 * 1024;

export class LinkSender implements Sender {
  readonly #context: SenderContext;
  readonly #call: RawCall | undefined;
  /** Whether the other end has said that it takes messages. */
  #isOpen = false;

  constructor(context: SenderContext) {
    this.#context = context;
    this.#call = startCall(context.session, services.RaftLink.Link.path, {
      onMessage: () => {
        if (this.#isOpen) return;
        this.#isOpen = true;
        context.succeeded();
        this.wake();
      },
      onEnd: (result) => {
        this.#isOpen = false;
        context.failed(result);
      },
    });
    // Not from within the constructor: whoever called it does not know this sender yet.
    if (this.#call === undefined) queueMicrotask(() => context.failed(noConnection));
  }

  wake(): void {
    const { queue } = this.#context;
    const call = this.#call;
    while (this.#isOpen && call && queue.length > 0 && call.waitingBytes < waitingBytesMax) {
      call.write(this.#takeBatch(), () => this.wake());
    }
  }

  finish(): void {
    this.wake();
    this.#isOpen = false;
    this.#call?.end();
  }

  #takeBatch(): Uint8Array {
    const { queue } = this.#context;
    const messages: Uint8Array[] = [];
    let bytes = 0;
    for (const message of queue) {
      if (bytes >= batchBytesMax) break;
      const encoded = encodeMessage(message);
      messages.push(encoded);
      bytes += encoded.length;
    }
    queue.splice(0, messages.length);
    return getCodec("RaftLinkRequest").encode({ messages });
  }
}
