// One outgoing call on an HTTP/2 stream, in encoded messages. It knows what a proxy has to know of a
// call that failed: whether anybody at the other end can have seen it.
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from "node:http2";
import { status } from "@grpc/grpc-js";
import { encodeFrame, FrameDecoder } from "./frames.ts";

/**
 * Trailer by which a manager of ours says that it has not executed a call, because it does not lead:
 * the call may be made elsewhere. Others do not know it and see UNAVAILABLE.
 */
export const notExecutedTrailer = "swarmkit-not-executed";

/** How a call ended. */
export interface CallStatus {
  /** gRPC's number. */
  readonly code: number;
  readonly details: string;
  readonly knowledge: CallKnowledge;
}

/** What is known of a call that has ended. */
export type CallKnowledge =
  /** The other end has said how it ended. */
  | "answered"
  /** It certainly was not executed: it may be made again without being made twice. */
  | "not-executed"
  /** It may have been executed, and may still be. */
  | "unknown";

/** What a call tells its owner. Nothing is told after `onEnd`. */
export interface CallListener {
  /** The memory may be shared with other messages; what is kept must be copied. */
  onMessage(message: Buffer): void;
  onEnd(status: CallStatus): void;
  /** There is room again after `write` has answered false. */
  onDrain?(): void;
}

/** The connection that a call is on. */
export interface CallOwner {
  /** Why its streams end, when it is because the connection has. */
  readonly lostReason: string | undefined;
  /** Largest message that is taken, where that is less than of any call. */
  readonly answerBytesMax?: number;
  callEnded(): void;
  /** A call waited in vain: the connection may be dead. */
  suspect(): void;
}

/** Largest message that is taken. Lists of a large swarm's tasks are the largest there are. */
const messageBytesMax = 1024 * 1024 * 1024;
/** Longest time that one timer of Node's takes, in milliseconds; a deadline beyond it is none. */
const timerMsMax = 2 ** 31 - 1;

export class RawCall {
  readonly #stream: ClientHttp2Stream;
  readonly #owner: CallOwner;
  readonly #listener: CallListener;
  readonly #decoder: FrameDecoder;
  readonly #timer: NodeJS.Timeout | undefined;
  #trailers: CallStatus | undefined;
  #isFinished = false;
  #isSendingDone = false;

  /** `deadlineMs` is a wall-clock time, or Infinity. */
  constructor(
    stream: ClientHttp2Stream,
    owner: CallOwner,
    listener: CallListener,
    deadlineMs: number,
  ) {
    this.#stream = stream;
    this.#owner = owner;
    this.#listener = listener;
    this.#decoder = new FrameDecoder({ messageBytesMax: owner.answerBytesMax ?? messageBytesMax });
    stream.on("response", (headers) => this.#handleHeaders(headers));
    stream.on("trailers", (headers) => this.#handleTrailers(headers));
    stream.on("data", (chunk: Buffer) => this.#handleData(chunk));
    stream.on("end", () => this.#handleEnd());
    stream.on("drain", () => {
      if (!this.#isFinished) listener.onDrain?.();
    });
    // What went wrong is told by the close that follows.
    stream.on("error", () => {});
    stream.on("close", () => this.#finish(this.#trailers ?? this.#statusOfClose()));
    // Without this the library would end our side by itself, also that of a cancelled call.
    stream.on("wantTrailers", () => {
      if (this.#isSendingDone) stream.sendTrailers({});
    });
    const timeoutMs = deadlineMs - Date.now();
    if (timeoutMs <= timerMsMax) this.#timer = setTimeout(() => this.#expire(), timeoutMs);
  }

  /** Bytes that wait to be sent. */
  get waitingBytes(): number {
    return this.#stream.writableLength;
  }

  /**
   * Sends a message; false when more waits than the other end takes. `written` is told when it has left,
   * or cannot, unless the call is over already.
   */
  write(message: Uint8Array, written?: () => void): boolean {
    if (this.#isFinished || this.#isSendingDone) return true;
    return this.#stream.write(encodeFrame(message), written);
  }

  /** Says that nothing follows, `message` being the last. */
  end(message?: Uint8Array): void {
    if (this.#isFinished || this.#isSendingDone) return;
    this.#isSendingDone = true;
    if (message === undefined) this.#stream.end();
    else this.#stream.end(encodeFrame(message));
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Gives the call up, with what it is to end as. */
  cancel(code: status = status.CANCELLED, details = "cancelled"): void {
    this.#fail(code, details);
  }

  #expire(): void {
    if (this.#isFinished) return;
    this.#fail(status.DEADLINE_EXCEEDED, "deadline exceeded");
    this.#owner.suspect();
  }

  #handleHeaders(headers: IncomingHttpHeaders & { ":status"?: number | undefined }): void {
    if (headers["grpc-status"] !== undefined) {
      this.#handleTrailers(headers);
    } else if (headers[":status"] !== 200) {
      const details = `the other end answered with HTTP status ${headers[":status"]}`;
      this.#trailers = { code: status.UNAVAILABLE, details, knowledge: "unknown" };
    }
  }

  #handleTrailers(headers: IncomingHttpHeaders): void {
    const code = Number(headers["grpc-status"] ?? status.UNKNOWN);
    const details = decodeText(String(headers["grpc-message"] ?? ""));
    const isRefused = code !== status.OK && headers[notExecutedTrailer] === "1";
    this.#trailers = { code, details, knowledge: isRefused ? "not-executed" : "answered" };
  }

  #handleData(chunk: Buffer): void {
    let messages: readonly Buffer[];
    try {
      messages = this.#decoder.push(chunk);
    } catch (error) {
      this.#fail(status.INTERNAL, (error as Error).message);
      return;
    }
    for (const message of messages) {
      if (this.#isFinished) return;
      this.#listener.onMessage(message);
    }
  }

  /** All that was sent has been read. Without trailers the reason comes with the stream's close. */
  #handleEnd(): void {
    const trailers = this.#trailers;
    if (trailers === undefined) return;
    const isTorn = trailers.code === status.OK && !this.#decoder.isAtBoundary;
    if (isTorn) this.#fail(status.INTERNAL, "the last message is not whole");
    else this.#finish(trailers);
  }

  #statusOfClose(): CallStatus {
    const { lostReason } = this.#owner;
    // A stream without a number has never left this process.
    if (
      this.#stream.id === undefined ||
      this.#stream.rstCode === constants.NGHTTP2_REFUSED_STREAM
    ) {
      const details = lostReason ?? "the other end takes no more calls";
      return { code: status.UNAVAILABLE, details, knowledge: "not-executed" };
    }
    if (lostReason !== undefined) {
      return { code: status.UNAVAILABLE, details: lostReason, knowledge: "unknown" };
    }
    const [code, details] = resetMeanings[this.#stream.rstCode ?? 0] ?? [
      status.INTERNAL,
      `the other end reset the call with code ${this.#stream.rstCode}`,
    ];
    return { code, details, knowledge: "unknown" };
  }

  #fail(code: status, details: string): void {
    this.#finish({ code, details, knowledge: "unknown" });
  }

  #finish(outcome: CallStatus): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    clearTimeout(this.#timer);
    const stream = this.#stream;
    const isComplete = this.#trailers === outcome && this.#isSendingDone;
    // Whatever is still under way, in either direction, is of no use any more.
    if (!stream.closed && (!isComplete || stream.writableLength > 0)) {
      stream.close(constants.NGHTTP2_CANCEL);
    }
    stream.resume();
    this.#owner.callEnded();
    this.#listener.onEnd(outcome);
  }
}

/** What a reset without trailers says, as gRPC defines it. */
const resetMeanings: Readonly<Record<number, readonly [status, string]>> = {
  [constants.NGHTTP2_NO_ERROR]: [status.UNAVAILABLE, "the other end ended the call unanswered"],
  [constants.NGHTTP2_CANCEL]: [status.CANCELLED, "the other end cancelled the call"],
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: [
    status.RESOURCE_EXHAUSTED,
    "the other end asks for fewer calls",
  ],
  [constants.NGHTTP2_INADEQUATE_SECURITY]: [
    status.PERMISSION_DENIED,
    "the other end asks for better encryption",
  ],
};

/** gRPC sends texts percent-encoded; one that is not is shown as it came. */
function decodeText(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
