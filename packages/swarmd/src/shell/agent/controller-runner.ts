// Makes the controller calls that the worker's core asks for, and tells it how each ended.
import type { Task } from "@swarmkit/proto/types";
import type { CallOutcome, ControllerCall, Observation } from "../../core/agent/call.ts";
import { type Controller, type Executor, ExecutorError, type TaskExit } from "../executor/port.ts";
import type { Logger } from "../log.ts";

export interface ControllerRunnerOptions {
  readonly executor: Executor;
  readonly log: Logger;
  /** Called once for every `run`, never from within it. */
  readonly finished: (taskId: string, call: ControllerCall, outcome: CallOutcome) => void;
}

/** Calls before which there is no container worth a look. */
const unobservedCalls: ReadonlySet<ControllerCall> = new Set(["update", "prepare", "remove"]);

export class ControllerRunner {
  readonly #options: ControllerRunnerOptions;
  readonly #controllers: Map<string, Controller> = new Map();
  readonly #running: Map<
    string,
    { readonly abort: AbortController; readonly ended: Promise<void> }
  > = new Map();
  #isClosed = false;

  constructor(options: ControllerRunnerOptions) {
    this.#options = options;
  }

  run(task: Task, call: ControllerCall): void {
    const abort = new AbortController();
    const ended = this.#call(task, call, abort.signal).then((outcome) => {
      this.#running.delete(task.id);
      if (!this.#isClosed) this.#options.finished(task.id, call, outcome);
    });
    this.#running.set(task.id, { abort, ended });
  }

  cancel(taskId: string): void {
    this.#running.get(taskId)?.abort.abort();
  }

  forget(taskId: string): void {
    this.#controllers.get(taskId)?.close();
    this.#controllers.delete(taskId);
  }

  /** Ends every call and reports none of them; tasks stay as they are. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { abort } of this.#running.values()) abort.abort();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
    for (const taskId of [...this.#controllers.keys()]) this.forget(taskId);
  }

  async #call(task: Task, call: ControllerCall, signal: AbortSignal): Promise<CallOutcome> {
    let controller: Controller | undefined;
    try {
      controller = this.#controller(task);
      const exit = await perform(controller, { task, call, signal });
      const observed = await this.#observe(controller, call, exit);
      return { type: "done", ...(exit && { exit }), observed };
    } catch (error) {
      if (signal.aborted) return { type: "cancelled" };
      // What the executor cannot even name cannot be there; removing it must not fail for ever.
      if (controller === undefined && call === "remove") return { type: "done" };
      return this.#toFailure(error, { task, call, controller });
    }
  }

  #controller(task: Task): Controller {
    const existing = this.#controllers.get(task.id);
    if (existing !== undefined) return existing;
    const controller = this.#options.executor.controller(task);
    this.#controllers.set(task.id, controller);
    return controller;
  }

  async #toFailure(
    error: unknown,
    where: { task: Task; call: ControllerCall; controller: Controller | undefined },
  ): Promise<CallOutcome> {
    const { task, call, controller } = where;
    const isRetryable = error instanceof ExecutorError && error.retryable;
    const message = error instanceof Error ? error.message : String(error);
    const fields = { taskId: task.id, call, error: message };
    // A refusal is the task's affair and told in its status; anything else may be a fault of ours.
    if (error instanceof ExecutorError) this.#options.log.info("a task's call failed", fields);
    else this.#options.log.error("a task's call failed unexpectedly", { ...fields, cause: error });
    const observed = controller && (await this.#observe(controller, call, undefined));
    return { type: "failed", message, isRetryable, ...(observed && { observed }) };
  }

  /** Best effort: a status without these details is better than none. */
  async #observe(
    controller: Controller,
    call: ControllerCall,
    exit: TaskExit | undefined,
  ): Promise<Observation> {
    if (unobservedCalls.has(call)) return {};
    try {
      const container = await controller.containerStatus();
      const ports = await controller.portStatus();
      const ended = container && exit && { ...container, pid: 0, exitCode: exit.exitCode };
      return { container: ended ?? container, ports };
    } catch (error) {
      this.#options.log.debug("a task's container could not be looked at", { call, error });
      return {};
    }
  }
}

async function perform(
  controller: Controller,
  { task, call, signal }: { task: Task; call: ControllerCall; signal: AbortSignal },
): Promise<TaskExit | undefined> {
  switch (call) {
    case "update":
      await controller.update(task);
      return undefined;
    case "wait":
      return await controller.wait(signal);
    default:
      await controller[call](signal);
      return undefined;
  }
}
