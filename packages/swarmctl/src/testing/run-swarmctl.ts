// Runs the program in this process, against a fake manager.
import { runProgram } from "../program.ts";
import { testNowMs } from "./builders.ts";
import { type Call, type FakeClient, fakeClient, type Handlers } from "./fake-client.ts";
import { createFakeFiles } from "./fake-files.ts";

export interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly calls: readonly Call[];
  /** The socket that was connected to; undefined when none was. */
  readonly socketPath: string | undefined;
}

export interface RunOptions {
  readonly handlers?: Handlers;
  readonly environment?: Readonly<Record<string, string>>;
  /** Files that are there; those that are made come to it. */
  readonly files?: Map<string, Uint8Array>;
}

/** Runs one command line; words are split at blanks, but for those in single quotes. */
export async function runSwarmctl(line: string, options: RunOptions = {}): Promise<Run> {
  let [stdout, stderr] = ["", ""];
  let client: FakeClient | undefined;
  let socketPath: string | undefined;
  const exitCode = await runProgram(splitWords(line), {
    environment: options.environment ?? {},
    signal: new AbortController().signal,
    columns: 100,
    now: () => testNowMs,
    writeOutput: (text) => {
      stdout += text;
    },
    writeError: (text) => {
      stderr += text;
    },
    createFile: createFakeFiles(options.files ?? new Map()),
    connect: async (target) => {
      ({ socketPath } = target);
      client = fakeClient(options.handlers ?? {});
      return client;
    },
  });
  return { stdout, stderr, exitCode, calls: client?.calls ?? [], socketPath };
}

/** What a user would see of some command lines, and the changes that the manager was asked for. */
export async function transcribe(
  lines: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const parts: string[] = [];
  for (const line of lines) {
    const { stdout, stderr, exitCode, calls } = await runSwarmctl(line, options);
    const changes = calls.filter(({ method }) => /^(?:Create|Update|Remove)/.test(method));
    parts.push(
      `$ swarmctl ${line}\n`,
      stdout,
      stderr.replace(/^(?=.)/gm, "stderr: "),
      ...changes.map(({ method, request }) => `>> ${method} ${describeRequest(request)}\n`),
      exitCode === 0 ? "\n" : `exit code ${exitCode}\n\n`,
    );
  }
  return parts.join("");
}

/** Messages that say something by being there. */
const presences: ReadonlySet<string> = new Set(["global", "runtime"]);

/** A request without what is empty: it says what was asked for. */
function describeRequest(request: object): string {
  return JSON.stringify(
    request,
    (key, value: unknown) => (isEmpty(value) && !presences.has(key) ? undefined : value),
    2,
  );
}

function isEmpty(value: unknown): boolean {
  if (value === "" || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function splitWords(line: string): readonly string[] {
  return [...line.matchAll(/(?:'[^']*'|\S)+/g)].map(([word]) => word.replaceAll("'", ""));
}
