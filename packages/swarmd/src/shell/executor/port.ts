// What runs tasks: the docker, process and fake executors stand behind these two interfaces, and one
// contract suite (`testing/executor-contract.ts`) holds all of them to what is written here.
//
// Every call may come again after a crash of swarmd, so each asks for an end state instead of an act:
// what is already so is success.
import type {
  ContainerStatus,
  Node,
  NodeDescription,
  PortStatus,
  Task,
} from "@swarmkit/proto/types";

/** Names under which `--executor` selects one. */
export type ExecutorKind = "docker" | "process" | "fake";

/** The part of a node's description that its executor knows. */
export type ExecutorDescription = Pick<
  NodeDescription,
  "hostname" | "platform" | "resources" | "engine"
>;

/** A trace of a task on the host: a container, a process or its directory, running or not. */
export interface TaskTrace {
  readonly taskId: string;
}

/** Runs tasks on this host. */
export interface Executor {
  readonly kind: ExecutorKind;
  /** What this host offers. Throws a retryable `ExecutorError` while the engine cannot be reached. */
  describe(): Promise<ExecutorDescription>;
  /** Told when the cluster's view of this node changes; the first call precedes any `list`. */
  configure(node: Node): Promise<void>;
  /** A handle on one task; it touches nothing until one of its calls is made. */
  controller(task: Task): Controller;
  /** All that is on the host for this node, so that leftovers of unknown tasks can be found. */
  list(): Promise<readonly TaskTrace[]>;
  /** Removes whatever is left of a task that the agent does not know. */
  removeOrphan(taskId: string): Promise<void>;
  /** Lets go of connections and timers. Tasks keep running. */
  close(): Promise<void>;
}

/** How a task's main process ended. */
export interface TaskExit {
  /** 0 is success; 128 + signal when a signal ended it. */
  readonly exitCode: number;
  /** The executor's own words, when it has any beyond the code. */
  readonly cause?: string | undefined;
}

/**
 * One task on the executor. At most one call runs at a time; each observes its signal and then rejects
 * soon, leaving a state from which any call may follow. Failures are `ExecutorError`s.
 */
export interface Controller {
  /** Takes over a changed task (same id). */
  update(task: Task): Promise<void>;
  /** Makes all ready to start, e.g. image and container. Exists already: success. */
  prepare(signal: AbortSignal): Promise<void>;
  /** Starts it, and waits for its health check if it has one. Runs or has ended already: success. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves when the task has ended, also when that was while swarmd was away. */
  wait(signal: AbortSignal): Promise<TaskExit>;
  /** Asks the task to stop, and kills it after its grace period. Gone or never there: success. */
  shutdown(signal: AbortSignal): Promise<void>;
  /** Kills it at once. Gone or never there: success. */
  terminate(signal: AbortSignal): Promise<void>;
  /** Shuts down, then removes all that belongs to the task. Gone already: success. */
  remove(signal: AbortSignal): Promise<void>;
  /** What to report as the task's container, once there is one. */
  containerStatus(): Promise<ContainerStatus | undefined>;
  /** Ports published on this host, once known. */
  portStatus(): Promise<PortStatus | undefined>;
  /** Lets go of timers and listeners. The task keeps running. */
  close(): void;
}

/**
 * - `unavailable`: the engine is away or busy; the same call may succeed later.
 * - `rejected`: this task cannot run here as it is specified.
 * - `failed`: the task or the engine failed for good.
 */
export type ExecutorErrorCode = "unavailable" | "rejected" | "failed";

/** Refusal or failure of an executor's call; the message is shown to users as the task's error. */
export class ExecutorError extends Error {
  override readonly name = "ExecutorError";
  readonly code: ExecutorErrorCode;

  constructor(code: ExecutorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** True when repeating the call may help. */
  get retryable(): boolean {
    return this.code === "unavailable";
  }
}
