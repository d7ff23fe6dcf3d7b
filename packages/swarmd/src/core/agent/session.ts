// The agent's side of a dispatcher session: find a manager, register, beat, follow the assignments,
// and begin again when anything of it fails.
//
// Every connection has an epoch; inputs that belong to an earlier one are late and change nothing.
import type {
  AssignmentChange,
  AssignmentsMessage,
  AssignmentsMessageType,
  Node,
  NodeDescription,
  SessionMessage,
  SessionRequest,
} from "@swarmkit/proto/types";
import { isEqual } from "../lib/equal.ts";
import type { Prng } from "../lib/prng.ts";
import type { Millis } from "../lib/time.ts";
import { AssignmentChain } from "./assignment-chain.ts";
import { ReconnectBackoff } from "./reconnect-backoff.ts";

/** Longest time until a connection stands, a session answers, or a heartbeat does (SwarmKit: 5 s). */
export const rpcTimeoutMs = 5000;

/** How often the node is described anew (SwarmKit: 20 s). */
export const describeIntervalMs = 20_000;

/** A period of 0 is accepted by SwarmKit's managers; obeying it would be a busy loop. */
export const heartbeatPeriodMsMin = 50;

export type SessionInput =
  | { readonly type: "start" }
  | { readonly type: "stop" }
  | { readonly type: "tick" }
  | { readonly type: "described"; readonly description: NodeDescription }
  | { readonly type: "describe-failed"; readonly message: string }
  | { readonly type: "connected"; readonly epoch: number }
  | { readonly type: "session-message"; readonly epoch: number; readonly message: SessionMessage }
  | { readonly type: "heartbeat-answered"; readonly epoch: number; readonly periodMs: Millis }
  | {
      readonly type: "assignments-message";
      readonly epoch: number;
      readonly stream: number;
      readonly message: AssignmentsMessage;
    }
  | { readonly type: "assignments-ended"; readonly epoch: number; readonly stream: number }
  /** Anything of the connection failed or ended. */
  | { readonly type: "failed"; readonly epoch: number; readonly message: string };

export type SessionEffect =
  | { readonly type: "describe" }
  | { readonly type: "connect"; readonly epoch: number }
  | { readonly type: "open-session"; readonly epoch: number; readonly request: SessionRequest }
  | { readonly type: "send-heartbeat"; readonly epoch: number; readonly sessionId: string }
  /** Replaces the stream that was open before, if any. */
  | {
      readonly type: "open-assignments";
      readonly epoch: number;
      readonly stream: number;
      readonly sessionId: string;
    }
  | { readonly type: "registered"; readonly sessionId: string }
  /** News from the manager; `isNodeChanged` when the executor has to hear of it. */
  | {
      readonly type: "observe";
      readonly message: SessionMessage;
      readonly isNodeChanged: boolean;
    }
  | {
      readonly type: "apply-assignments";
      readonly set: AssignmentsMessageType;
      readonly changes: readonly AssignmentChange[];
    }
  | { readonly type: "close" }
  /** The session is over; the next attempt follows at `retryAt`, or none. */
  | {
      readonly type: "session-lost";
      readonly message: string;
      readonly retryAt: Millis | undefined;
    };

type Phase =
  | { readonly name: "stopped" }
  /** Between sessions; due at `until`. */
  | { readonly name: "waiting"; readonly until: Millis }
  /** A description is awaited until `deadline`; from then on an older one will do, if there is one. */
  | { readonly name: "describing"; readonly deadline: Millis }
  | { readonly name: "connecting"; readonly deadline: Millis }
  | { readonly name: "registering"; readonly deadline: Millis }
  | {
      readonly name: "active";
      readonly sessionId: string;
      readonly describeAt: Millis;
      /** Next beat when none is out, else when its answer is overdue. */
      readonly heartbeat: { readonly isOut: boolean; readonly at: Millis };
    };

export class Session {
  readonly #backoff: ReconnectBackoff;
  #phase: Phase = { name: "stopped" };
  #epoch = 0;
  #chain: AssignmentChain = new AssignmentChain();
  /** Of the last session, so that the manager can take it up again. */
  #sessionId = "";
  #description: NodeDescription | undefined;
  #isDescribing = false;
  #node: Node | undefined;
  #effects: SessionEffect[] = [];

  constructor(options: { readonly prng: Prng }) {
    this.#backoff = new ReconnectBackoff(options.prng);
  }

  /** Number of the current connection, or of the attempt at one. */
  get epoch(): number {
    return this.#epoch;
  }

  step(input: SessionInput, now: Millis): readonly SessionEffect[] {
    this.#effects = [];
    if (!("epoch" in input) || input.epoch === this.#epoch) this.#handle(input, now);
    return this.#effects;
  }

  nextDeadline(): Millis | undefined {
    const phase = this.#phase;
    switch (phase.name) {
      case "waiting":
        return phase.until;
      case "describing":
        // Without any description there is nothing to register with: only its end can help.
        return this.#description === undefined ? undefined : phase.deadline;
      case "connecting":
      case "registering":
        return phase.deadline;
      case "active":
        return Math.min(phase.heartbeat.at, phase.describeAt);
      default:
        return undefined;
    }
  }

  #handle(input: SessionInput, now: Millis): void {
    switch (input.type) {
      case "start":
        if (this.#phase.name === "stopped") this.#begin(now);
        return;
      case "stop":
        this.#stop();
        return;
      case "tick":
        this.#tick(now);
        return;
      case "described":
        this.#onDescribed(input.description, now);
        return;
      case "describe-failed":
        this.#onDescribeFailed(input.message, now);
        return;
      case "connected":
        this.#onConnected(now);
        return;
      case "session-message":
        this.#onMessage(input.message, now);
        return;
      case "heartbeat-answered":
        this.#onHeartbeatAnswered(input.periodMs, now);
        return;
      case "assignments-message":
        this.#onAssignments(input.stream, input.message, now);
        return;
      case "assignments-ended":
        if (input.stream === this.#chain.stream) this.#fail("the assignments ended", now);
        return;
      case "failed":
        this.#fail(input.message, now);
        return;
    }
  }

  #begin(now: Millis): void {
    this.#phase = { name: "describing", deadline: now + rpcTimeoutMs };
    this.#describe();
  }

  #describe(): void {
    if (this.#isDescribing) return;
    this.#isDescribing = true;
    this.#effects.push({ type: "describe" });
  }

  #connect(now: Millis): void {
    this.#epoch += 1;
    this.#phase = { name: "connecting", deadline: now + rpcTimeoutMs };
    this.#effects.push({ type: "connect", epoch: this.#epoch });
  }

  #stop(): void {
    if (this.#phase.name === "stopped") return;
    this.#end("stopped", undefined);
    this.#phase = { name: "stopped" };
  }

  #fail(message: string, now: Millis): void {
    const until = now + this.#backoff.nextDelayMs();
    this.#end(message, until);
    this.#phase = { name: "waiting", until };
  }

  #end(message: string, retryAt: Millis | undefined): void {
    this.#epoch += 1;
    this.#effects.push({ type: "close" }, { type: "session-lost", message, retryAt });
  }

  #tick(now: Millis): void {
    const phase = this.#phase;
    switch (phase.name) {
      case "waiting":
        if (phase.until <= now) this.#begin(now);
        return;
      case "describing":
        if (this.#description !== undefined && phase.deadline <= now) this.#connect(now);
        return;
      case "connecting":
        if (phase.deadline <= now) this.#fail("no manager could be reached in time", now);
        return;
      case "registering":
        if (phase.deadline <= now) this.#fail("the manager did not answer in time", now);
        return;
      case "active":
        this.#tickActive(phase, now);
        return;
      default:
        return;
    }
  }

  #tickActive(phase: Phase & { name: "active" }, now: Millis): void {
    const { heartbeat, sessionId } = phase;
    if (heartbeat.isOut && heartbeat.at <= now) {
      this.#fail("a heartbeat was not answered in time", now);
      return;
    }
    if (heartbeat.at <= now) {
      this.#effects.push({ type: "send-heartbeat", epoch: this.#epoch, sessionId });
      this.#phase = { ...phase, heartbeat: { isOut: true, at: now + rpcTimeoutMs } };
    }
    if (phase.describeAt <= now) {
      this.#describe();
      this.#phase = { ...this.#phase, describeAt: now + describeIntervalMs } as Phase;
    }
  }

  #onDescribed(description: NodeDescription, now: Millis): void {
    this.#isDescribing = false;
    const hasChanged = !isEqual(description, this.#description);
    this.#description = description;
    if (this.#phase.name === "describing") {
      this.#connect(now);
      return;
    }
    if (this.#phase.name !== "active" || !hasChanged) return;
    // The manager learns of it by a new session; nothing failed, so there is nothing to wait for.
    this.#end("the description of this node changed", now);
    this.#connect(now);
  }

  /** A node whose engine is away still has tasks to tell of; it only needs one description ever. */
  #onDescribeFailed(message: string, now: Millis): void {
    this.#isDescribing = false;
    if (this.#phase.name !== "describing") return;
    if (this.#description !== undefined) {
      this.#connect(now);
      return;
    }
    this.#fail(`this node cannot be described: ${message}`, now);
  }

  #onConnected(now: Millis): void {
    if (this.#phase.name !== "connecting") return;
    this.#phase = { name: "registering", deadline: now + rpcTimeoutMs };
    const request = { description: this.#description, sessionId: this.#sessionId };
    this.#effects.push({ type: "open-session", epoch: this.#epoch, request });
  }

  #onMessage(message: SessionMessage, now: Millis): void {
    if (this.#phase.name === "registering") this.#activate(message.sessionId, now);
    if (this.#phase.name !== "active") return;
    const { node } = message;
    const isNodeChanged = node !== undefined && !isSameNode(node, this.#node);
    if (node !== undefined) this.#node = node;
    this.#effects.push({ type: "observe", message, isNodeChanged });
    // After the node is known: the first assignments may need it.
    if (this.#chain.stream === 0) this.#openAssignments(this.#phase.sessionId);
  }

  #activate(sessionId: string, now: Millis): void {
    if (sessionId === "") {
      this.#fail("the manager gave no session id", now);
      return;
    }
    this.#sessionId = sessionId;
    this.#backoff.reset();
    this.#chain = new AssignmentChain();
    const heartbeat = { isOut: true, at: now + rpcTimeoutMs };
    this.#phase = { name: "active", sessionId, heartbeat, describeAt: now + describeIntervalMs };
    this.#effects.push(
      { type: "registered", sessionId },
      { type: "send-heartbeat", epoch: this.#epoch, sessionId },
    );
  }

  #openAssignments(sessionId: string): void {
    const stream = this.#chain.reopen();
    this.#effects.push({ type: "open-assignments", epoch: this.#epoch, stream, sessionId });
  }

  #onHeartbeatAnswered(periodMs: Millis, now: Millis): void {
    if (this.#phase.name !== "active") return;
    const at = now + Math.max(periodMs, heartbeatPeriodMsMin);
    this.#phase = { ...this.#phase, heartbeat: { isOut: false, at } };
  }

  #onAssignments(stream: number, message: AssignmentsMessage, now: Millis): void {
    if (this.#phase.name !== "active") return;
    switch (this.#chain.accept(stream, message)) {
      case "apply": {
        const { type: set, changes } = message;
        this.#effects.push({ type: "apply-assignments", set, changes });
        return;
      }
      case "gap":
        this.#openAssignments(this.#phase.sessionId);
        return;
      case "no-base":
        this.#fail("the assignments did not begin with a complete set", now);
        return;
      case "late":
        return;
    }
  }
}

/** Meta and status change with every heartbeat's worth of news and concern no executor. */
function isSameNode(node: Node, before: Node | undefined): boolean {
  if (before === undefined) return false;
  return isEqual({ ...node, meta: before.meta, status: before.status }, before);
}
