// Performs what the session's core asks for on real connections, and feeds back what comes of it.
import type { SessionEffect, SessionInput } from "../../core/agent/session.ts";
import { fromDuration } from "../../core/lib/time.ts";
import type { ConnectDispatcher, DispatcherConnection } from "./dispatcher-connection.ts";

/** The effects that need a connection. */
export type ConnectionEffect = Extract<
  SessionEffect,
  { type: "connect" | "open-session" | "send-heartbeat" | "open-assignments" | "close" }
>;

export interface SessionRunnerOptions {
  readonly connect: ConnectDispatcher;
  readonly feed: (input: SessionInput) => void;
}

export class SessionRunner {
  readonly #options: SessionRunnerOptions;
  #connection: DispatcherConnection | undefined;
  /** Ends all that belongs to the current connection. */
  #abort: AbortController = new AbortController();
  #abortAssignments: AbortController = new AbortController();

  constructor(options: SessionRunnerOptions) {
    this.#options = options;
  }

  /** The line to the manager, while there is one. */
  get connection(): DispatcherConnection | undefined {
    return this.#connection;
  }

  perform(effect: ConnectionEffect): void {
    if (effect.type === "close") this.#close();
    else this.#start(effect);
  }

  #start(effect: Exclude<ConnectionEffect, { type: "close" }>): void {
    const { epoch } = effect;
    const run = async (): Promise<void> => {
      if (effect.type === "connect") await this.#connect(epoch);
      if (effect.type === "open-session") await this.#follow(effect);
      if (effect.type === "send-heartbeat") await this.#beat(effect);
      if (effect.type === "open-assignments") await this.#followAssignments(effect);
    };
    run().catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      this.#options.feed({ type: "failed", epoch, message });
    });
  }

  async #connect(epoch: number): Promise<void> {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const connection = await this.#options.connect(signal);
    if (signal.aborted) {
      connection.close();
      return;
    }
    this.#connection = connection;
    this.#options.feed({ type: "connected", epoch });
  }

  async #follow({ epoch, request }: SessionEffect & { type: "open-session" }): Promise<void> {
    const { signal } = this.#abort;
    for await (const message of this.#current().session(request, signal)) {
      if (signal.aborted) return;
      this.#options.feed({ type: "session-message", epoch, message });
    }
    this.#options.feed({ type: "failed", epoch, message: "the manager ended the session" });
  }

  async #beat({ epoch, sessionId }: SessionEffect & { type: "send-heartbeat" }): Promise<void> {
    const { period } = await this.#current().heartbeat({ sessionId });
    this.#options.feed({ type: "heartbeat-answered", epoch, periodMs: fromDuration(period) });
  }

  async #followAssignments(effect: SessionEffect & { type: "open-assignments" }): Promise<void> {
    const { epoch, stream, sessionId } = effect;
    this.#abortAssignments.abort();
    this.#abortAssignments = new AbortController();
    const signal = AbortSignal.any([this.#abort.signal, this.#abortAssignments.signal]);
    try {
      for await (const message of this.#current().assignments({ sessionId }, signal)) {
        if (signal.aborted) return;
        this.#options.feed({ type: "assignments-message", epoch, stream, message });
      }
    } catch (error) {
      // A stream that was replaced ends with the error of its own cancellation.
      if (!signal.aborted) throw error;
    }
    this.#options.feed({ type: "assignments-ended", epoch, stream });
  }

  #current(): DispatcherConnection {
    if (this.#connection === undefined) throw new Error("there is no connection to a manager");
    return this.#connection;
  }

  #close(): void {
    this.#abort.abort();
    this.#abortAssignments.abort();
    this.#connection?.close();
    this.#connection = undefined;
  }
}
