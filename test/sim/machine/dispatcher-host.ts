// Runs the dispatcher's core on a leader, as shell/manager/dispatcher-service.ts does: numbers the agents'
// streams, feeds calls and commits in, and sends what comes out.
import type {
  AssignmentsMessage,
  NodeDescription,
  SessionMessage,
  UpdateTaskStatusRequestTaskStatusUpdate,
} from "../../../packages/proto/gen/types.ts";
import { Dispatcher } from "../../../packages/swarmd/src/core/dispatcher/dispatcher.ts";
import type { DispatcherEffects } from "../../../packages/swarmd/src/core/dispatcher/effects.ts";
import { type Outcome, refuse } from "../../../packages/swarmd/src/core/lib/outcome.ts";
import type { Batch, Commit } from "../../../packages/swarmd/src/core/store/types.ts";
import type { Endpoint } from "../engine/network.ts";
import type { SimManager } from "./manager.ts";

/** A server stream to an agent. Messages arrive in order, or the stream breaks. */
export interface AgentStream {
  readonly agent: Endpoint;
  /** Who serves it: the leader at its beginning. */
  manager: Endpoint;
  readonly kind: "session" | "assignments";
  /** Of the agent's connection. */
  readonly connection: number;
  /** The agent's number of its session. */
  readonly sessionEpoch: number;
  /** The agent's number of an assignments stream. */
  readonly stream: number;
  id: number;
  lastArrivalMs: number;
  isOver: boolean;
}

/** What goes along a stream; undefined at its end. */
export type StreamMessage = SessionMessage | AssignmentsMessage | undefined;

const stopped = refuse("aborted", "dispatcher is stopped");

export class DispatcherHost {
  readonly #manager: SimManager;
  readonly #streams = new Map<number, AgentStream>();
  #dispatcher: Dispatcher | undefined;
  #lastStreamId = 0;

  constructor(manager: SimManager) {
    this.#manager = manager;
  }

  get isRunning(): boolean {
    return this.#dispatcher !== undefined;
  }

  nextDeadline(): number | undefined {
    return this.#dispatcher?.nextDeadline();
  }

  start(): void {
    const { ids, random, nodeId, core } = this.#manager;
    const dispatcher = new Dispatcher({ ids, prng: random.next, leaderId: nodeId });
    this.#dispatcher = dispatcher;
    core.store.batch(this.#manager.now(), (batch) => dispatcher.start(batch, this.#manager.now()));
  }

  stop(): void {
    const dispatcher = this.#dispatcher;
    this.#dispatcher = undefined;
    if (dispatcher !== undefined) this.#perform(dispatcher.stop());
  }

  handle(commit: Commit): void {
    const effects = this.#dispatcher?.handle(commit, this.#manager.view(), this.#manager.now());
    if (effects !== undefined) this.#perform(effects);
  }

  tick(): void {
    let effects: DispatcherEffects = [];
    this.#batch((dispatcher, batch) => {
      effects = dispatcher.tick(this.#manager.view(), batch, this.#manager.now());
    });
    this.#perform(effects);
  }

  openSession(
    stream: AgentStream,
    input: { nodeId: string; sessionId: string; description: NodeDescription | undefined },
  ): void {
    const streamId = this.#add(stream);
    let effects: DispatcherEffects | undefined;
    this.#batch((dispatcher, batch) => {
      const whole = { ...input, streamId, address: "10.0.0.1" };
      effects = dispatcher.openSession(whole, this.#manager.view(), batch, this.#manager.now());
    });
    if (effects === undefined) this.#send(stream, undefined);
    else this.#perform(effects);
  }

  openAssignments(stream: AgentStream, input: { nodeId: string; sessionId: string }): void {
    const streamId = this.#add(stream);
    this.#manager.core.store.readFresh((fresh) => {
      const dispatcher = fresh.ok ? this.#dispatcher : undefined;
      const now = this.#manager.now();
      const effects = dispatcher?.openAssignments(
        { ...input, streamId },
        this.#manager.view(),
        now,
      );
      if (effects === undefined) this.#send(stream, undefined);
      else this.#perform(effects);
    });
  }

  heartbeat(call: { nodeId: string; sessionId: string }): Outcome<{ readonly periodMs: number }> {
    return this.#dispatcher?.heartbeat(call, this.#manager.now()) ?? stopped;
  }

  updateTaskStatus(call: {
    nodeId: string;
    sessionId: string;
    updates: readonly UpdateTaskStatusRequestTaskStatusUpdate[];
  }): Outcome<void> {
    let outcome: Outcome<void> = stopped;
    this.#batch((dispatcher, batch) => {
      outcome = dispatcher.updateTaskStatus(call, batch, this.#manager.now());
    });
    return outcome;
  }

  /** The agent, or the network, has ended it. */
  closeStream(stream: AgentStream): void {
    // Numbers begin anew with each life of the manager.
    if (this.#streams.get(stream.id) !== stream) return;
    this.#streams.delete(stream.id);
    this.#dispatcher?.closeStream(stream.id);
  }

  #add(stream: AgentStream): number {
    this.#lastStreamId += 1;
    stream.id = this.#lastStreamId;
    this.#streams.set(stream.id, stream);
    return stream.id;
  }

  #batch(run: (dispatcher: Dispatcher, batch: Batch) => void): void {
    const dispatcher = this.#dispatcher;
    if (dispatcher === undefined) return;
    this.#manager.core.store.batch(this.#manager.now(), (batch) => run(dispatcher, batch));
  }

  #perform(effects: DispatcherEffects): void {
    for (const effect of effects) {
      const stream = this.#streams.get(effect.streamId);
      if (stream === undefined) continue;
      if (effect.kind === "close") this.#streams.delete(effect.streamId);
      this.#send(stream, effect.kind === "close" ? undefined : effect.message);
    }
  }

  #send(stream: AgentStream, message: StreamMessage): void {
    this.#manager.sendOnStream(stream, message);
  }
}
