import type { AssignmentsMessage } from "@swarmkit/proto/types";

/**
 * What to do with a message: `late` came on a stream that was replaced; `gap` follows one that never
 * came, so a new complete set is needed; `no-base` is a stream that does not begin with such a set.
 */
export type ChainVerdict = "apply" | "late" | "gap" | "no-base";

/**
 * Sees to it that increments are applied without a gap: each names the state it applies to and the
 * state it results in. SwarmKit's agent applies the message after a gap all the same; ours does not.
 */
export class AssignmentChain {
  #stream = 0;
  #lastResult: string | undefined;

  /** Number of the stream that counts; 0 before the first. */
  get stream(): number {
    return this.#stream;
  }

  /** Begins a new stream and returns its number. */
  reopen(): number {
    this.#lastResult = undefined;
    this.#stream += 1;
    return this.#stream;
  }

  accept(stream: number, message: AssignmentsMessage): ChainVerdict {
    if (stream !== this.#stream) return "late";
    if (message.type !== "COMPLETE") {
      if (this.#lastResult === undefined) return "no-base";
      if (message.appliesTo !== this.#lastResult) return "gap";
    }
    this.#lastResult = message.resultsIn;
    return "apply";
  }
}
