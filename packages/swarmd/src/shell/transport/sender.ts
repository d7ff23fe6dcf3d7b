import type { ClientHttp2Session } from "node:http2";
import type { Message } from "@swarmkit/raft";
import type { Clock } from "../clock.ts";
import type { CallStatus } from "./grpc-call.ts";

/** What a sender works with, and whom it tells. */
export interface SenderContext {
  readonly session: ClientHttp2Session;
  readonly clock: Clock;
  /** Messages that wait, oldest first; senders take from its front. */
  readonly queue: Message[];
  /** Messages get through. */
  succeeded(): void;
  /** One or more messages did not get through. */
  failed(result: CallStatus): void;
}

/** A way to send messages over a session. */
export interface Sender {
  /** There are messages to send. */
  wake(): void;
  /** Sends what waits, as far as it can at once, and takes nothing more. */
  finish(): void;
}
