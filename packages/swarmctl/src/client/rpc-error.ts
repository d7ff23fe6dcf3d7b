// gRPC statuses, and what each means to a user.
import { CliError, type ErrorKind } from "../errors.ts";

/** A manager's refusal of a call. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly status: GrpcStatus;

  /** `details` is what the manager said about it. */
  constructor(status: GrpcStatus, details: string) {
    super(details);
    this.status = status;
  }
}

/** The statuses in the order of their numbers, from 0. */
const statuses = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

export type GrpcStatus = (typeof statuses)[number];

/** The status of a number; one that gRPC does not have counts as UNKNOWN. */
export function toGrpcStatus(code: number): GrpcStatus {
  return statuses[code] ?? "UNKNOWN";
}

interface Meaning {
  readonly kind: ErrorKind;
  readonly remedy: string;
}

const invalid: Meaning = { kind: "failed", remedy: "correct that and try again" };
const managerLog: Meaning = { kind: "failed", remedy: "swarmd's log on the manager says more" };
const again: Meaning = { kind: "unavailable", remedy: "try again in a few seconds" };
const noTrust: Meaning = {
  kind: "auth",
  remedy: "use the control socket of a manager of this cluster",
};
const outOfSequence: Meaning = {
  kind: "conflict",
  remedy: "someone else changed it meanwhile: inspect it, then run the command again",
};
const noLeader: Meaning = {
  kind: "unavailable",
  remedy: "start managers until more than half of them are up, then try again",
};

const meanings: Readonly<Record<GrpcStatus, Meaning>> = {
  OK: managerLog,
  CANCELLED: again,
  UNKNOWN: managerLog,
  INVALID_ARGUMENT: invalid,
  DEADLINE_EXCEEDED: {
    kind: "timeout",
    remedy: "see with 'swarmctl node ls' whether there is a leader, or allow more with --timeout",
  },
  NOT_FOUND: { kind: "not-found", remedy: "look with 'ls' for what there is" },
  ALREADY_EXISTS: { kind: "conflict", remedy: "choose another, or change the one that is there" },
  PERMISSION_DENIED: noTrust,
  RESOURCE_EXHAUSTED: { kind: "failed", remedy: "ask for less, or try again later" },
  FAILED_PRECONDITION: { kind: "failed", remedy: "change that first, then try again" },
  ABORTED: outOfSequence,
  OUT_OF_RANGE: invalid,
  UNIMPLEMENTED: { kind: "failed", remedy: "do without, or ask a manager that can do it" },
  INTERNAL: managerLog,
  UNAVAILABLE: again,
  DATA_LOSS: managerLog,
  UNAUTHENTICATED: noTrust,
};

/** What went wrong in the words of the user's command, for example `service update`. */
export function describeRpcError(error: RpcError, command: string): CliError {
  const { kind, remedy } = getMeaning(error);
  const why = error.message === "" ? "the manager gave no reason" : error.message;
  return new CliError(
    kind,
    { what: `${command} failed`, why, remedy },
    {
      background: `gRPC ${statuses.indexOf(error.status)} ${error.status}`,
      cause: error,
    },
  );
}

/** SwarmKit's managers tell these two by their text alone; the status is UNKNOWN or varies. */
function getMeaning({ status, message }: RpcError): Meaning {
  if (message.includes("update out of sequence")) return outOfSequence;
  if (message.includes("swarm does not have a leader")) return noLeader;
  return meanings[status];
}
