// The core's store as the services use it: promises, and the clock's time.
import type { Outcome } from "../../core/lib/outcome.ts";
import type { ReplicatedStore } from "../../core/replica/replicated-store.ts";
import type { Batch, ReadView, WriteTransaction } from "../../core/store/types.ts";
import type { Clock } from "../clock.ts";

export class StoreClient {
  readonly #store: ReplicatedStore;
  readonly #clock: Clock;

  constructor(store: ReplicatedStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The committed state, as far as this manager knows it. */
  view(): ReadView {
    return this.#store.view();
  }

  /** A view that holds all that was acknowledged before the call. */
  readFresh(): Promise<Outcome<ReadView>> {
    return new Promise((resolve) => this.#store.readFresh(resolve));
  }

  /** Runs a transaction and answers when it is committed; a refused one leaves nothing behind. */
  write<T>(change: (transaction: WriteTransaction) => Outcome<T>): Promise<Outcome<T>> {
    return new Promise((resolve) => this.#store.write(this.#clock.now(), change, resolve));
  }

  /** Runs the leader's own updates; false when this manager does not lead. */
  batch(run: (batch: Batch) => void): boolean {
    return this.#store.batch(this.#clock.now(), run);
  }
}
