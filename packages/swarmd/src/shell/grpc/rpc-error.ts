import { type ServiceError, status } from "@grpc/grpc-js";
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
  aborted: status.ABORTED,
};

/** The gRPC status that a code travels as. */
export function toStatus(code: ApiCode): status {
  return statusOfCode[code];
}

/** The code that a gRPC error stands for; statuses that no peer of ours sends count as unknown. */
export function fromServiceError(error: ServiceError): RpcError {
  const details = error.details.replace(libraryNoise, "$1");
  if (error.code === status.DEADLINE_EXCEEDED) {
    return new RpcError("unavailable", details, { cause: error });
  }
  for (const [code, value] of Object.entries(statusOfCode)) {
    if (value === error.code) return new RpcError(code as ApiCode, details, { cause: error });
  }
  return new RpcError("unknown", details, { cause: error });
}

/** What grpc-js puts around the system's reason when it cannot connect. */
const libraryNoise =
  /^No connection established\. Last error: (?:Error: )?(.+)\. Resolution note: .*$/s;
