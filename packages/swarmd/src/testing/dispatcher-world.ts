// A dispatcher on a store that commits at once, with a record of what it wants sent.
import type { DeepPartial, Node, TaskStatus } from "@swarmkit/proto/types";
import { Dispatcher } from "../core/dispatcher/dispatcher.ts";
import type { DispatcherEffect, OpenSessionInput } from "../core/dispatcher/effects.ts";
import { createIdSource } from "../core/lib/ids.ts";
import type { Outcome } from "../core/lib/outcome.ts";
import { createPrng } from "../core/lib/prng.ts";
import type { Batch } from "../core/store/types.ts";
import { aNode, aTask } from "./builders.ts";
import { ComponentHarness } from "./component-harness.ts";

export class DispatcherWorld {
  readonly dispatcher: Dispatcher;
  readonly harness: ComponentHarness;
  #effects: DispatcherEffect[] = [];
  #nextStreamId = 1;

  constructor() {
    const prng = createPrng(7);
    this.dispatcher = new Dispatcher({ ids: createIdSource(prng), prng, leaderId: "leader-1" });
    this.harness = new ComponentHarness([
      {
        start: (store, now) => this.dispatcher.start(store, now),
        handle: (commit, _store, now) =>
          this.record(this.dispatcher.handle(commit, this.harness.view, now)),
        tick: (store, now) => this.record(this.dispatcher.tick(this.harness.view, store, now)),
        nextDeadline: () => this.dispatcher.nextDeadline(),
      },
    ]);
  }

  record(effects: readonly DispatcherEffect[]): void {
    this.#effects.push(...effects);
  }

  /** What was to be done since the last call. */
  take(): readonly DispatcherEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Opens a session stream and gives its number; nothing is committed yet. */
  proposeSession(nodeId: string, init: Partial<OpenSessionInput> = {}): number {
    const streamId = this.#nextStreamId++;
    const input = {
      streamId,
      nodeId,
      address: "10.0.0.1",
      description: aNode({ id: nodeId }).description,
      sessionId: "",
      ...init,
    };
    this.harness.batch((store) => {
      const { view, now } = this.harness;
      this.record(this.dispatcher.openSession(input, view, store, now));
    });
    return streamId;
  }

  /** Registers the node, and gives the id of its session. Its effects are taken. */
  register(nodeId: string): string {
    const streamId = this.proposeSession(nodeId);
    this.harness.settle();
    for (const effect of this.take()) {
      if (effect.streamId !== streamId) continue;
      if (effect.kind === "session-message") return effect.message.sessionId;
      if (effect.kind === "close") throw new Error(effect.message);
    }
    throw new Error(`node ${nodeId} got no session`);
  }

  openAssignments(nodeId: string, sessionId: string): number {
    const streamId = this.#nextStreamId++;
    const { view, now } = this.harness;
    this.record(this.dispatcher.openAssignments({ streamId, nodeId, sessionId }, view, now));
    return streamId;
  }

  /** A call that writes, and what it leads to. */
  call<T>(run: (store: Batch) => Outcome<T>): Outcome<T> {
    const outcomes: Outcome<T>[] = [];
    this.harness.batch((store) => outcomes.push(run(store)));
    this.harness.settle();
    return outcomes[0] as Outcome<T>;
  }

  /** A report of one task's state. */
  report(
    call: { readonly nodeId: string; readonly sessionId: string },
    taskId: string,
    status: DeepPartial<TaskStatus>,
  ): Outcome<void> {
    const updates = [{ taskId, status: aTask({ status }).status }];
    return this.call((store) =>
      this.dispatcher.updateTaskStatus({ ...call, updates }, store, this.harness.now),
    );
  }

  node(id: string): Node {
    return this.harness.get("node", id);
  }
}
