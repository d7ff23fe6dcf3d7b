// Errors on stderr: one line for people, one object for programs.
import { describeRpcError, RpcError } from "./client/rpc-error.ts";
import { CliError, exitCodes } from "./errors.ts";
import { toPrintable } from "./format/printable.ts";

export interface ErrorReport {
  readonly text: string;
  readonly exitCode: number;
}

export interface ReportOptions {
  /** The words of the command, for example `service update`. */
  readonly command: string;
  readonly isDebug: boolean;
  readonly isJson: boolean;
}

/** What to print about an error, and what to exit with. */
export function reportError(error: unknown, options: ReportOptions): ErrorReport {
  const known = toCliError(error, options.command);
  const exitCode = exitCodes[known.kind];
  const background = options.isDebug ? known.background : undefined;
  if (options.isJson) {
    const content = { kind: known.kind, ...known.parts, exitCode, background };
    return { text: `${JSON.stringify({ error: content })}\n`, exitCode };
  }
  const line = toPrintable(
    background === undefined ? known.message : `${known.message} (${background})`,
  );
  const stack =
    options.isDebug && known.kind === "failed" && !isExpected(error) ? stackOf(error) : "";
  return { text: `Error: ${line}\n${stack}`, exitCode };
}

function toCliError(error: unknown, command: string): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof RpcError) return describeRpcError(error, command);
  return new CliError(
    "failed",
    {
      what: `${command === "" ? "swarmctl" : command} failed`,
      why: error instanceof Error ? error.message : String(error),
      remedy: "this is a defect of swarmctl: run it again with --debug and report what it says",
    },
    { cause: error },
  );
}

function isExpected(error: unknown): boolean {
  return error instanceof CliError || error instanceof RpcError;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? `${error.stack ?? ""}\n` : "";
}
