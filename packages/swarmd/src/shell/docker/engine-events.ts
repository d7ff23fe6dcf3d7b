// One event stream for all containers. Events are hints that a container deserves a look, never the
// truth: after every connection each watcher is told to look, as anything may have been missed.
import { createInterface } from "node:readline";
import type { CancelTimer, Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import { taskLabels } from "./container-config.ts";
import type { Engine } from "./engine.ts";

/** Pause before a container that could not be looked at is looked at again, in milliseconds. */
export const lookAgainDelayMs = 2000;

const reconnectDelayMsMin = 100;
const reconnectDelayMsMax = 5000;

export interface EngineEventsOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Logger;
}

export class EngineEvents {
  readonly #options: EngineEventsOptions;
  readonly #watches: Map<string, Set<ContainerWatch>> = new Map();
  readonly #abort: AbortController = new AbortController();
  #following: Promise<void> | undefined;
  #delayMs = reconnectDelayMsMin;

  constructor(options: EngineEventsOptions) {
    this.#options = options;
  }

  /** Follows a task's container until the watch is closed. */
  watch(taskId: string): ContainerWatch {
    const watches = this.#watches.get(taskId) ?? new Set();
    const watch = new ContainerWatch(this.#options.clock, () => {
      watches.delete(watch);
      if (watches.size === 0) this.#watches.delete(taskId);
    });
    watches.add(watch);
    this.#watches.set(taskId, watches);
    this.#following ??= this.#follow();
    return watch;
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { engine, log } = this.#options;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        await this.#read(await engine.events(taskLabels.mark, signal));
        log.warn("the Docker engine ended its events; looking for it again");
      } catch (error) {
        if (signal.aborted) return;
        log.warn("the Docker engine's events cannot be followed", { error: String(error) });
      }
      engine.connectionLost();
      await this.#pause();
    }
  }

  async #read(stream: NodeJS.ReadableStream): Promise<void> {
    this.#delayMs = reconnectDelayMsMin;
    for (const watches of this.#watches.values()) for (const watch of watches) watch.hint();
    // Lines may come in pieces or several at a time.
    for await (const line of createInterface({ input: stream })) {
      const taskId = parseTaskId(line);
      for (const watch of this.#watches.get(taskId ?? "") ?? []) watch.hint();
    }
  }

  #pause(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#abort;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(2 * delayMs, reconnectDelayMsMax);
    return new Promise((resolve) => {
      let cancel: CancelTimer | undefined;
      const end = (): void => {
        cancel?.();
        signal.removeEventListener("abort", end);
        resolve();
      };
      cancel = clock.setTimer(clock.now() + delayMs, end);
      signal.addEventListener("abort", end);
      if (signal.aborted) end();
    });
  }
}

/** Hints about one container, kept until they are asked for. */
export class ContainerWatch {
  readonly #clock: Clock;
  readonly #closed: () => void;
  #hasHint = false;
  #wake: (() => void) | undefined;
  #cancelTimer: CancelTimer | undefined;

  constructor(clock: Clock, closed: () => void) {
    this.#clock = clock;
    this.#closed = closed;
  }

  /** Something may have happened to the container. */
  hint(): void {
    this.#hasHint = true;
    this.#wake?.();
  }

  /** The last look came to nothing: gives a hint after a pause, unless another comes earlier. */
  hintLater(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#clock.setTimer(this.#clock.now() + lookAgainDelayMs, () =>
      this.hint(),
    );
  }

  /** Resolves when there was a hint since the last call; rejects when the signal aborts. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        if (!signal.aborted && !this.#hasHint) return;
        signal.removeEventListener("abort", settle);
        this.#cancelTimer?.();
        this.#wake = undefined;
        this.#hasHint = false;
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      this.#wake = settle;
      signal.addEventListener("abort", settle);
      settle();
    });
  }

  close(): void {
    this.#cancelTimer?.();
    this.#closed();
  }
}

/** Task of an event's container; undefined for a line that tells none. */
function parseTaskId(line: string): string | undefined {
  try {
    const event: unknown = JSON.parse(line);
    const attributes = (event as { Actor?: { Attributes?: Record<string, string> } }).Actor
      ?.Attributes;
    return attributes?.[taskLabels.taskId];
  } catch {
    // A line cut off by the end of the stream; the look after reconnecting makes up for it.
    return undefined;
  }
}
