import { status } from "@grpc/grpc-js";
import type { ApiCode } from "../../core/lib/outcome.ts";

/** An expected refusal of an RPC: its code and text go to the caller. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: ApiCode;

  constructor(code: ApiCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A status that another manager answered with, to be passed on as it is. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  /** gRPC's number. */
  readonly code: number;
  /** True when the call certainly was not executed, by anybody. */
  readonly isUnexecuted: boolean;

  constructor(code: number, details: string, options?: { readonly isUnexecuted: boolean }) {
    super(details);
    this.code = code;
    this.isUnexecuted = options?.isUnexecuted ?? false;
  }
}

const statusOfCode: Readonly<Record<ApiCode, status>> = {
  "invalid-argument": status.INVALID_ARGUMENT,
  "not-found": status.NOT_FOUND,
  "already-exists": status.ALREADY_EXISTS,
  "failed-precondition": status.FAILED_PRECONDITION,
  "permission-denied": status.PERMISSION_DENIED,
  unimplemented: status.UNIMPLEMENTED,
  unknown: status.UNKNOWN,
  "resource-exhausted": status.RESOURCE_EXHAUSTED,
  internal: status.INTERNAL,
  unavailable: status.UNAVAILABLE,
  "not-leader": status.UNAVAILABLE,
  aborted: status.ABORTED,
};

/** The gRPC status that a code travels as. */
export function toStatus(code: ApiCode): status {
  return statusOfCode[code];
}

/** The error that a call's status stands for; statuses that no peer of ours sends count as unknown. */
export function fromStatus(outcome: { readonly code: number; readonly details: string }): RpcError {
  const { code, details } = outcome;
  return new RpcError(codeOfStatus.get(code) ?? "unknown", details);
}

const codeOfStatus: ReadonlyMap<number, ApiCode> = new Map([
  ...Object.entries(statusOfCode)
    // It never travels: who makes a call learns that it may be made again in another way.
    .filter(([code]) => code !== "not-leader")
    .map(([code, value]) => [value, code as ApiCode] as const),
  [status.DEADLINE_EXCEEDED, "unavailable"],
]);
