// Client calls of gRPC on an HTTP/2 session. They cost what grpc-js's do (about 6 us of either side's CPU for
// a message in a busy stream, 300 us for a call of its own), but the connection below is ours: its loss is
// known at once, and when and where it is made again is decided here. On the wire they are any client's.
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
} from "node:http2";
import { status } from "@grpc/grpc-js";
import type { Millis } from "../../core/lib/time.ts";
import type { CancelTimer, Clock } from "../clock.ts";
import { encodeFrame, FrameReader } from "./grpc-frame.ts";

/** How a call ended. */
export interface CallStatus {
  readonly code: status;
  readonly message: string;
}

/** What the caller is told. */
export interface CallEvents {
  /** A message of the server. */
  message(bytes: Uint8Array): void;
  /** The call is over, told once. A call that broke off counts as UNAVAILABLE. */
  ended(result: CallStatus): void;
}

/** One call under way. */
export class GrpcCall {
  readonly #stream: ClientHttp2Stream | undefined;
  readonly #events: CallEvents;
  readonly #frames = new FrameReader();
  #headers: IncomingHttpHeaders = {};
  #failure: CallStatus | undefined;
  #isFinished = false;
  #isOver = false;

  constructor(session: ClientHttp2Session, path: string, events: CallEvents) {
    this.#events = events;
    this.#stream = startStream(session, path);
    if (this.#stream === undefined) {
      queueMicrotask(() => events.ended(lost("the connection is closed")));
      return;
    }
    this.#stream.on("response", (headers) => {
      this.#headers = headers;
    });
    this.#stream.on("trailers", (trailers) => {
      this.#headers = { ...this.#headers, ...trailers };
    });
    this.#stream.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#stream.on("wantTrailers", () => {
      if (this.#isFinished) this.#stream?.sendTrailers({});
    });
    this.#stream.on("error", (error) => {
      this.#failure ??= lost(error.message);
    });
    // The server may end the call while we go on; then only its half of the stream closes.
    this.#stream.on("end", () => this.#settle());
    this.#stream.on("close", () => this.#settle());
  }

  /** Bytes that wait to be sent. */
  get waitingBytes(): number {
    return this.#stream?.writableLength ?? 0;
  }

  /** Sends a message; `written` is called when it has left, or cannot. */
  send(message: Uint8Array, written: () => void): void {
    this.#stream?.write(encodeFrame(message), written);
  }

  /** Says that nothing follows. */
  finish(): void {
    this.#isFinished = true;
    this.#stream?.end();
  }

  /** Gives the call up, with what it is to end as. */
  cancel(result: CallStatus): void {
    this.#failure ??= result;
    this.#stream?.close(constants.NGHTTP2_CANCEL);
  }

  #settle(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream?.close();
    this.#events.ended(this.#status());
  }

  #receive(chunk: Buffer): void {
    const messages = this.#frames.push(chunk);
    if (messages === undefined) {
      this.cancel({ code: status.INTERNAL, message: "the answer is not gRPC's" });
      return;
    }
    for (const message of messages) this.#events.message(message);
  }

  #status(): CallStatus {
    const code = this.#headers["grpc-status"];
    if (code !== undefined) {
      const message = decodeDetails(String(this.#headers["grpc-message"] ?? ""));
      return { code: Number(code), message };
    }
    if (this.#failure !== undefined) return this.#failure;
    const http = String(this.#headers[":status"] ?? "200");
    if (http === "200") return lost("the call broke off");
    return lost(`the answer is not gRPC's: HTTP status ${http}`);
  }
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

/** Makes the call. Never rejects: what goes wrong is in the status. */
export function callOnce(session: ClientHttp2Session, options: CallOptions): Promise<CallResult> {
  const { path, requests, clock, timeoutMs } = options;
  return new Promise((resolve) => {
    let reply: Uint8Array = new Uint8Array();
    let isOver = false;
    let cancelTimer: CancelTimer = () => undefined;
    const iterator = requests[Symbol.iterator]();
    const call = new GrpcCall(session, path, {
      message: (bytes) => {
        reply = bytes;
      },
      ended: (result) => {
        isOver = true;
        cancelTimer();
        resolve({ status: result, reply });
      },
    });
    const expired = { code: status.DEADLINE_EXCEEDED, message: `no answer in ${timeoutMs} ms` };
    const restartTimer = (): void => {
      cancelTimer();
      if (isOver) return;
      cancelTimer = clock.setTimer(clock.now() + timeoutMs, () => call.cancel(expired));
    };
    let next = iterator.next();
    const sendNext = (): void => {
      restartTimer();
      if (next.done === true || isOver) return;
      const request = next.value;
      next = iterator.next();
      call.send(request, next.done === true ? restartTimer : sendNext);
      if (next.done === true) call.finish();
    };
    sendNext();
  });
}

function startStream(session: ClientHttp2Session, path: string): ClientHttp2Stream | undefined {
  if (session.closed || session.destroyed) return undefined;
  return session.request(
    {
      ":method": "POST",
      ":path": path,
      ":scheme": "https",
      "content-type": "application/grpc",
      te: "trailers",
    },
    // Else a call that is given up looks to the server as if all of it had been sent.
    { waitForTrailers: true },
  );
}

function lost(message: string): CallStatus {
  return { code: status.UNAVAILABLE, message };
}

/** gRPC writes what is not plain ASCII as `%XX` for each byte of UTF-8. */
function decodeDetails(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
  );
}
