import { mkdirSync, readdirSync } from "node:fs";
import { cpus, hostname, machine, totalmem } from "node:os";
import type { Task } from "@swarmkit/proto/types";
import type { CancelTimer, Clock } from "../clock.ts";
import {
  type Controller,
  type Executor,
  type ExecutorDescription,
  ExecutorError,
  type TaskTrace,
} from "../executor/port.ts";
import { stopGraceMsDefault } from "../executor/stop-grace.ts";
import type { Logger } from "../log.ts";
import { signalGroup } from "./host-process.ts";
import { ProcessController } from "./process-controller.ts";
import { TaskDirectory } from "./task-directory.ts";

/** How often the size of the tasks' output is looked at. */
const logCheckIntervalMs = 5000;

/** Ids come from a manager and become names of directories. */
const taskIdPattern = /^[0-9A-Za-z][0-9A-Za-z_.-]{0,127}$/;

export interface ProcessExecutorOptions {
  /** Where each task has a directory of its own; made if need be. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Runs tasks as process groups of this host (Linux): for hosts without a container engine. */
export class ProcessExecutor implements Executor {
  readonly kind = "process";
  readonly #options: ProcessExecutorOptions;
  #cancelTimer: CancelTimer;

  constructor(options: ProcessExecutorOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    this.#cancelTimer = this.#armTimer();
  }

  async describe(): Promise<ExecutorDescription> {
    return {
      hostname: hostname(),
      platform: { architecture: machine(), os: process.platform },
      resources: { nanoCpus: cpus().length * 1e9, memoryBytes: totalmem(), generic: [] },
      engine: { engineVersion: "process", labels: {}, plugins: [] },
    };
  }

  async configure(): Promise<void> {}

  controller(task: Task): Controller {
    if (!taskIdPattern.test(task.id)) {
      throw new ExecutorError("rejected", `task id "${task.id}" makes no directory name`);
    }
    return new ProcessController(task, this.#directoryOf(task.id), this.#options.clock);
  }

  async list(): Promise<readonly TaskTrace[]> {
    return this.#directories().map((taskId) => ({ taskId }));
  }

  async removeOrphan(taskId: string): Promise<void> {
    if (!taskIdPattern.test(taskId)) return;
    const directory = this.#directoryOf(taskId);
    const leader = directory.findProcess();
    if (leader !== undefined && directory.findExit() === undefined) {
      signalGroup(leader, "SIGTERM");
      await this.#pauseUntilEnd(directory);
    }
    if (leader !== undefined && !directory.hasExitCode()) signalGroup(leader, "SIGKILL");
    directory.remove();
  }

  async close(): Promise<void> {
    this.#cancelTimer();
  }

  #directoryOf(taskId: string): TaskDirectory {
    return new TaskDirectory(this.#options.directory, taskId);
  }

  #directories(): string[] {
    return readdirSync(this.#options.directory).sort();
  }

  /** Waits for the end of a process that has been asked to stop, as long as is usual. */
  async #pauseUntilEnd(directory: TaskDirectory): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.now() + stopGraceMsDefault;
    while (directory.findExit() === undefined && clock.now() < deadline) {
      await new Promise<void>((resolve) => {
        clock.setTimer(clock.now() + orphanPollIntervalMs, resolve);
      });
    }
  }

  #armTimer(): CancelTimer {
    const { clock } = this.#options;
    return clock.setTimer(clock.now() + logCheckIntervalMs, () => {
      this.#trimLogs();
      this.#cancelTimer = this.#armTimer();
    });
  }

  #trimLogs(): void {
    try {
      for (const taskId of this.#directories()) this.#directoryOf(taskId).trimLogs();
    } catch (error) {
      // Output that grows too long must not stop what else swarmd does.
      this.#options.log.warn("tasks' output cannot be cut", { error: String(error) });
    }
  }
}

const orphanPollIntervalMs = 100;
