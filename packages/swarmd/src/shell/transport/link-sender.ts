// The way between our own managers: one stream for as long as the connection lives.
import { getCodec, services } from "@swarmkit/proto";
import { encodeMessage } from "../raft/message-codec.ts";
import { GrpcCall } from "./grpc-call.ts";
import type { Sender, SenderContext } from "./sender.ts";

/** Messages that wait together share a request of about this size at most, in bytes. */
const batchBytesMax = 256 * 1024;

/** What may wait in the connection beyond the queue, in bytes: enough to keep the network busy. */
const waitingBytesMax = 1024 * 1024;

export class LinkSender implements Sender {
  readonly #context: SenderContext;
  readonly #call: GrpcCall;
  /** Whether the other end has said that it takes messages. */
  #isOpen = false;

  constructor(context: SenderContext) {
    this.#context = context;
    this.#call = new GrpcCall(context.session, services.RaftLink.Link.path, {
      message: () => {
        if (this.#isOpen) return;
        this.#isOpen = true;
        context.succeeded();
        this.wake();
      },
      ended: (result) => {
        this.#isOpen = false;
        context.failed(result);
      },
    });
  }

  wake(): void {
    const { queue } = this.#context;
    while (this.#isOpen && queue.length > 0 && this.#call.waitingBytes < waitingBytesMax) {
      this.#call.send(this.#takeBatch(), () => this.wake());
    }
  }

  finish(): void {
    this.wake();
    this.#isOpen = false;
    this.#call.finish();
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
