import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, statSync } from "node:fs";
import type { Readable } from "node:stream";
import type { ContainerStatus, PortStatus, Task } from "@swarmkit/proto/types";
import type { Millis } from "../../core/lib/time.ts";
import type { CancelTimer, Clock } from "../clock.ts";
import { hostPorts } from "../executor/host-ports.ts";
import { type Controller, ExecutorError, type TaskExit } from "../executor/port.ts";
import { stopGraceMs } from "../executor/stop-grace.ts";
import { findExecutable } from "./find-executable.ts";
import { signalGroup } from "./host-process.ts";
import type { TaskDirectory } from "./task-directory.ts";
import { commandOf, findUnsupported } from "./unsupported.ts";

/** How often a process is looked at that this swarmd has not started and so is not told about. */
const adoptedPollIntervalMs = 250;

/** Where commands are looked for when swarmd itself has no PATH. */
const searchPathDefault = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** One task as a process group of the host. */
export class ProcessController implements Controller {
  #task: Task;
  readonly #directory: TaskDirectory;
  readonly #clock: Clock;
  /** The task's shell, if this swarmd has started it. */
  #child: ChildProcess | undefined;

  constructor(task: Task, directory: TaskDirectory, clock: Clock) {
    this.#task = task;
    this.#directory = directory;
    this.#clock = clock;
  }

  async update(task: Task): Promise<void> {
    this.#task = task;
  }

  async prepare(): Promise<void> {
    const unsupported = findUnsupported(this.#task);
    if (unsupported !== undefined) throw new ExecutorError("rejected", unsupported);
    const [program = ""] = this.#command;
    const { dir = "" } = this.#task.spec.container ?? {};
    if (dir !== "" && statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new ExecutorError("rejected", `working directory not found on this node: ${dir}`);
    }
    const from = { searchPath: this.#searchPath, directory: this.#workingDirectory };
    if (findExecutable(program, from) === undefined) {
      throw new ExecutorError("rejected", `command not found on this node: ${program}`);
    }
    this.#directory.create();
  }

  async start(): Promise<void> {
    if (this.#directory.findProcess() !== undefined) return;
    this.#directory.create();
    const child = this.#spawn();
    this.#child = child;
    // Swarmd may end before the task does.
    child.unref();
    await untilStarted(child);
  }

  async wait(signal: AbortSignal): Promise<TaskExit> {
    if (this.#directory.findProcess() === undefined) {
      throw new ExecutorError("failed", `the process of task ${this.#task.id} is gone`);
    }
    const exit = await this.#untilEnd(Infinity, signal);
    this.#endGroup();
    return exit ?? { exitCode: 0 };
  }

  async shutdown(signal: AbortSignal): Promise<void> {
    const process = this.#directory.findProcess();
    if (process === undefined || this.#directory.findExit() !== undefined) return;
    signalGroup(process, this.#stopSignal);
    const exit = await this.#untilEnd(stopGraceMs(this.#task), signal);
    if (exit === undefined) await this.terminate(signal);
  }

  async terminate(signal: AbortSignal): Promise<void> {
    const process = this.#directory.findProcess();
    if (process === undefined) return;
    if (this.#directory.findExit() === undefined) signalGroup(process, "SIGKILL");
    else this.#endGroup();
    await this.#untilEnd(Infinity, signal);
  }

  async remove(signal: AbortSignal): Promise<void> {
    await this.shutdown(signal);
    // Also what may be left of a group whose shell was killed from outside.
    await this.terminate(signal);
    this.#directory.remove();
  }

  async containerStatus(): Promise<ContainerStatus | undefined> {
    const process = this.#directory.findProcess();
    if (process === undefined) return undefined;
    const exitCode = this.#directory.findExit()?.exitCode ?? 0;
    return { containerId: this.#task.id, pid: process.pid, exitCode };
  }

  async portStatus(): Promise<PortStatus | undefined> {
    const ports = hostPorts(this.#task);
    return ports.length === 0 ? undefined : { ports };
  }

  close(): void {}

  /**
   * Ends what a shell left behind that was killed from outside: the task counts as ended, and another
   * may run in its place. A shell that wrote down how it ended has ended its group itself.
   */
  #endGroup(): void {
    const process = this.#directory.findProcess();
    if (process !== undefined && !this.#directory.hasExitCode()) signalGroup(process, "SIGKILL");
  }

  get #command(): readonly string[] {
    const { container } = this.#task.spec;
    return container === undefined ? [] : commandOf(container);
  }

  get #workingDirectory(): string {
    return this.#task.spec.container?.dir || this.#directory.path;
  }

  get #searchPath(): string {
    const { PATH = "" } = this.#environment;
    return PATH;
  }

  /** Nothing of swarmd's own environment but the search path. */
  get #environment(): Readonly<Record<string, string>> {
    const { PATH = searchPathDefault } = process.env;
    const variables = (this.#task.spec.container?.env ?? []).map((entry): [string, string] => {
      const [name = "", ...value] = entry.split("=");
      return [name, value.join("=")];
    });
    return { PATH, ...Object.fromEntries(variables) };
  }

  get #stopSignal(): NodeJS.Signals {
    const name = this.#task.spec.container?.stopSignal.toUpperCase() || "TERM";
    return (name.startsWith("SIG") ? name : `SIG${name}`) as NodeJS.Signals;
  }

  #spawn(): ChildProcess {
    const { stdoutPath, stderrPath } = this.#directory;
    const [shell, args] = this.#directory.shellCommand(this.#command);
    const stdout = openSync(stdoutPath, "a", 0o600);
    const stderr = openSync(stderrPath, "a", 0o600);
    try {
      return spawn(shell, args, {
        cwd: this.#workingDirectory,
        env: this.#environment,
        // A session of its own: signals for swarmd's terminal and service do not reach it.
        detached: true,
        stdio: ["ignore", stdout, stderr, "pipe"],
      });
    } finally {
      closeSync(stdout);
      closeSync(stderr);
    }
  }

  /** Resolves with the exit, or with undefined when the task has not ended within `limitMs`. */
  #untilEnd(limitMs: Millis, signal: AbortSignal): Promise<TaskExit | undefined> {
    const deadline = this.#clock.now() + limitMs;
    const { promise, resolve, reject } = Promise.withResolvers<TaskExit | undefined>();
    let cancelTimer: CancelTimer = () => undefined;
    const child = this.#child;
    const look = (): void => {
      cancelTimer();
      const exit = this.#directory.findExit();
      const now = this.#clock.now();
      if (exit !== undefined || now >= deadline) resolve(exit);
      else if (signal.aborted) reject(signal.reason);
      else {
        // Node tells of the end of its own child; anybody else's has to be looked at.
        const isOwn = child !== undefined && child.exitCode === null && child.signalCode === null;
        const pollAt = isOwn ? Infinity : now + adoptedPollIntervalMs;
        const lookAt = Math.min(pollAt, deadline);
        if (lookAt !== Infinity) cancelTimer = this.#clock.setTimer(lookAt, look);
      }
    };
    child?.once("exit", look);
    signal.addEventListener("abort", look);
    look();
    return promise.finally(() => {
      cancelTimer();
      child?.off("exit", look);
      signal.removeEventListener("abort", look);
    });
  }
}

/** Resolves when the shell says that it goes to run the command. */
async function untilStarted(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (reason: string): void =>
    reject(new ExecutorError("failed", `starting the process failed: ${reason}`));
  // First of all: an error that nobody hears ends the process.
  child.on("error", (error) => fail(error.message));
  // Without file descriptors left there is no pipe either.
  const started = child.stdio?.[3] as Readable | undefined;
  started?.once("data", () => resolve());
  started?.once("end", () => fail("its shell ended first"));
  started?.on("error", (error) => fail(error.message));
  await promise.finally(() => started?.destroy());
}
