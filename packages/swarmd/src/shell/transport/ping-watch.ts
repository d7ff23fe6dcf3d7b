import type { ClientHttp2Session } from "node:http2";
import type { Millis } from "../../core/lib/time.ts";
import type { CancelTimer, Clock } from "../clock.ts";

/** Time between two pings, in milliseconds. */
const pingIntervalMs: Millis = 1000;

/** Pings in a row without an answer after which the other end counts as gone. */
const unansweredMax = 2;

/**
 * Notices when the other end is gone without a word: the system would go on for a quarter of an hour. Pings
 * are counted rather than timed, so that a pause of this process is not taken for one of the other.
 * Only for our own managers: Go's gRPC servers close connections that ping often.
 */
export class PingWatch {
  readonly #session: ClientHttp2Session;
  readonly #clock: Clock;
  readonly #gone: () => void;
  #unanswered = 0;
  #cancelTimer: CancelTimer = () => undefined;

  constructor(session: ClientHttp2Session, clock: Clock, gone: () => void) {
    this.#session = session;
    this.#clock = clock;
    this.#gone = gone;
    this.#arm();
  }

  stop(): void {
    this.#cancelTimer();
  }

  #arm(): void {
    this.#cancelTimer = this.#clock.setTimer(this.#clock.now() + pingIntervalMs, () => {
      if (this.#session.destroyed) return;
      if (this.#unanswered >= unansweredMax) return this.#gone();
      this.#unanswered += 1;
      this.#session.ping((error) => {
        if (error === null) this.#unanswered = 0;
      });
      this.#arm();
    });
  }
}
