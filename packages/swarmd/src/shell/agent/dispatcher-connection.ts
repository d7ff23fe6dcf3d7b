import type {
  AssignmentsMessage,
  AssignmentsRequest,
  HeartbeatRequest,
  HeartbeatResponse,
  SessionMessage,
  SessionRequest,
  UpdateTaskStatusRequest,
} from "@swarmkit/proto/types";

/**
 * The agent's line to one manager. Calls that answer once reject after `rpcTimeoutMs` of
 * `core/agent/session.ts` at the latest; all reject with a `DispatcherError`.
 */
export interface DispatcherConnection {
  /** Lasts as long as the session. Aborting the signal cancels the RPC and ends the iteration. */
  session(request: SessionRequest, signal: AbortSignal): AsyncIterable<SessionMessage>;
  /** Aborting the signal cancels the RPC and ends the iteration. */
  assignments(request: AssignmentsRequest, signal: AbortSignal): AsyncIterable<AssignmentsMessage>;
  heartbeat(request: HeartbeatRequest): Promise<HeartbeatResponse>;
  updateTaskStatus(request: UpdateTaskStatusRequest): Promise<void>;
  /** Ends every RPC of this connection. */
  close(): void;
}

/** Chooses a manager and connects; the agent calls it anew for every session. */
export type ConnectDispatcher = (signal: AbortSignal) => Promise<DispatcherConnection>;

/** gRPC status as far as the agent tells statuses apart; `other` is all the rest. */
export type DispatcherErrorCode = "not-found" | "permission-denied" | "unavailable" | "other";

/** A dispatcher's refusal, or a failure to reach it. */
export class DispatcherError extends Error {
  override readonly name = "DispatcherError";
  readonly code: DispatcherErrorCode;

  constructor(code: DispatcherErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
