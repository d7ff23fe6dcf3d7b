// An agent: the real session, worker and status reporter, with the simulated network and executor around
// them, joined as shell/agent/agent.ts and session-runner.ts do it.

import type { AssignmentsMessage, SessionMessage } from "../../../packages/proto/gen/types.ts";
import type { CallOutcome, ControllerCall } from "../../../packages/swarmd/src/core/agent/call.ts";
import {
  Session,
  type SessionEffect,
  type SessionInput,
} from "../../../packages/swarmd/src/core/agent/session.ts";
import {
  type ReporterEffect,
  type ReporterInput,
  StatusReporter,
} from "../../../packages/swarmd/src/core/agent/status-reporter.ts";
import {
  type StoredTask,
  Worker,
  type WorkerEffect,
  type WorkerInput,
} from "../../../packages/swarmd/src/core/agent/worker.ts";
import { succeed } from "../../../packages/swarmd/src/core/lib/outcome.ts";
import { aNode } from "../../../packages/swarmd/src/testing/builders.ts";
import { LocalClock } from "../engine/local-clock.ts";
import type { Endpoint, Network } from "../engine/network.ts";
import { Random } from "../engine/random.ts";
import type { World } from "../engine/world.ts";
import { Caller } from "./caller.ts";
import type { Answer } from "./calls.ts";
import type { AgentStream, StreamMessage } from "./dispatcher-host.ts";
import { SimExecutor } from "./executor.ts";
import type { SimManager } from "./manager.ts";
import { Timers } from "./timers.ts";

export interface SimAgentOptions {
  readonly world: World;
  readonly network: Network;
  readonly seed: number;
  readonly address: number;
  readonly nodeId: string;
  readonly skewMs: number;
  /** Managers that the agent may turn to. */
  readonly managers: () => readonly SimManager[];
}

const callTimeoutMs = 5000;

interface RunningCall {
  readonly taskId: string;
  readonly call: ControllerCall;
  isOver: boolean;
}

export class SimAgent implements Endpoint {
  readonly name: string;
  readonly address: number;
  readonly clock: LocalClock;
  readonly executor: SimExecutor;
  readonly timers: Timers;
  epoch = 0;
  pausedUntilMs = 0;
  isUp = false;
  readonly #options: SimAgentOptions;
  readonly #random: Random;
  readonly #caller: Caller;
  /** Survives crashes. */
  readonly #journal = new Map<string, StoredTask>();
  readonly #calls = new Map<string, RunningCall>();
  #session: Session;
  #worker = new Worker();
  #reporter = new StatusReporter();
  #manager: SimManager | undefined;
  #connection = 0;
  #streams: AgentStream[] = [];

  constructor(options: SimAgentOptions) {
    this.#options = options;
    this.name = options.nodeId;
    this.address = options.address;
    this.#random = new Random(options.seed, this.name);
    this.clock = new LocalClock(options.skewMs);
    this.timers = new Timers(options.world, this, this.clock);
    this.executor = new SimExecutor(new Random(options.seed, `${this.name} executor`));
    this.#caller = new Caller(options.world, options.network, this);
    this.#session = new Session({ prng: this.#random.next });
  }

  start(): void {
    this.isUp = true;
    this.pausedUntilMs = 0;
    this.epoch += 1;
    this.#options.world.note(this.name, "starts");
    this.#session = new Session({ prng: this.#random.next });
    this.#worker = new Worker();
    this.#reporter = new StatusReporter();
    this.#stepWorker({ type: "restore", tasks: [...this.#journal.values()] });
    this.#stepSession({ type: "start" });
  }

  /** The process ends, and its tasks go on; or the power fails, and they end. */
  crash(kind: "killed" | "power"): void {
    if (!this.isUp) return;
    this.#options.world.note(this.name, `is gone (${kind})`);
    this.isUp = false;
    this.epoch += 1;
    this.timers.clear();
    this.#caller.clear();
    this.#calls.clear();
    this.#abandonStreams();
    this.#manager = undefined;
    if (kind === "power") this.executor.endAll();
  }

  pause(untilMs: number): void {
    this.pausedUntilMs = Math.max(this.pausedUntilMs, untilMs);
  }

  handle(kind: string, first: unknown, second: unknown): boolean {
    if (!this.isUp) return false;
    switch (kind) {
      case "timer":
        if (!this.timers.take(first, second)) return false;
        this.#stepWorker({ type: "tick" });
        this.#stepSession({ type: "tick" });
        return true;
      case "stream":
        return this.#onStream(first as AgentStream, second as StreamMessage);
      case "described": {
        const { description } = aNode({ id: this.name });
        if (description !== undefined) this.#stepSession({ type: "described", description });
        return true;
      }
      case "call-done":
        return this.#onCallDone(first as RunningCall);
      case "call-finished": {
        const { taskId, call } = first as RunningCall;
        if (this.#calls.get(taskId) === first) this.#calls.delete(taskId);
        this.#stepWorker({ type: "call-finished", taskId, call, outcome: second as CallOutcome });
        return true;
      }
      case "task-ends":
        if (!this.executor.end(first as string, this.#random.whole(0, 1))) return false;
        this.#finishWait(first as string);
        return true;
      default:
        return this.#caller.handle(kind, first);
    }
  }

  #now(): number {
    return this.timers.now();
  }

  #stepSession(input: SessionInput): void {
    for (const effect of this.#session.step(input, this.#now())) this.#performSession(effect);
    this.#armTimer();
  }

  #stepWorker(input: WorkerInput): void {
    for (const effect of this.#worker.step(input, this.#now())) this.#performWorker(effect);
    this.#armTimer();
  }

  #stepReporter(input: ReporterInput): void {
    for (const effect of this.#reporter.step(input)) this.#performReporter(effect);
  }

  #armTimer(): void {
    const deadline = Math.min(
      this.#session.nextDeadline() ?? Infinity,
      this.#worker.nextDeadline() ?? Infinity,
    );
    this.timers.arm("deadline", deadline === Infinity ? undefined : deadline);
  }

  #performSession(effect: SessionEffect): void {
    const { world } = this.#options;
    switch (effect.type) {
      case "describe":
        world.post(2, this, "described");
        break;
      case "connect":
        this.#connect(effect.epoch);
        break;
      case "open-session":
        this.#open("session", effect.epoch, 0, (manager, stream) => {
          const { description, sessionId } = effect.request;
          manager.dispatcher.openSession(stream, { nodeId: this.name, sessionId, description });
        });
        break;
      case "open-assignments":
        this.#open("assignments", effect.epoch, effect.stream, (manager, stream) => {
          const { sessionId } = effect;
          manager.dispatcher.openAssignments(stream, { nodeId: this.name, sessionId });
        });
        break;
      case "send-heartbeat":
        this.#beat(effect);
        break;
      case "registered": {
        const { sessionId } = effect;
        this.#stepReporter({ type: "registered", sessionId, tasks: this.#worker.tasks() });
        break;
      }
      case "apply-assignments":
        this.#stepWorker({ type: "assignments", set: effect.set, changes: effect.changes });
        break;
      case "session-lost":
        this.#stepReporter({ type: "session-lost" });
        break;
      case "close":
        this.#abandonStreams();
        this.#manager = undefined;
        break;
      case "observe":
        break;
    }
  }

  #performWorker(effect: WorkerEffect): void {
    switch (effect.type) {
      case "call":
        this.#run(effect.taskId, effect.call);
        break;
      case "cancel":
        this.#cancel(effect.taskId);
        break;
      case "store":
        this.#journal.set(effect.stored.task.id, effect.stored);
        break;
      case "report":
        this.#stepReporter({ type: "status", task: effect.task });
        break;
      case "forget":
        this.#journal.delete(effect.taskId);
        this.#stepReporter({ type: "forget", taskId: effect.taskId });
        break;
      case "list-traces": {
        const taskIds = this.executor.taskIds();
        this.#stepWorker({ type: "traces-listed", taskIds });
        break;
      }
      case "remove-orphan":
        this.executor.remove(effect.taskId);
        break;
      case "left":
        break;
    }
  }

  #performReporter(effect: ReporterEffect): void {
    if (effect.type === "fail-session") {
      const { epoch } = this.#session;
      this.#stepSession({ type: "failed", epoch, message: effect.message });
      return;
    }
    const { batch, request } = effect;
    const call = { nodeId: this.name, sessionId: request.sessionId, updates: request.updates };
    this.#callDispatcher<void>(
      "report",
      (manager) => manager.dispatcher.updateTaskStatus(call),
      (answer) => {
        if (answer.ok) this.#stepReporter({ type: "sent", batch, outcome: "accepted" });
        else {
          const isRefused = answer.code === "not-found" || answer.code === "permission-denied";
          const outcome = isRefused ? "refused" : "failed";
          this.#stepReporter({ type: "sent", batch, outcome, message: answer.message });
        }
      },
    );
  }

  /** Asks any manager who leads, and goes on with that one. */
  #connect(epoch: number): void {
    const managers = this.#options.managers();
    if (managers.length === 0) return;
    const fail = (message: string): void => this.#stepSession({ type: "failed", epoch, message });
    const timeoutMs = callTimeoutMs;
    this.#caller.call<SimManager>(
      this.#random.pick(managers),
      { label: "connect", timeoutMs, perform: (manager, respond) => respond(succeed(manager)) },
      (answer) => {
        if (!answer.ok) return fail(answer.message);
        if (epoch !== this.#session.epoch) return;
        this.#manager = answer.value;
        this.#connection += 1;
        this.#stepSession({ type: "connected", epoch });
      },
    );
  }

  #open(
    kind: AgentStream["kind"],
    epoch: number,
    stream: number,
    open: (manager: SimManager, stream: AgentStream) => void,
  ): void {
    const manager = this.#manager;
    if (manager === undefined) return;
    const opened: AgentStream = {
      agent: this,
      manager,
      kind,
      connection: this.#connection,
      sessionEpoch: epoch,
      stream,
      id: 0,
      lastArrivalMs: 0,
      isOver: false,
    };
    this.#streams.push(opened);
    this.#callDispatcher<void>(
      `open ${kind}`,
      (leader) => {
        opened.manager = leader;
        open(leader, opened);
        return succeed(undefined);
      },
      (answer) => {
        if (!answer.ok) this.#stepSession({ type: "failed", epoch, message: answer.message });
      },
    );
  }

  #beat({ epoch, sessionId }: SessionEffect & { type: "send-heartbeat" }): void {
    this.#callDispatcher<{ readonly periodMs: number }>(
      "heartbeat",
      (manager) => manager.dispatcher.heartbeat({ nodeId: this.name, sessionId }),
      (answer) => {
        if (answer.ok) {
          const { periodMs } = answer.value;
          this.#stepSession({ type: "heartbeat-answered", epoch, periodMs });
        } else this.#stepSession({ type: "failed", epoch, message: answer.message });
      },
    );
  }

  #callDispatcher<T>(
    label: string,
    run: (manager: SimManager) => Answer<T>,
    done: (answer: Answer<T>) => void,
  ): void {
    const manager = this.#manager;
    if (manager === undefined) return;
    const connection = this.#connection;
    this.#caller.call<T>(
      manager,
      { label, timeoutMs: callTimeoutMs, perform: (leader, respond) => respond(run(leader)) },
      (answer) => {
        if (connection === this.#connection && this.#manager !== undefined) done(answer);
      },
    );
  }

  #onStream(stream: AgentStream, message: StreamMessage): boolean {
    if (!this.#streams.includes(stream)) return false;
    const { sessionEpoch: epoch, kind } = stream;
    if (message === undefined) {
      this.#streams = this.#streams.filter((other) => other !== stream);
      const isSession = kind === "session";
      if (isSession) this.#stepSession({ type: "failed", epoch, message: "the session ended" });
      else this.#stepSession({ type: "assignments-ended", epoch, stream: stream.stream });
    } else if (kind === "session") {
      const session = message as SessionMessage;
      this.#stepSession({ type: "session-message", epoch, message: session });
    } else {
      const assignments = message as AssignmentsMessage;
      const { stream: number } = stream;
      const input = { type: "assignments-message", epoch, stream: number } as const;
      this.#stepSession({ ...input, message: assignments });
    }
    return true;
  }

  /** The managers hear of it, now or when their connection times out. */
  #abandonStreams(): void {
    const { network, world } = this.#options;
    for (const stream of this.#streams) {
      stream.isOver = true;
      const { manager } = stream;
      if (network.deliver(this, manager, "stream-closed", stream)) continue;
      world.postAny(this.#random.between(1000, 10_000), manager, "stream-closed", stream);
    }
    this.#streams = [];
  }

  #run(taskId: string, call: ControllerCall): void {
    const running = { taskId, call, isOver: false };
    this.#calls.set(taskId, running);
    const durationMs = this.executor.durationMs(taskId, call);
    if (durationMs !== undefined) this.#options.world.post(durationMs, this, "call-done", running);
  }

  #cancel(taskId: string): void {
    const running = this.#calls.get(taskId);
    if (running?.isOver === false) this.#finish(running, { type: "cancelled" });
  }

  #onCallDone(running: RunningCall): boolean {
    if (running.isOver || this.#calls.get(running.taskId) !== running) return false;
    const { taskId, call } = running;
    const outcome = this.executor.perform(taskId, call);
    if (call === "start" && outcome.type === "done") {
      const lifetimeMs = this.executor.lifetimeMs();
      if (lifetimeMs !== undefined) this.#options.world.post(lifetimeMs, this, "task-ends", taskId);
    }
    this.#finish(running, outcome);
    return true;
  }

  #finishWait(taskId: string): void {
    const running = this.#calls.get(taskId);
    if (running?.call !== "wait" || running.isOver) return;
    this.#finish(running, this.executor.perform(taskId, "wait"));
  }

  /** Never from within the worker's own step. */
  #finish(running: RunningCall, outcome: CallOutcome): void {
    running.isOver = true;
    this.#options.world.post(0, this, "call-finished", running, outcome);
  }
}
