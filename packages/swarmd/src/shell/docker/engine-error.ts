import { ExecutorError } from "../executor/port.ts";

/** HTTP status of an engine's refusal; undefined when no answer came at all. */
export function statusCodeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" ? error.statusCode : undefined;
}

/** The engine's own words, without what the client library puts around them. */
export function reasonOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "json" in error) {
    const { json } = error;
    if (typeof json === "object" && json !== null && "message" in json) {
      return String(json.message).trim();
    }
  }
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^\(HTTP code \d+\) .*? - /, "").trim();
}

/** An engine that cannot be reached: the same call may succeed once it is back. */
export function unreachable(socketPath: string, cause: unknown): ExecutorError {
  return new ExecutorError(
    "unavailable",
    `the Docker engine at ${socketPath} cannot be reached: ${reasonOf(cause)}`,
    { cause },
  );
}

/** A refusal that will not change by asking again. */
export function refused(code: "rejected" | "failed", what: string, cause: unknown): ExecutorError {
  const prefix = what === "" ? "" : `${what}: `;
  return new ExecutorError(code, `${prefix}${reasonOf(cause)}`, { cause });
}
