// A failure for those who have to find its cause: what was broken, what happened before, and how to see it
// again.
import type { Entry, Message } from "../../packages/raft/src/index.ts";
import type { Trace, TraceLine } from "./engine/trace.ts";
import { Violation } from "./engine/world.ts";
import type { Call, Reply } from "./machine/calls.ts";
import type { RunConfig } from "./run-config.ts";

export interface FailureFacts {
  readonly config: RunConfig;
  readonly nowMs: number;
  readonly steps: number;
  readonly trace: Trace;
  readonly error: unknown;
}

/** Trace lines in the message. */
const linesShown = 60;

export class RunFailure extends Error {
  readonly seed: number;
  /** Name of the broken guarantee; "assertion" when the code itself found the contradiction. */
  readonly invariant: string;

  constructor(facts: FailureFacts) {
    const { config, error, nowMs, steps } = facts;
    const invariant = error instanceof Violation ? error.invariant : "assertion";
    const what = error instanceof Error ? error.message : String(error);
    const stack = error instanceof Violation || !(error instanceof Error) ? "" : `\n${error.stack}`;
    super(
      [
        `seed ${config.seed}, step ${steps}, at ${nowMs.toFixed(1)} ms: ${invariant} is broken`,
        `${what}${stack}`,
        "",
        `the last ${linesShown} events:`,
        ...facts.trace.lines().slice(-linesShown).map(formatLine),
        "",
        `again: ${commandFor(config)}`,
      ].join("\n"),
      { cause: error },
    );
    this.name = "RunFailure";
    this.seed = config.seed;
    this.invariant = invariant;
  }
}

/** The one command that shows a run again. */
export function commandFor({ seed, forced }: Pick<RunConfig, "seed" | "forced">): string {
  const text = JSON.stringify(forced);
  const config = text === "{}" ? "" : ` --config '${text}'`;
  return `npm run sim -- --seed ${seed}${config}`;
}

export function formatLine({ atMs, who, what, first, second }: TraceLine): string {
  const details = [first, second].map(formatDetail).filter((text) => text !== "");
  return `${atMs.toFixed(1).padStart(9)} ${who.padEnd(10)} ${[what, ...details].join(" ")}`;
}

function formatDetail(detail: unknown): string {
  if (detail === undefined || detail === null) return "";
  if (typeof detail !== "object") return String(detail);
  if ("type" in detail && "term" in detail && "from" in detail)
    return formatMessage(detail as Message);
  if ("call" in detail && "answer" in detail) {
    const { call, answer } = detail as Reply;
    return `${call.label} -> ${JSON.stringify(answer, shorten)}`;
  }
  if ("perform" in detail) {
    const { label, caller } = detail as Call & { readonly caller?: { readonly name: string } };
    return caller === undefined ? label : `${label} of ${caller.name}`;
  }
  if ("mustSync" in detail) return "";
  if ("metadata" in detail) return "";
  const text = JSON.stringify(detail, shorten) ?? "";
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

function shorten(key: string, value: unknown): unknown {
  if (key === "manager" || key === "agent" || key === "meta") return undefined;
  if (typeof value === "object" && value !== null && "options" in value) return "…";
  return value instanceof Uint8Array ? `${value.length} bytes` : value;
}

function formatMessage(message: Message): string {
  const head = `${message.from}->${message.to} ${message.type} term=${message.term}`;
  switch (message.type) {
    case "append": {
      const { previousIndex, previousTerm, entries, commit } = message;
      return `${head} after=${previousTerm}/${previousIndex} entries=[${entries.map(formatEntry).join(" ")}] commit=${commit}`;
    }
    case "append-response":
      return message.rejection === undefined
        ? `${head} accepted up to ${message.index}`
        : `${head} rejected at ${message.index}, hint ${message.rejection.hintTerm}/${message.rejection.hintIndex}`;
    case "vote":
    case "pre-vote":
      return `${head} last=${message.lastTerm}/${message.lastIndex}`;
    case "vote-response":
    case "pre-vote-response":
      return `${head} ${message.granted ? "granted" : "refused"}`;
    case "snapshot":
      return `${head} at=${message.snapshot.metadata.term}/${message.snapshot.metadata.index}`;
    case "heartbeat":
      return `${head} commit=${message.commit}`;
    default:
      return head;
  }
}

function formatEntry({ term, index, type }: Entry): string {
  return `${term}/${index}${type === "normal" ? "" : ` ${type}`}`;
}
