// The node's worker half: drives the cores of session, worker and status reporter with the clock, the
// executor, the journal and a connection to a manager.
//
// Tasks do not depend on it being there: they are resumed from the journal before any manager is
// found, and stopping the agent leaves them running.
import type { NodeDescription, SessionMessage } from "@swarmkit/proto/types";
import type { CallOutcome, ControllerCall } from "../../core/agent/call.ts";
import { Session, type SessionEffect, type SessionInput } from "../../core/agent/session.ts";
import {
  type ReporterEffect,
  type ReporterInput,
  StatusReporter,
} from "../../core/agent/status-reporter.ts";
import { Worker, type WorkerEffect, type WorkerInput } from "../../core/agent/worker.ts";
import type { Prng } from "../../core/lib/prng.ts";
import type { CancelTimer, Clock } from "../clock.ts";
import type { Executor } from "../executor/port.ts";
import type { Logger } from "../log.ts";
import { ControllerRunner } from "./controller-runner.ts";
import { type ConnectDispatcher, DispatcherError } from "./dispatcher-connection.ts";
import type { Journal } from "./journal.ts";
import { SessionRunner } from "./session-runner.ts";

/** What the node wants to hear from its agent. */
export interface AgentObserver {
  /** Node object, managers, trust root and network keys, at the session's start and at each change. */
  sessionMessage?(message: SessionMessage): void;
  registered?(sessionId: string): void;
  sessionLost?(message: string): void;
}

export interface AgentOptions {
  readonly executor: Executor;
  readonly journal: Journal;
  readonly connect: ConnectDispatcher;
  readonly clock: Clock;
  readonly prng: Prng;
  /** The whole description; the executor gives its part of it. */
  readonly describe: () => Promise<NodeDescription>;
  readonly log: Logger;
  readonly observer?: AgentObserver;
}

export class Agent {
  readonly #options: AgentOptions;
  readonly #session: Session;
  readonly #worker: Worker = new Worker();
  readonly #reporter: StatusReporter = new StatusReporter();
  readonly #calls: ControllerRunner;
  readonly #connections: SessionRunner;
  #cancelTimer: CancelTimer | undefined;
  #isStopped = false;
  #left: (() => void) | undefined;

  constructor(options: AgentOptions) {
    const { executor, log, connect, prng } = options;
    this.#options = options;
    this.#session = new Session({ prng });
    const finished = (taskId: string, call: ControllerCall, outcome: CallOutcome): void =>
      this.#stepWorker({ type: "call-finished", taskId, call, outcome });
    this.#calls = new ControllerRunner({ executor, log, finished });
    this.#connections = new SessionRunner({ connect, feed: (input) => this.#stepSession(input) });
  }

  /** Resumes the journal's tasks, then looks for a manager; resolves once the tasks are resumed. */
  async start(): Promise<void> {
    const tasks = await this.#options.journal.load();
    if (tasks.length > 0) this.#options.log.info("resuming tasks", { tasks: tasks.length });
    this.#stepWorker({ type: "restore", tasks });
    this.#stepSession({ type: "start" });
  }

  /** Ends the session. Tasks keep running, and the next agent on this journal takes them up. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#stepSession({ type: "stop" });
    this.#isStopped = true;
    this.#cancelTimer?.();
    await this.#calls.close();
    await this.#options.journal.flush();
  }

  /** Removes every task from this host, then stops. */
  async leave(): Promise<void> {
    const left = new Promise<void>((resolve) => {
      this.#left = resolve;
    });
    this.#stepWorker({ type: "leave" });
    await left;
    await this.stop();
  }

  #stepSession(input: SessionInput): void {
    if (this.#isStopped) return;
    const effects = this.#session.step(input, this.#options.clock.now());
    for (const effect of effects) this.#performSession(effect);
    this.#armTimer();
  }

  #stepWorker(input: WorkerInput): void {
    if (this.#isStopped) return;
    const effects = this.#worker.step(input, this.#options.clock.now());
    for (const effect of effects) this.#performWorker(effect);
    this.#armTimer();
  }

  #stepReporter(input: ReporterInput): void {
    if (this.#isStopped) return;
    for (const effect of this.#reporter.step(input)) this.#performReporter(effect);
  }

  #armTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const deadline = Math.min(
      this.#session.nextDeadline() ?? Infinity,
      this.#worker.nextDeadline() ?? Infinity,
    );
    if (deadline === Infinity || this.#isStopped) return;
    this.#cancelTimer = this.#options.clock.setTimer(deadline, () => {
      this.#stepWorker({ type: "tick" });
      this.#stepSession({ type: "tick" });
    });
  }

  #performSession(effect: SessionEffect): void {
    const { log, observer } = this.#options;
    switch (effect.type) {
      case "describe":
        this.#describe();
        break;
      case "registered": {
        const tasks = this.#worker.tasks();
        log.info("registered with a manager", { sessionId: effect.sessionId });
        this.#stepReporter({ type: "registered", sessionId: effect.sessionId, tasks });
        observer?.registered?.(effect.sessionId);
        break;
      }
      case "observe":
        this.#observe(effect.message, effect.isNodeChanged);
        break;
      case "apply-assignments":
        this.#stepWorker({ type: "assignments", set: effect.set, changes: effect.changes });
        break;
      case "session-lost":
        if (effect.retryAt !== undefined) log.warn(`session ended: ${effect.message}`);
        this.#stepReporter({ type: "session-lost" });
        observer?.sessionLost?.(effect.message);
        break;
      default:
        this.#connections.perform(effect);
    }
  }

  #performWorker(effect: WorkerEffect): void {
    const { journal } = this.#options;
    switch (effect.type) {
      case "call":
        this.#calls.run(effect.task, effect.call);
        break;
      case "cancel":
        this.#calls.cancel(effect.taskId);
        break;
      case "store":
        journal.put(effect.stored);
        break;
      case "report":
        this.#logState(effect);
        this.#stepReporter({ type: "status", task: effect.task });
        break;
      case "forget":
        this.#calls.forget(effect.taskId);
        journal.delete(effect.taskId);
        this.#stepReporter({ type: "forget", taskId: effect.taskId });
        break;
      case "list-traces":
        this.#listTraces();
        break;
      case "remove-orphan":
        this.#removeOrphan(effect.taskId);
        break;
      case "left":
        this.#left?.();
        break;
    }
  }

  #performReporter(effect: ReporterEffect): void {
    if (effect.type === "fail-session") {
      const { epoch } = this.#session;
      this.#stepSession({ type: "failed", epoch, message: effect.message });
      return;
    }
    const { batch } = effect;
    const sent = (outcome: "accepted" | "refused" | "failed", message?: string): void =>
      this.#stepReporter({ type: "sent", batch, outcome, ...(message && { message }) });
    const { connection } = this.#connections;
    if (connection === undefined) return;
    connection.updateTaskStatus(effect.request).then(
      () => sent("accepted"),
      (error: unknown) => sent(isRefusal(error) ? "refused" : "failed", toMessage(error)),
    );
  }

  #describe(): void {
    this.#options.describe().then(
      (description) => this.#stepSession({ type: "described", description }),
      (error: unknown) => {
        const message = toMessage(error);
        this.#options.log.warn("this node cannot be described", { error: message });
        this.#stepSession({ type: "describe-failed", message });
      },
    );
  }

  #observe(message: SessionMessage, isNodeChanged: boolean): void {
    const { executor, log, observer } = this.#options;
    if (isNodeChanged && message.node !== undefined) {
      executor.configure(message.node).catch((error: unknown) => {
        log.warn("the executor did not take the node's configuration", { error: toMessage(error) });
      });
    }
    observer?.sessionMessage?.(message);
  }

  #listTraces(): void {
    this.#options.executor.list().then(
      (traces) => {
        const taskIds = traces.map(({ taskId }) => taskId);
        this.#stepWorker({ type: "traces-listed", taskIds });
      },
      (error: unknown) => {
        this.#options.log.warn("leftover tasks cannot be listed", { error: toMessage(error) });
        this.#stepWorker({ type: "traces-failed" });
      },
    );
  }

  #removeOrphan(taskId: string): void {
    const { executor, log } = this.#options;
    log.info("removing what is left of a task that is not assigned here", { taskId });
    executor.removeOrphan(taskId).catch((error: unknown) => {
      log.warn("leftovers of a task cannot be removed", { taskId, error: toMessage(error) });
      this.#stepWorker({ type: "traces-failed" });
    });
  }

  #logState({ task }: WorkerEffect & { type: "report" }): void {
    const { state, err } = task.status;
    const fields = { taskId: task.id, service: task.serviceAnnotations.name, state };
    if (err === "") this.#options.log.debug("task", fields);
    else this.#options.log.info("task", { ...fields, error: err });
  }
}

/** The manager does not want to hear of these tasks; saying it again would not help. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof DispatcherError)) return false;
  return error.code === "not-found" || error.code === "permission-denied";
}

function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
