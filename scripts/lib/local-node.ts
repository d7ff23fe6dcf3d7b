// One swarmd process of this machine, which may be killed, paused and started again on the same state.
import { type ChildProcess, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { describeError, lastLines, waitUntil } from "./run.ts";

/** The program is the built one of the tree that the script or test runs in. */
const swarmdPath: string = resolve("packages/swarmd/dist/swarmd.cjs");
/** A swarmd that does not end by itself after SIGTERM is killed, in milliseconds. */
const stopTimeoutMs = 15_000;
const readyTimeoutMs = 30_000;

/** Where a node lives. */
export interface NodePlace {
  /** Its remote API, `host:port`. */
  readonly address: string;
  /** Words that start a program there, for example in a network namespace; none for right here. */
  readonly launcher: readonly string[];
}

export interface LocalNodeOptions {
  readonly name: string;
  /** Holds the state directory, the socket and the log. */
  readonly directory: string;
  /** Flags beside those of the state directory, the control socket and the name. */
  readonly flags: readonly string[];
  /** Undefined for a node whose flags say where it listens. */
  readonly place?: NodePlace | undefined;
  /** Options of Node itself, for example a profiler's. */
  readonly nodeFlags?: readonly string[] | undefined;
}

export class LocalNode {
  readonly name: string;
  readonly stateDirectory: string;
  readonly controlSocket: string;
  readonly logFile: string;
  readonly flags: readonly string[];
  /** Its remote API; undefined when its own flags say where it listens. */
  readonly address: string | undefined;
  process: ChildProcess | undefined;
  readonly #command: readonly string[];
  readonly #directory: string;
  /** Where the log of the process that was started last begins. */
  #logStartBytes = 0;

  constructor({ name, directory, flags, place, nodeFlags = [] }: LocalNodeOptions) {
    this.name = name;
    this.#directory = directory;
    this.stateDirectory = join(directory, name);
    this.controlSocket = join(directory, `${name}.sock`);
    this.logFile = join(directory, `${name}.log`);
    this.address = place?.address;
    const listen = place === undefined ? [] : ["--listen-remote-api", place.address];
    const files = ["--state-dir", this.stateDirectory];
    const socket = ["--listen-control-api", this.controlSocket];
    this.flags = [...files, ...socket, "--hostname", name, ...listen, ...flags];
    this.#command = [...(place?.launcher ?? []), process.execPath, ...nodeFlags, swarmdPath];
    mkdirSync(this.stateDirectory, { recursive: true, mode: 0o700 });
  }

  /** Starts the process, again if it has run before; `more` flags count for this once. */
  start(more: readonly string[] = []): void {
    const log = openSync(this.logFile, "a");
    this.#logStartBytes = fstatSync(log).size;
    const [program = "", ...words] = [...this.#command, ...this.flags, ...more];
    this.process = spawn(program, words, {
      // A Ctrl-C in the terminal is for the script: it removes the services first.
      detached: true,
      stdio: ["ignore", log, log],
    });
    // That it could not be started shows as its end, and what waits for it says so.
    this.process.on("error", () => {});
    closeSync(log);
  }

  get isRunning(): boolean {
    const child = this.process;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Sends a signal and waits for the end; after a while it kills. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.process;
    const isRunning = this.isRunning;
    this.process = undefined;
    if (child === undefined || !isRunning) return;
    const ended = new Promise<void>((done) => child.once("exit", () => done()));
    child.kill(signal);
    // A paused process takes no other signal.
    if (signal !== "SIGKILL") child.kill("SIGCONT");
    const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
    await ended;
    clearTimeout(timer);
  }

  /** Stops the process where it is, as a machine does that swaps or a virtual one that is moved. */
  pause(): void {
    this.process?.kill("SIGSTOP");
  }

  /** Lets a paused process go on. */
  resume(): void {
    this.process?.kill("SIGCONT");
  }

  /** Waits until the process that was just started is in its swarm and runs its tasks. */
  async waitUntilReady(): Promise<void> {
    await this.waitFor("be ready", () => (this.hasLogged("node is ready") ? true : undefined));
  }

  /** Waits until the process ends by itself. */
  async waitUntilEnded(): Promise<void> {
    const options = { what: `${this.name} to end`, timeoutMs: readyTimeoutMs };
    await waitUntil(() => (this.isRunning ? undefined : true), options);
  }

  /** Whether the process that was started last has logged a message. */
  hasLogged(message: string): boolean {
    return this.logOfThisRun().includes(`"msg":${JSON.stringify(message)}`);
  }

  /** What the process that was started last has written. */
  logOfThisRun(): string {
    return existsSync(this.logFile) ? readFrom(this.logFile, this.#logStartBytes) : "";
  }

  /** The end of the log, for error messages. */
  tail(): string {
    return existsSync(this.logFile) ? lastLines(readFileSync(this.logFile, "utf8"), 10) : "";
  }

  /** Waits for a condition; fails at once when the process has ended, and shows its log's end. */
  async waitFor(
    what: string,
    check: () => true | undefined | Promise<true | undefined>,
    timeoutMs: number = readyTimeoutMs,
  ): Promise<void> {
    const checkRunning = (): true | undefined | Promise<true | undefined> => {
      if (!this.isRunning) throw new Error(`${this.name} has ended`);
      return check();
    };
    const options = { what: `${this.name} to ${what}`, timeoutMs };
    try {
      await waitUntil(checkRunning, { ...options, watchDirectory: this.#directory });
    } catch (error) {
      const log = `its log ends:\n${this.tail()}`;
      throw new Error(`${describeError(error)}; ${log}`, { cause: error });
    }
  }
}

function readFrom(path: string, offset: number): string {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - offset));
    const length = readSync(file, bytes, 0, bytes.length, offset);
    return bytes.subarray(0, length).toString("utf8");
  } finally {
    closeSync(file);
  }
}
