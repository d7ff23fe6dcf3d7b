// What can go wrong between swarmctl and swarmd, apart from a manager's refusal.
import { CliError } from "../errors.ts";

/** The connection ended under way. */
export function connectionLost(cause: Error | undefined): CliError {
  return new CliError(
    "unavailable",
    {
      what: "lost the connection to swarmd",
      why: "it ended before the answer came, so the request may or may not have been carried out",
      remedy: "see whether swarmd still runs, look at the result, then try again if need be",
    },
    cause === undefined ? {} : { background: cause.message, cause },
  );
}

export function timedOut(timeoutMs: number): CliError {
  return new CliError("timeout", {
    what: "no answer from swarmd",
    why: `it took longer than ${timeoutMs / 1000} s`,
    remedy: "see with 'swarmctl node ls' whether there is a leader, or allow more with --timeout",
  });
}

export function interrupted(): CliError {
  return new CliError("interrupted", {
    what: "interrupted",
    why: "the request was under way and may or may not have been carried out",
    remedy: "look at the result before you try again",
  });
}

/** Something answers at the socket, but not as a gRPC server does. */
export function notSwarmd(socketPath: string, why: string): CliError {
  return new CliError("unavailable", {
    what: `cannot talk to ${socketPath}`,
    why,
    remedy: "name swarmd's socket with --socket or $SWARM_SOCKET",
  });
}

/** Nothing can be reached at the socket. */
export function socketUnreachable(error: NodeJS.ErrnoException, socketPath: string): CliError {
  const [why, remedy] = reasons[error.code ?? ""] ?? [
    error.message,
    "check --socket and $SWARM_SOCKET",
  ];
  return new CliError(
    "unavailable",
    { what: `cannot reach swarmd at ${socketPath}`, why, remedy },
    { background: error.code ?? error.message, cause: error },
  );
}

const denied = ["permission denied", "run as root, or as a member of the socket's group"] as const;
const silent = ["nobody listens there", "is swarmd running? start it, then try again"] as const;

/** Why a socket cannot be connected to, and what to do, by the system's error. */
const reasons: Readonly<Record<string, readonly [string, string]>> = {
  EACCES: denied,
  EPERM: denied,
  ECONNREFUSED: silent,
  ENOTSOCK: silent,
  ENOENT: [
    "there is no such socket",
    "is swarmd running? start it, or name its socket with --socket or $SWARM_SOCKET",
  ],
};
