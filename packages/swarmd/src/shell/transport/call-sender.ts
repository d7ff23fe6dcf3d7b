// The way to SwarmKit's managers: a call for every message, one after the other.
import { status } from "@grpc/grpc-js";
import { getCodec, services } from "@swarmkit/proto";
import type { Message } from "@swarmkit/raft";
import { toPlainMessage } from "../raft/message-codec.ts";
import { callOnce } from "./grpc-call.ts";
import type { Sender, SenderContext } from "./sender.ts";

/** How long one message may take, in milliseconds: SwarmKit's SendTimeout. */
const sendTimeoutMs = 2000;

export class CallSender implements Sender {
  readonly #context: SenderContext;
  /** A stream of one message; older peers know only the plain call. */
  #isStream = true;
  #isBusy = false;
  #isFinished = false;

  constructor(context: SenderContext) {
    this.#context = context;
  }

  wake(): void {
    if (this.#isBusy || this.#isFinished) return;
    this.#isBusy = true;
    this.#sendAll().catch((error: Error) => {
      this.#context.failed({ code: status.INTERNAL, details: error.message });
    });
  }

  finish(): void {
    this.wake();
    this.#isFinished = true;
  }

  async #sendAll(): Promise<void> {
    try {
      for (;;) {
        const message = this.#context.queue.shift();
        if (message === undefined) return;
        await this.#send(message);
        if (this.#isFinished) return;
      }
    } finally {
      this.#isBusy = false;
    }
  }

  async #send(message: Message): Promise<void> {
    const { session, clock } = this.#context;
    const { StreamRaftMessage, ProcessRaftMessage } = services.Raft;
    const method = this.#isStream ? StreamRaftMessage : ProcessRaftMessage;
    const { path } = method;
    const request = getCodec(method.request).encode({ message: toPlainMessage(message) });
    const options = { path, requests: [request], clock, timeoutMs: sendTimeoutMs };
    const { status: result } = await callOnce(session, options);
    if (result.code === status.UNIMPLEMENTED && this.#isStream) {
      this.#isStream = false;
      await this.#send(message);
    } else if (result.code === status.OK) {
      this.#context.succeeded();
    } else {
      this.#context.failed(result);
    }
  }
}
