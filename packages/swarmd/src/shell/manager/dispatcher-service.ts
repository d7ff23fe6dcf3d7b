// The Dispatcher over gRPC: owns the agents' streams and a timer, and does what the core says.
import type { Server } from "@grpc/grpc-js";
import type {
  AssignmentsMessage,
  AssignmentsRequest,
  HeartbeatRequest,
  Peer,
  SessionMessage,
  SessionRequest,
  UpdateTaskStatusRequest,
} from "@swarmkit/proto/types";
import { Dispatcher } from "../../core/dispatcher/dispatcher.ts";
import type { DispatcherEffects, StreamId } from "../../core/dispatcher/effects.ts";
import type { IdSource } from "../../core/lib/ids.ts";
import type { Outcome } from "../../core/lib/outcome.ts";
import type { Prng } from "../../core/lib/prng.ts";
import { toDuration } from "../../core/lib/time.ts";
import type { Batch, Commit } from "../../core/store/types.ts";
import type { CancelTimer, Clock } from "../clock.ts";
import type { LeaderRoute } from "../grpc/leader-route.ts";
import { RpcError } from "../grpc/rpc-error.ts";
import { addService, type CallContext, type Gate } from "../grpc/service.ts";
import type { Logger } from "../log.ts";
import type { StoreClient } from "./store-client.ts";

export interface DispatcherServiceOptions {
  readonly store: StoreClient;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly prng: Prng;
  readonly log: Logger;
}

interface Stream {
  send(message: SessionMessage | AssignmentsMessage): void;
  fail(error: RpcError): void;
}

export class DispatcherService {
  readonly #options: DispatcherServiceOptions;
  readonly #streams = new Map<StreamId, Stream>();
  #dispatcher: Dispatcher | undefined;
  #lastStreamId: StreamId = 0;
  #timer: { readonly atMs: number; readonly cancel: CancelTimer } | undefined;

  constructor(options: DispatcherServiceOptions) {
    this.#options = options;
  }

  addTo(
    server: Server,
    { gate, leader }: { readonly gate: Gate; readonly leader: LeaderRoute },
  ): void {
    const handlers = {
      Session: (
        { description, sessionId }: SessionRequest,
        context: CallContext,
        send: (message: SessionMessage) => void,
      ) =>
        this.#hold(context, send, (dispatcher, streamId, batch) => {
          const { nodeId } = context.caller;
          const address = hostOf(context.caller.address);
          const input = { streamId, nodeId, address, description, sessionId };
          return dispatcher.openSession(input, this.#options.store.view(), batch, this.#now());
        }),
      Assignments: async (
        { sessionId }: AssignmentsRequest,
        context: CallContext,
        send: (message: AssignmentsMessage) => void,
      ) => {
        // The first message is the whole of what shall run: from a manager that does not know yet that
        // it leads no more, it would have newer tasks removed.
        const fresh = await this.#options.store.readFresh();
        if (!fresh.ok) throw new RpcError(fresh.code, fresh.message);
        await this.#hold(context, send, (dispatcher, streamId) => {
          const input = { streamId, nodeId: context.caller.nodeId, sessionId };
          return dispatcher.openAssignments(input, this.#options.store.view(), this.#now());
        });
      },
      Heartbeat: ({ sessionId }: HeartbeatRequest, { caller }: CallContext) => {
        const call = { nodeId: caller.nodeId, sessionId };
        const { periodMs } = unwrap(this.#leading().heartbeat(call, this.#now()));
        this.#arm();
        return { period: toDuration(periodMs) };
      },
      UpdateTaskStatus: (
        { sessionId, updates }: UpdateTaskStatusRequest,
        { caller }: CallContext,
      ) => {
        const call = { nodeId: caller.nodeId, sessionId, updates };
        const done = this.#withBatch((dispatcher, batch) =>
          dispatcher.updateTaskStatus(call, batch, this.#now()),
        );
        unwrap(done);
        this.#arm();
        return {};
      },
    };
    addService(server, "Dispatcher", handlers, { gate, leader, log: this.#options.log });
  }

  /** This manager leads from now on; `managers` are where agents may turn to. */
  start(managers: readonly Peer[]): void {
    const { ids, prng, nodeId, store } = this.#options;
    const dispatcher = new Dispatcher({ ids, prng, leaderId: nodeId });
    dispatcher.setManagers(managers);
    this.#dispatcher = dispatcher;
    store.batch((batch) => dispatcher.start(batch, this.#now()));
    this.#arm();
  }

  /** Managers came or went, or have another address. */
  setManagers(managers: readonly Peer[]): void {
    const dispatcher = this.#dispatcher;
    if (dispatcher !== undefined) this.#perform(dispatcher.setManagers(managers));
  }

  handle(commit: Commit): void {
    const dispatcher = this.#dispatcher;
    if (dispatcher === undefined) return;
    this.#perform(dispatcher.handle(commit, this.#options.store.view(), this.#now()));
  }

  /** Sends the agents away, to find the next leader. */
  stop(): void {
    this.#timer?.cancel();
    const dispatcher = this.#dispatcher;
    this.#dispatcher = undefined;
    if (dispatcher !== undefined) this.#perform(dispatcher.stop());
  }

  /** Keeps a server stream open until the core closes it or the caller goes away. */
  async #hold<Message extends SessionMessage | AssignmentsMessage>(
    context: CallContext,
    send: (message: Message) => void,
    open: (dispatcher: Dispatcher, streamId: StreamId, batch: Batch) => DispatcherEffects,
  ): Promise<void> {
    this.#lastStreamId += 1;
    const streamId = this.#lastStreamId;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // The core sends session messages to session streams only, so the narrower type holds.
    this.#streams.set(streamId, { send: send as Stream["send"], fail: reject });
    const leave = (): void => {
      this.#dispatcher?.closeStream(streamId);
      resolve();
    };
    if (context.signal.aborted) leave();
    context.signal.addEventListener("abort", leave, { once: true });
    try {
      this.#perform(this.#withBatch((dispatcher, batch) => open(dispatcher, streamId, batch)));
      await promise;
    } finally {
      this.#streams.delete(streamId);
    }
  }

  #withBatch<T>(run: (dispatcher: Dispatcher, batch: Batch) => T): T {
    const dispatcher = this.#leading();
    let result: { readonly value: T } | undefined;
    this.#options.store.batch((batch) => {
      result = { value: run(dispatcher, batch) };
    });
    if (result === undefined) throw new RpcError("aborted", "dispatcher is stopped");
    return result.value;
  }

  #perform(effects: DispatcherEffects): void {
    for (const effect of effects) {
      const stream = this.#streams.get(effect.streamId);
      if (effect.kind === "close") stream?.fail(new RpcError(effect.code, effect.message));
      else stream?.send(effect.message);
    }
    this.#arm();
  }

  #arm(): void {
    const atMs = this.#dispatcher?.nextDeadline();
    if (this.#timer?.atMs === atMs) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (atMs === undefined) return;
    const cancel = this.#options.clock.setTimer(atMs, () => {
      this.#timer = undefined;
      this.#tick();
    });
    this.#timer = { atMs, cancel };
  }

  /** Without leadership nothing is done, and there is nobody to tell: no timer is armed again. */
  #tick(): void {
    const { store } = this.#options;
    let effects: DispatcherEffects | undefined;
    store.batch((batch) => {
      effects = this.#dispatcher?.tick(store.view(), batch, this.#now());
    });
    if (effects !== undefined) this.#perform(effects);
  }

  #leading(): Dispatcher {
    if (this.#dispatcher === undefined) throw new RpcError("aborted", "dispatcher is stopped");
    return this.#dispatcher;
  }

  #now(): number {
    return this.#options.clock.now();
  }
}

function unwrap<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new RpcError(outcome.code, outcome.message);
  return outcome.value;
}

/** The host of `host:port`; IPv6 hosts lose their brackets. */
function hostOf(address: string): string {
  return address.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
}
