// Small helpers of the scripts: child processes, waiting, and one way of printing.
import { spawn } from "node:child_process";
import { watch } from "node:fs";

/** How a child process ended, and what it wrote. */
export interface RunResult {
  /** Undefined when a signal ended the process. */
  readonly status: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Written to the child's standard input, which is empty otherwise. */
  readonly input?: string | Uint8Array;
  /** The child is killed after this time; the default is one minute. */
  readonly timeoutMs?: number;
}

export interface WaitOptions {
  /** Ends the sentence "timed out after N s waiting for …". */
  readonly what: string;
  readonly timeoutMs: number;
  /** A folder; a change in it makes the condition be asked again at once. */
  readonly watchDirectory?: string;
  /** Gives up waiting; its reason is what is thrown. */
  readonly signal?: AbortSignal;
}

const defaultTimeoutMs = 60_000;
/** Of each stream the last part is kept: errors come last. */
const capturedBytesMax = 1024 * 1024;
/** Asks again this often, for conditions that make no event. */
const askAgainMs = 100;

/** Runs a program to its end. Rejects only when it cannot be started or takes too long. */
export function run(
  program: string,
  programArguments: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArguments, {
      cwd: options.cwd,
      env: options.environment ?? process.env,
      stdio: "pipe",
    });
    const stdout = captureTail(child.stdout);
    const stderr = captureTail(child.stderr);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
      // A grandchild may hold the pipes open for ever; the child's end must be enough.
      child.stdout.destroy();
      child.stderr.destroy();
    }, timeoutMs);
    child.on("error", (cause) => {
      clearTimeout(timer);
      reject(new Error(`cannot run ${program}: ${cause.message}`, { cause }));
    });
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      if (isLate) reject(new Error(`${program} did not end within ${timeoutMs / 1000} s`));
      else {
        const ended = { status: status ?? undefined, signal: signal ?? undefined };
        resolve({ ...ended, stdout: stdout(), stderr: stderr() });
      }
    });
    // A child that ends without reading its input is no failure of ours.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
  });
}

/** As `run`, but any end other than status 0 is an error that shows the last lines written. */
export async function runOrThrow(
  program: string,
  programArguments: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const result = await run(program, programArguments, options);
  if (result.status === 0) return result;
  const how = result.signal ?? `status ${result.status}`;
  const said = lastLines(result.stderr.trim() === "" ? result.stdout : result.stderr, 10);
  throw new Error(`"${[program, ...programArguments].join(" ")}" ended with ${how}:\n${said}`);
}

/**
 * Resolves with the first value of `check` that is not undefined. It is asked at once, after every
 * change in `watchDirectory`, and now and then; never twice at the same time.
 */
export async function waitUntil<Value>(
  check: () => Value | undefined | Promise<Value | undefined>,
  options: WaitOptions,
): Promise<Value> {
  const deadline = performance.now() + options.timeoutMs;
  let wake = (): void => {};
  const watcher =
    options.watchDirectory === undefined ? undefined : watch(options.watchDirectory, () => wake());
  try {
    while (true) {
      let hasChanged = false;
      wake = () => {
        hasChanged = true;
      };
      const value = await check();
      if (value !== undefined) return value;
      options.signal?.throwIfAborted();
      if (performance.now() >= deadline) {
        throw new Error(
          `timed out after ${options.timeoutMs / 1000} s waiting for ${options.what}`,
        );
      }
      if (hasChanged) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, askAgainMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    watcher?.close();
  }
}

/** Progress and notices go to stderr, so that stdout carries results only. */
export function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/** The text of whatever was thrown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function captureTail(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let capturedBytes = 0;
  stream.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    capturedBytes += chunk.length;
    while (chunks[0] !== undefined && capturedBytes - chunks[0].length >= capturedBytesMax) {
      capturedBytes -= chunks[0].length;
      chunks.shift();
    }
  });
  return () => Buffer.concat(chunks).toString("utf8");
}
