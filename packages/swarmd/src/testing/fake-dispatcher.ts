// A manager's dispatcher in memory, as far as an agent sees it. Tests decide what it assigns and when
// it fails, and wait for what the agent tells it.
import type {
  AssignmentChange,
  AssignmentsMessage,
  SessionMessage,
  SessionRequest,
  Task,
  TaskState,
  TaskStatus,
} from "@swarmkit/proto/types";
import { compareTaskStates } from "../core/model/task-state.ts";
import {
  type DispatcherConnection,
  DispatcherError,
} from "../shell/agent/dispatcher-connection.ts";
import { aNode } from "./builders.ts";

export class FakeDispatcher {
  /** Session requests in the order of their arrival. */
  readonly sessions: SessionRequest[] = [];
  readonly statuses: Map<string, TaskStatus> = new Map();
  readonly #assigned: Map<string, Task> = new Map();
  readonly #waiters: Set<() => void> = new Set();
  #streams: Set<Channel<AssignmentsMessage>> = new Set();
  #ends: Set<(error: Error) => void> = new Set();
  #isAway = false;
  heartbeats = 0;

  readonly connect = async (): Promise<DispatcherConnection> => {
    if (this.#isAway) throw new DispatcherError("unavailable", "the manager is away");
    return new FakeConnection(this);
  };

  /** Tasks of the set that a new stream begins with. */
  get assigned(): readonly Task[] {
    return [...this.#assigned.values()];
  }

  assign(...tasks: readonly Task[]): void {
    for (const task of tasks) this.#assigned.set(task.id, task);
    this.#push(tasks.map((task) => ({ action: "UPDATE", assignment: { task } })));
  }

  unassign(...tasks: readonly Task[]): void {
    for (const { id } of tasks) this.#assigned.delete(id);
    this.#push(tasks.map((task) => ({ action: "REMOVE", assignment: { task } })));
  }

  /** Breaks every connection and takes no new one until `comeBack`. */
  goAway(): void {
    this.#isAway = true;
    const ends = this.#ends;
    this.#ends = new Set();
    for (const end of ends) end(new DispatcherError("unavailable", "connection reset"));
    this.#notify();
  }

  comeBack(): void {
    this.#isAway = false;
  }

  /** Resolves once the agent has reported this state, or a later one, of the task. */
  async reported(taskId: string, state: TaskState): Promise<TaskStatus> {
    return await this.until(() => {
      const status = this.statuses.get(taskId);
      return status && compareTaskStates(status.state, state) >= 0 ? status : undefined;
    });
  }

  /** Resolves with the first result, looked for whenever the agent has said something. */
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const result = find();
      if (result !== undefined) return result;
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    }
  }

  heard(): void {
    this.#notify();
  }

  addStream(stream: Channel<AssignmentsMessage>): void {
    this.#streams.add(stream);
  }

  onAway(end: (error: Error) => void): () => void {
    this.#ends.add(end);
    return () => this.#ends.delete(end);
  }

  #push(changes: readonly AssignmentChange[]): void {
    for (const stream of this.#streams) {
      const appliesTo = String(stream.pushed);
      const resultsIn = String(stream.pushed + 1);
      stream.push({ type: "INCREMENTAL", appliesTo, resultsIn, changes });
    }
    this.#streams = new Set([...this.#streams].filter(({ isEnded }) => !isEnded));
  }

  #notify(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }
}

class FakeConnection implements DispatcherConnection {
  readonly #dispatcher: FakeDispatcher;
  readonly #channels: Set<Channel<unknown>> = new Set();
  readonly #forget: () => void;

  constructor(dispatcher: FakeDispatcher) {
    this.#dispatcher = dispatcher;
    this.#forget = dispatcher.onAway((error) => {
      for (const channel of this.#channels) channel.end(error);
    });
  }

  session(request: SessionRequest, signal: AbortSignal): AsyncIterable<SessionMessage> {
    this.#dispatcher.sessions.push(request);
    const channel = this.#open<SessionMessage>(signal);
    channel.push({
      sessionId: request.sessionId || `session-${this.#dispatcher.sessions.length}`,
      node: aNode(),
      managers: [],
      networkBootstrapKeys: [],
      RootCA: new Uint8Array(),
    });
    this.#dispatcher.heard();
    return channel;
  }

  assignments(_request: unknown, signal: AbortSignal): AsyncIterable<AssignmentsMessage> {
    const channel = this.#open<AssignmentsMessage>(signal);
    const changes = this.#dispatcher.assigned.map(
      (task): AssignmentChange => ({ action: "UPDATE", assignment: { task } }),
    );
    channel.push({ type: "COMPLETE", appliesTo: "", resultsIn: "1", changes });
    this.#dispatcher.addStream(channel);
    return channel;
  }

  async heartbeat(): ReturnType<DispatcherConnection["heartbeat"]> {
    this.#dispatcher.heartbeats += 1;
    this.#dispatcher.heard();
    return { period: { seconds: 5, nanos: 0 } };
  }

  async updateTaskStatus({
    updates,
  }: Parameters<DispatcherConnection["updateTaskStatus"]>[0]): Promise<void> {
    for (const { taskId, status } of updates) {
      if (status !== undefined) this.#dispatcher.statuses.set(taskId, status);
    }
    this.#dispatcher.heard();
  }

  close(): void {
    this.#forget();
    for (const channel of this.#channels) channel.end();
  }

  #open<T>(signal: AbortSignal): Channel<T> {
    const channel = new Channel<T>();
    this.#channels.add(channel as Channel<unknown>);
    signal.addEventListener("abort", () => channel.end(), { once: true });
    return channel;
  }
}

/** Messages from the one who pushes to the one who iterates. */
class Channel<T> implements AsyncIterable<T> {
  readonly #messages: T[] = [];
  #end: { readonly error: Error | undefined } | undefined;
  #wake: () => void = () => undefined;
  pushed = 0;

  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  push(message: T): void {
    this.pushed += 1;
    this.#messages.push(message);
    this.#wake();
  }

  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    for (;;) {
      for (const message of this.#messages.splice(0)) yield message;
      if (this.#messages.length > 0) continue;
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
