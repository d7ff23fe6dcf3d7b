// Calls on a connection of the transport's own: its loss is known at once, and when and where it is made
// again is decided in peer-link.ts. A message in a busy stream costs about 6 us of either side's CPU, a call
// of its own 300 us.
import type { ClientHttp2Session } from "node:http2";
import { status } from "@grpc/grpc-js";
import type { Millis } from "../../core/lib/time.ts";
import type { CancelTimer, Clock } from "../clock.ts";
import { type CallListener, type CallOwner, RawCall } from "../grpc/raw-call.ts";

/** Answers to raft's calls hold an address at most, in bytes; who sends more is no manager. */
const answerBytesMax = 64 * 1024;

/** How a call ended. One that broke off counts as UNAVAILABLE. */
export interface CallStatus {
  readonly code: status;
  readonly details: string;
}

/** Starts a call; undefined when the connection is closed. */
export function startCall(
  session: ClientHttp2Session,
  path: string,
  listener: CallListener,
): RawCall | undefined {
  if (session.closed || session.destroyed) return undefined;
  const stream = session.request(
    {
      ":method": "POST",
      ":path": path,
      ":scheme": "https",
      "content-type": "application/grpc",
      te: "trailers",
    },
    // Else a call that is given up looks to the server as if all of it had been sent.
    { endStream: false, waitForTrailers: true },
  );
  return new RawCall(stream, ownerOf(session), listener, Infinity);
}

/** A call's end and its answer. */
export interface CallResult {
  readonly status: CallStatus;
  /** The server's last message; empty when there was none. */
  readonly reply: Uint8Array;
}

/** A call of one or several requests and one answer. */
export interface CallOptions {
  /** For example `/docker.swarmkit.v1.Raft/StreamRaftMessage`. */
  readonly path: string;
  /** Encoded requests; each is asked for when the one before has left. */
  readonly requests: Iterable<Uint8Array>;
  readonly clock: Clock;
  /** How long each request, and in the end the answer, may take. */
  readonly timeoutMs: Millis;
}

/** Makes the call. Never rejects because of the other end: what goes wrong there is in the status. */
export function callOnce(session: ClientHttp2Session, options: CallOptions): Promise<CallResult> {
  const { path, requests, clock, timeoutMs } = options;
  return new Promise((resolve) => {
    let reply: Uint8Array = new Uint8Array();
    let isOver = false;
    let cancelTimer: CancelTimer = () => undefined;
    const call = startCall(session, path, {
      onMessage: (message) => {
        reply = Uint8Array.from(message);
      },
      onEnd: (result) => {
        isOver = true;
        cancelTimer();
        resolve({ status: result, reply });
      },
    });
    if (call === undefined) {
      resolve({ status: noConnection, reply });
      return;
    }
    const restartTimer = (): void => {
      cancelTimer();
      if (isOver) return;
      const expire = (): void =>
        call.cancel(status.DEADLINE_EXCEEDED, `no answer in ${timeoutMs} ms`);
      cancelTimer = clock.setTimer(clock.now() + timeoutMs, expire);
    };
    const iterator = requests[Symbol.iterator]();
    let next = iterator.next();
    const sendNext = (): void => {
      restartTimer();
      if (next.done === true || isOver) return;
      const request = next.value;
      next = iterator.next();
      call.write(request, next.done === true ? restartTimer : sendNext);
      if (next.done === true) call.end();
    };
    sendNext();
  });
}

/** What calls end with where there is no connection. */
export const noConnection: CallStatus = {
  code: status.UNAVAILABLE,
  details: "there is no connection",
};

function ownerOf(session: ClientHttp2Session): CallOwner {
  return {
    answerBytesMax,
    get lostReason() {
      return session.destroyed ? "the connection is closed" : undefined;
    },
    callEnded: () => undefined,
    suspect: () => undefined,
  };
}
