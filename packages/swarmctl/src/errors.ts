// What can go wrong, as its user sees it: one line that says what failed, why, and what to do, and an
// exit code that scripts can rely on (see the README).

/** The kinds of failure, each with its exit code. */
export const exitCodes = {
  /** Refused or failed. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  "not-found": 3,
  /** Not allowed, or no trust. */
  auth: 4,
  /** It exists already, or was changed by someone else meanwhile. */
  conflict: 5,
  /** No socket, no manager, or no leader. */
  unavailable: 6,
  timeout: 9,
  interrupted: 130,
} as const;

export type ErrorKind = keyof typeof exitCodes;

/** The parts of an error's line: `Error: <what>: <why>; <remedy>`. */
export interface ErrorParts {
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
}

/** An error to be shown to the user as it is. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly kind: ErrorKind;
  readonly parts: ErrorParts;
  /** For --debug: what was behind it, such as a gRPC status. */
  readonly background: string | undefined;

  constructor(
    kind: ErrorKind,
    parts: ErrorParts,
    options: { readonly background?: string; readonly cause?: unknown } = {},
  ) {
    super(
      `${parts.what}: ${parts.why}; ${parts.remedy}`,
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.kind = kind;
    this.parts = parts;
    this.background = options.background;
  }
}

/** The command line is wrong. */
export function usageError(what: string, why: string, remedy: string): CliError {
  return new CliError("usage", { what, why, remedy });
}
