import type {
  AssignmentsMessage,
  NodeDescription,
  SessionMessage,
  UpdateTaskStatusRequestTaskStatusUpdate,
} from "@swarmkit/proto/types";
import type { ApiCode, Refusal } from "../lib/outcome.ts";

/** One server stream of an agent, numbered by the shell; a number is never used again. */
export type StreamId = number;

/** What the shell is to do, in this order. */
export type DispatcherEffect =
  | {
      readonly kind: "session-message";
      readonly streamId: StreamId;
      readonly message: SessionMessage;
    }
  | {
      readonly kind: "assignments-message";
      readonly streamId: StreamId;
      readonly message: AssignmentsMessage;
    }
  /** The stream ends with this status; it is forgotten already, `closeStream` need not be called. */
  | {
      readonly kind: "close";
      readonly streamId: StreamId;
      readonly code: ApiCode;
      readonly message: string;
    };

export type DispatcherEffects = readonly DispatcherEffect[];

export interface OpenSessionInput {
  readonly streamId: StreamId;
  /** From the caller's certificate. */
  readonly nodeId: string;
  /** Host part of the address that the agent was seen at. */
  readonly address: string;
  /** Undefined: what is known of the node stays. */
  readonly description: NodeDescription | undefined;
  /** Session to resume; "" asks for a new one. */
  readonly sessionId: string;
}

/** A call within a session. */
export interface SessionCall {
  /** From the caller's certificate. */
  readonly nodeId: string;
  readonly sessionId: string;
}

export interface OpenAssignmentsInput extends SessionCall {
  readonly streamId: StreamId;
}

export interface TaskStatusInput extends SessionCall {
  readonly updates: readonly UpdateTaskStatusRequestTaskStatusUpdate[];
}

/** Ends a stream with a refusal. */
export function closeWith(streamId: StreamId, refusal: Refusal): DispatcherEffect {
  return { kind: "close", streamId, code: refusal.code, message: refusal.message };
}
