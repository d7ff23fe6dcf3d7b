import type { Node } from "@swarmkit/proto/types";
import { DeadlineQueue } from "../lib/deadline-queue.ts";
import type { IdSource } from "../lib/ids.ts";
import { type Outcome, succeed } from "../lib/outcome.ts";
import type { Prng } from "../lib/prng.ts";
import type { Millis } from "../lib/time.ts";
import type { SessionCall, StreamId } from "./effects.ts";
import {
  gracePeriods,
  gracePeriodsUnknown,
  heartbeatJitterMsMax,
  heartbeatJitterShareMax,
  registrationsMax,
  registrationWindowMs,
  sessionsMax,
} from "./limits.ts";
import {
  nodeNotRegistered,
  sessionInvalid,
  tooManyRegistrations,
  tooManySessions,
} from "./refusals.ts";

/** The agent's session stream, with the node as it was last told. */
export interface SessionStream {
  readonly id: StreamId;
  /** Version of the node that must be committed before the first message. */
  readonly awaitedVersion: number;
  /** Undefined before the first message. */
  toldNode: Node | undefined;
}

export interface Session {
  readonly id: string;
  readonly nodeId: string;
  stream: SessionStream | undefined;
}

interface Registrations {
  readonly count: number;
  readonly lastAt: Millis;
}

/** Live sessions by node, when each must have given a sign of life, and how often nodes register. */
export class SessionTable {
  readonly #ids: IdSource;
  readonly #prng: Prng;
  readonly #sessions = new Map<string, Session>();
  /** Nodes with a session, and nodes that have yet to find this leader. */
  readonly #deadlines = new DeadlineQueue();
  readonly #registrations = new Map<string, Registrations>();

  constructor(options: { readonly ids: IdSource; readonly prng: Prng }) {
    this.#ids = options.ids;
    this.#prng = options.prng;
  }

  get(nodeId: string): Session | undefined {
    return this.#sessions.get(nodeId);
  }

  values(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** The live session that the call names. */
  check(call: SessionCall): Outcome<Session> {
    const session = this.#sessions.get(call.nodeId);
    if (session === undefined) return nodeNotRegistered;
    return session.id === call.sessionId ? succeed(session) : sessionInvalid;
  }

  /** Begins a session in place of the node's earlier one. */
  register(nodeId: string, now: Millis): Outcome<Session> {
    const isNew = !this.#sessions.has(nodeId);
    if (isNew && this.#sessions.size >= sessionsMax) return tooManySessions;
    if (!this.#admitRegistration(nodeId, now)) return tooManyRegistrations(nodeId);
    const session: Session = { id: this.#ids(), nodeId, stream: undefined };
    this.#sessions.set(nodeId, session);
    return succeed(session);
  }

  /** A sign of life: gives the time in which the next is expected, and puts off the node's end. */
  beat(nodeId: string, periodMs: Millis, now: Millis): Millis {
    const chosenMs = this.#withJitter(periodMs);
    this.#deadlines.set(nodeId, now + chosenMs * gracePeriods);
    return chosenMs;
  }

  /** A node that has to find this leader gets more time. */
  awaitNode(nodeId: string, periodMs: Millis, now: Millis): void {
    this.#deadlines.set(nodeId, now + this.#withJitter(periodMs) * gracePeriodsUnknown);
  }

  /** The session ends; how often its node has registered is remembered. */
  end(nodeId: string): Session | undefined {
    const session = this.#sessions.get(nodeId);
    this.#sessions.delete(nodeId);
    this.#deadlines.delete(nodeId);
    return session;
  }

  /** The node itself is gone. */
  forget(nodeId: string): Session | undefined {
    this.#registrations.delete(nodeId);
    return this.end(nodeId);
  }

  /** Nodes that have been silent for too long. */
  takeSilent(now: Millis): readonly string[] {
    return this.#deadlines.takeDue(now);
  }

  nextDeadline(): Millis | undefined {
    return this.#deadlines.next();
  }

  #admitRegistration(nodeId: string, now: Millis): boolean {
    const known = this.#registrations.get(nodeId);
    const isRecent = known !== undefined && now - known.lastAt <= registrationWindowMs;
    const count = isRecent ? known.count + 1 : 1;
    // Refused attempts do not count, or an eager agent would never get in again.
    if (count > registrationsMax) return false;
    this.#registrations.set(nodeId, { count, lastAt: now });
    return true;
  }

  #withJitter(periodMs: Millis): Millis {
    const jitterMs = Math.min(heartbeatJitterMsMax, periodMs * heartbeatJitterShareMax);
    return periodMs + (this.#prng() * 2 - 1) * jitterMs;
  }
}
