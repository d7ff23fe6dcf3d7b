// Runs the leader's components: gives them each commit and the time, and proposes what they write.
import type { Millis } from "../lib/time.ts";
import type { Batch, Commit, Component } from "../store/types.ts";

/** Runs updates on the newest state; false, and nothing is run, when this manager does not lead. */
export type RunBatch = (now: Millis, run: (batch: Batch) => void) => boolean;

export class LeaderLoop {
  readonly #batch: RunBatch;
  readonly #components: readonly Component[];
  #isStopped = false;

  constructor(options: { readonly batch: RunBatch; readonly components: readonly Component[] }) {
    this.#batch = options.batch;
    this.#components = options.components;
  }

  /** Shows the whole state to every component. */
  start(now: Millis): void {
    for (const component of this.#components) {
      this.#run(now, (batch) => component.start(batch, now));
    }
  }

  /** Shows a commit to every component. */
  handle(commit: Commit, now: Millis): void {
    for (const component of this.#components) {
      this.#run(now, (batch) => component.handle(commit, batch, now));
    }
  }

  /** Gives the time to the components that want to be called by now. */
  tick(now: Millis): void {
    for (const component of this.#components) {
      if ((component.nextDeadline() ?? Number.POSITIVE_INFINITY) > now) continue;
      this.#run(now, (batch) => component.tick(batch, now));
    }
  }

  /** When tick() wants to be called; undefined means: not before another commit. */
  nextDeadline(): Millis | undefined {
    if (this.#isStopped) return undefined;
    let earliest: Millis | undefined;
    for (const component of this.#components) {
      const deadline = component.nextDeadline();
      if (deadline !== undefined && deadline < (earliest ?? Infinity)) earliest = deadline;
    }
    return earliest;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** A batch may find out that the lead is lost, before anybody has told. */
  #run(now: Millis, run: (batch: Batch) => void): void {
    if (!this.#isStopped && !this.#batch(now, run)) this.stop();
  }
}
