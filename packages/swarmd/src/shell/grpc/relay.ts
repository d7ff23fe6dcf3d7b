// Carries the messages of a call that is passed on, as bytes. Whichever side is slow slows the other
// down: nothing is kept here but what the two streams' own buffers hold.
import type { Readable, Writable } from "node:stream";
import { status } from "@grpc/grpc-js";
import type { Relay } from "./leader-proxy.ts";
import type { RawCall } from "./raw-call.ts";
import { RequestStream } from "./request-stream.ts";
import { StatusError } from "./rpc-error.ts";

/** The caller's end of a stream of answers. */
export type CallerOutput = Pick<Writable, "write" | "on" | "off">;

export interface RelayOptions {
  /** The one request, of calls that have one. */
  readonly request: Uint8Array | undefined;
  /** Yields each request's bytes, of calls that have many. */
  readonly requests: Readable | undefined;
  /** Where answers go, of calls that may have many. */
  readonly output: CallerOutput | undefined;
  /** Told when the requests have been asked for, and when an answer has gone out. */
  readonly progress: { hasTaken: boolean; hasSent: boolean };
}

export function createRelay(options: RelayOptions): Relay {
  const { request, requests, output, progress } = options;
  let call: RawCall | undefined;
  let answer: Uint8Array | undefined;
  let wake: (() => void) | undefined;
  return {
    feed: async (started) => {
      call = started;
      progress.hasTaken = true;
      output?.on("drain", () => call?.resume());
      if (request !== undefined) return started.end(request);
      if (requests === undefined) return started.end();
      for await (const message of new RequestStream(requests, (bytes) => bytes)) {
        if (started.write(message)) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      started.end();
    },
    onDrain: () => wake?.(),
    onMessage: (message) => {
      if (output === undefined) {
        answer = message;
        return;
      }
      progress.hasSent = true;
      if (!output.write(message)) call?.pause();
    },
    takeAnswer: () => {
      if (output === undefined && answer === undefined) {
        throw new StatusError(status.INTERNAL, "the leader answered without a message");
      }
      return answer;
    },
  };
}
