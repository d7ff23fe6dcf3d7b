// Containers of one machine: they take their time, fail, and end by themselves now and then.
import type { CallOutcome, ControllerCall } from "../../../packages/swarmd/src/core/agent/call.ts";
import type { Random } from "../engine/random.ts";

/** How the containers of a machine behave. */
export interface ExecutorConduct {
  /** Share of the calls that fail, 0 to 1. */
  failureShare: number;
  /** Mean time until a running task ends by itself; Infinity for never. */
  lifetimeMs: number;
}

interface Container {
  state: "created" | "running" | "ended";
  exitCode: number;
}

const killedExitCode = 137;

export class SimExecutor {
  readonly conduct: ExecutorConduct = { failureShare: 0, lifetimeMs: Infinity };
  readonly #random: Random;
  readonly #containers = new Map<string, Container>();

  constructor(random: Random) {
    this.#random = random;
  }

  taskIds(): readonly string[] {
    return [...this.#containers.keys()];
  }

  isRunning(taskId: string): boolean {
    return this.#containers.get(taskId)?.state === "running";
  }

  /** How long a call takes; undefined for one that lasts until the task ends. */
  durationMs(taskId: string, call: ControllerCall): number | undefined {
    if (call === "wait") return this.isRunning(taskId) ? undefined : 1;
    return call === "prepare" || call === "start" ? this.#random.between(5, 400) : 5;
  }

  /** When a task that was started ends by itself. */
  lifetimeMs(): number | undefined {
    const { lifetimeMs } = this.conduct;
    return lifetimeMs === Infinity ? undefined : this.#random.exponential(lifetimeMs);
  }

  /** Does the call; its time has passed. */
  perform(taskId: string, call: ControllerCall): CallOutcome {
    const container = this.#containers.get(taskId);
    const mayFail = call === "prepare" || call === "start";
    if (mayFail && this.#random.chance(this.conduct.failureShare)) {
      const isRetryable = this.#random.chance(0.3);
      return { type: "failed", message: `${call} failed`, isRetryable };
    }
    switch (call) {
      case "prepare":
        if (container === undefined)
          this.#containers.set(taskId, { state: "created", exitCode: 0 });
        break;
      case "start":
        if (container === undefined) return { type: "failed", message: "gone", isRetryable: false };
        if (container.state === "created") container.state = "running";
        break;
      case "wait":
        return { type: "done", exit: { exitCode: container?.exitCode ?? killedExitCode } };
      case "shutdown":
      case "terminate":
        this.end(taskId, 143);
        break;
      case "remove":
        this.#containers.delete(taskId);
        break;
      case "update":
        break;
    }
    return { type: "done" };
  }

  /** Its process ends; false when there was none. */
  end(taskId: string, exitCode: number): boolean {
    const container = this.#containers.get(taskId);
    if (container?.state !== "running") return false;
    container.state = "ended";
    container.exitCode = exitCode;
    return true;
  }

  remove(taskId: string): void {
    this.#containers.delete(taskId);
  }

  /** The machine lost power. */
  endAll(): void {
    for (const taskId of this.#containers.keys()) this.end(taskId, killedExitCode);
  }
}
