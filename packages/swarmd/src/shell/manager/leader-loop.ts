// Runs the leader's components: gives them each commit and the time, and proposes what they write.
import type { Commit, Component } from "../../core/store/types.ts";
import type { CancelTimer, Clock } from "../clock.ts";
import type { ReplicatedStore } from "./replicated-store.ts";

export class LeaderLoop {
  readonly #store: ReplicatedStore;
  readonly #clock: Clock;
  readonly #components: readonly Component[];
  readonly #timers = new Map<Component, { readonly atMs: number; readonly cancel: CancelTimer }>();
  #isStopped = false;

  constructor(options: {
    readonly store: ReplicatedStore;
    readonly clock: Clock;
    readonly components: readonly Component[];
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#components = options.components;
  }

  /** Shows the whole state to every component. */
  start(): void {
    for (const component of this.#components) {
      void this.#store.batch((batch) => component.start(batch, this.#clock.now()));
      this.#arm(component);
    }
  }

  /** Shows a commit to every component. */
  handle(commit: Commit): void {
    for (const component of this.#components) {
      if (this.#isStopped) return;
      void this.#store.batch((batch) => component.handle(commit, batch, this.#clock.now()));
      this.#arm(component);
    }
  }

  stop(): void {
    this.#isStopped = true;
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  /** One timer per component, moved only when its deadline moved. */
  #arm(component: Component): void {
    const atMs = component.nextDeadline();
    const armed = this.#timers.get(component);
    if (armed?.atMs === atMs) return;
    armed?.cancel();
    this.#timers.delete(component);
    if (atMs === undefined || this.#isStopped) return;
    const cancel = this.#clock.setTimer(atMs, () => {
      this.#timers.delete(component);
      let isLeading = false;
      void this.#store.batch((batch) => {
        isLeading = true;
        component.tick(batch, this.#clock.now());
      });
      // Nobody was called, so the deadline stands, and an armed timer would fire without end.
      if (isLeading) this.#arm(component);
      else this.stop();
    });
    this.#timers.set(component, { atMs, cancel });
  }
}
