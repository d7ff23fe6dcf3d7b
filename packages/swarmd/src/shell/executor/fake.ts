// An executor that runs nothing: for tests, and for load on managers (`--executor fake`).
//
// A task runs for ever unless its container's labels say otherwise:
//   swarmkit.fake.prepare-ms      how long preparing takes (0)
//   swarmkit.fake.reject          reason for which preparing is refused
//   swarmkit.fake.duration-ms     how long the task runs (for ever)
//   swarmkit.fake.exit-code       with what it ends (0)
//   swarmkit.fake.ignore-stop     any value: only a kill or the end of its grace period ends it
import type { ContainerStatus, Task } from "@swarmkit/proto/types";
import type { Millis } from "../../core/lib/time.ts";
import type { Clock } from "../clock.ts";
import {
  type Controller,
  type Executor,
  type ExecutorDescription,
  ExecutorError,
  type TaskExit,
  type TaskTrace,
} from "./port.ts";
import { stopGraceMs } from "./stop-grace.ts";

/** Prefix of the labels that script a task. */
export const fakeLabelPrefix = "swarmkit.fake.";

const killedExitCode = 137;
const terminatedExitCode = 143;

interface FakeProcess {
  readonly state: "created" | "running" | "ended";
  readonly exit?: TaskExit;
}

/** What runs on the fake host. It outlives executors, as a real host outlives swarmd. */
export class FakeHost {
  readonly #processes: Map<string, FakeProcess> = new Map();
  readonly #listeners: Set<() => void> = new Set();

  get taskIds(): readonly string[] {
    return [...this.#processes.keys()];
  }

  find(taskId: string): FakeProcess | undefined {
    return this.#processes.get(taskId);
  }

  set(taskId: string, process: FakeProcess): void {
    this.#processes.set(taskId, process);
    this.#notify();
  }

  delete(taskId: string): void {
    this.#processes.delete(taskId);
    this.#notify();
  }

  /** Ends a running task from outside, as a crash of its process would. */
  end(taskId: string, exitCode: number): void {
    if (this.find(taskId)?.state !== "running") return;
    this.set(taskId, { state: "ended", exit: { exitCode } });
  }

  /** Calls `listener` after every change until the returned function is called. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

export interface FakeExecutorOptions {
  readonly clock: Clock;
  readonly hostname: string;
  /** Shared by executors that stand for one host before and after a restart. */
  readonly host?: FakeHost;
}

export class FakeExecutor implements Executor {
  readonly kind = "fake";
  readonly #options: FakeExecutorOptions;
  readonly #host: FakeHost;

  constructor(options: FakeExecutorOptions) {
    this.#options = options;
    this.#host = options.host ?? new FakeHost();
  }

  async describe(): Promise<ExecutorDescription> {
    return {
      hostname: this.#options.hostname,
      platform: { architecture: "x86_64", os: "linux" },
      resources: { nanoCpus: 4e9, memoryBytes: 8 * 2 ** 30, generic: [] },
      engine: { engineVersion: "fake", labels: {}, plugins: [] },
    };
  }

  async configure(): Promise<void> {}

  controller(task: Task): Controller {
    return new FakeController(task, this.#host, this.#options.clock);
  }

  async list(): Promise<readonly TaskTrace[]> {
    return this.#host.taskIds.map((taskId) => ({ taskId }));
  }

  async removeOrphan(taskId: string): Promise<void> {
    this.#host.delete(taskId);
  }

  async close(): Promise<void> {}
}

class FakeController implements Controller {
  #task: Task;
  readonly #host: FakeHost;
  readonly #clock: Clock;

  constructor(task: Task, host: FakeHost, clock: Clock) {
    this.#task = task;
    this.#host = host;
    this.#clock = clock;
  }

  async update(task: Task): Promise<void> {
    this.#task = task;
  }

  async prepare(signal: AbortSignal): Promise<void> {
    if (this.#process !== undefined) return;
    await this.#pause(this.#number("prepare-ms") ?? 0, signal);
    const reason = this.#label("reject");
    if (reason !== undefined) throw new ExecutorError("rejected", reason);
    this.#host.set(this.#task.id, { state: "created" });
  }

  async start(): Promise<void> {
    const { id } = this.#task;
    const process = this.#process;
    if (process === undefined) throw this.#gone();
    if (process.state !== "created") return;
    this.#host.set(id, { state: "running" });
    const durationMs = this.#number("duration-ms");
    if (durationMs === undefined) return;
    // Not ended by `close`: the host's processes live on without swarmd.
    const exitCode = this.#number("exit-code") ?? 0;
    this.#clock.setTimer(this.#clock.now() + durationMs, () => this.#host.end(id, exitCode));
  }

  async wait(signal: AbortSignal): Promise<TaskExit> {
    const process = await this.#until(
      (current) => current === undefined || current.state === "ended",
      signal,
    );
    if (process?.exit === undefined) throw this.#gone();
    return process.exit;
  }

  async shutdown(signal: AbortSignal): Promise<void> {
    if (this.#process?.state !== "running") return;
    if (this.#label("ignore-stop") === undefined) {
      this.#host.end(this.#task.id, terminatedExitCode);
      return;
    }
    await this.#pause(stopGraceMs(this.#task), signal);
    this.#host.end(this.#task.id, killedExitCode);
  }

  async terminate(): Promise<void> {
    this.#host.end(this.#task.id, killedExitCode);
  }

  async remove(signal: AbortSignal): Promise<void> {
    await this.shutdown(signal);
    this.#host.delete(this.#task.id);
  }

  async containerStatus(): Promise<ContainerStatus | undefined> {
    const process = this.#process;
    if (process === undefined) return undefined;
    const exitCode = process.exit?.exitCode ?? 0;
    return { containerId: `fake-${this.#task.id}`, pid: 0, exitCode };
  }

  async portStatus(): Promise<undefined> {
    return undefined;
  }

  close(): void {}

  get #process(): FakeProcess | undefined {
    return this.#host.find(this.#task.id);
  }

  #gone(): ExecutorError {
    return new ExecutorError("failed", `no container of task ${this.#task.id}`);
  }

  #label(name: string): string | undefined {
    return this.#task.spec.container?.labels[`${fakeLabelPrefix}${name}`];
  }

  #number(name: string): number | undefined {
    const label = this.#label(name);
    if (label === undefined) return undefined;
    if (/^\d+$/.test(label)) return Number(label);
    throw new ExecutorError(
      "rejected",
      `label ${fakeLabelPrefix}${name} is "${label}": give a whole number`,
    );
  }

  #until(
    isReached: (process: FakeProcess | undefined) => boolean,
    signal: AbortSignal,
  ): Promise<FakeProcess | undefined> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        if (signal.aborted) reject(signal.reason);
        else if (isReached(this.#process)) resolve(this.#process);
        else return;
        unwatch();
        signal.removeEventListener("abort", settle);
      };
      const unwatch = this.#host.watch(settle);
      signal.addEventListener("abort", settle);
      settle();
    });
  }

  #pause(durationMs: Millis, signal: AbortSignal): Promise<void> {
    if (durationMs === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        cancel();
        reject(signal.reason);
      };
      const cancel = this.#clock.setTimer(this.#clock.now() + durationMs, () => {
        signal.removeEventListener("abort", abort);
        resolve();
      });
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
    });
  }
}
