// A swarm of real processes on this machine: one manager and its workers, each a swarmd with a state
// directory of its own, driven by the built swarmctl. The quickstart, tests and benchmarks use it.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { describeError, lastLines, type RunResult, run, waitUntil } from "./run.ts";

const swarmdPath = resolve("packages/swarmd/dist/swarmd.cjs");
const swarmctlPath = resolve("packages/swarmctl/dist/swarmctl.cjs");
/** A swarmd that does not end by itself after SIGTERM is killed, in milliseconds. */
const stopTimeoutMs = 15_000;
const startTimeoutMs = 30_000;

export interface LocalSwarmOptions {
  /** For state directories, sockets and logs; must be there. */
  readonly directory: string;
  /** Flags for every swarmd, for example `--executor process`. */
  readonly flags: readonly string[];
}

/** One swarmd process, which may be killed and started again on the same state. */
export interface LocalNode {
  readonly name: string;
  readonly stateDirectory: string;
  readonly controlSocket: string;
  readonly logFile: string;
  readonly flags: readonly string[];
  process: ChildProcess | undefined;
  /** Where the log of the process that was started last begins. */
  logStartBytes: number;
}

export class LocalSwarm {
  readonly nodes: LocalNode[] = [];
  readonly #options: LocalSwarmOptions;
  #port = 0;

  constructor(options: LocalSwarmOptions) {
    this.#options = options;
  }

  /** Address of the manager's remote API. */
  get managerAddress(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get manager(): LocalNode {
    const [manager] = this.nodes;
    if (manager === undefined) throw new Error("the swarm has no manager yet");
    return manager;
  }

  /** Founds the swarm and waits until its control socket answers. */
  async startManager(name = "manager-1"): Promise<LocalNode> {
    this.#port = await freePort();
    const node = this.addNode(name, ["--listen-remote-api", this.managerAddress]);
    this.start(node);
    await this.waitUntilServing();
    return node;
  }

  /** Adds a worker; it is a member once `node ls` says so. */
  async startWorker(name: string): Promise<LocalNode> {
    const token = await this.joinToken("worker");
    const join = ["--join-addr", this.managerAddress, "--join-token", token];
    const node = this.addNode(name, ["--listen-remote-api", "127.0.0.1:0", ...join]);
    this.start(node);
    return node;
  }

  /** Makes a node of its own flags, which is not started yet; the first one is the manager. */
  addNode(name: string, flags: readonly string[]): LocalNode {
    const { directory } = this.#options;
    const stateDirectory = join(directory, name);
    mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
    const controlSocket = join(directory, `${name}.sock`);
    const common = ["--state-dir", stateDirectory, "--listen-control-api", controlSocket];
    const node: LocalNode = {
      name,
      stateDirectory,
      controlSocket,
      logFile: join(directory, `${name}.log`),
      flags: [...common, "--hostname", name, ...flags, ...this.#options.flags],
      process: undefined,
      logStartBytes: 0,
    };
    this.nodes.push(node);
    return node;
  }

  /** Starts a node's process, again if it has run before. */
  start(node: LocalNode): void {
    const log = openSync(node.logFile, "a");
    node.logStartBytes = fstatSync(log).size;
    node.process = spawn(process.execPath, [swarmdPath, ...node.flags], {
      // A Ctrl-C in the terminal is for the script: it removes the services first.
      detached: true,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
  }

  /** Sends a signal and waits for the end; after a while it kills. */
  async stop(node: LocalNode, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = node.process;
    node.process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((done) => child.once("exit", () => done()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
    await ended;
    clearTimeout(timer);
  }

  /** Ends every process, workers first. Tasks keep running. */
  async stopAll(): Promise<void> {
    for (const node of [...this.nodes].reverse()) await this.stop(node);
  }

  /** Waits until the manager's socket answers calls. */
  async waitUntilServing(): Promise<void> {
    await this.#waitFor(this.manager, "serve its control socket", () => this.#answers());
  }

  /** Waits until a node that was just started is in its swarm and runs its tasks. */
  async waitUntilReady(node: LocalNode): Promise<void> {
    await this.#waitFor(node, "be ready", () => this.#isReady(node));
  }

  /** Runs swarmctl against the manager; its output whatever the exit status. */
  ctl(...commandArguments: readonly string[]): Promise<RunResult> {
    const socket = ["--socket", this.manager.controlSocket];
    return run(process.execPath, [swarmctlPath, ...socket, ...commandArguments]);
  }

  /** Runs swarmctl and answers its output; a failure is an error with its message. */
  async mustCtl(...commandArguments: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.ctl(...commandArguments);
    if (status === 0) return stdout;
    throw new Error(`swarmctl ${commandArguments.join(" ")} failed: ${stderr.trim()}`);
  }

  /** Objects of a list command, from its JSON lines. */
  async list<Row>(...commandArguments: readonly string[]): Promise<readonly Row[]> {
    const output = await this.mustCtl(...commandArguments, "--format", "json");
    return output
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Row);
  }

  /** The secret with which nodes of a role join. */
  async joinToken(role: "worker" | "manager"): Promise<string> {
    const output = await this.mustCtl("cluster", "inspect", "default", "--format", "json");
    const cluster = JSON.parse(output) as {
      readonly rootCa: { readonly joinTokens: Readonly<Record<string, string>> };
    };
    return cluster.rootCa.joinTokens[role] ?? "";
  }

  /** The end of a node's log, for error messages. */
  tailOf(node: LocalNode): string {
    return existsSync(node.logFile) ? lastLines(readFileSync(node.logFile, "utf8"), 10) : "";
  }

  /** Fails at once when the process has ended, and with the end of its log in any case. */
  async #waitFor(
    node: LocalNode,
    what: string,
    check: () => true | undefined | Promise<true | undefined>,
  ): Promise<void> {
    const checkRunning = (): true | undefined | Promise<true | undefined> => {
      const { process: child } = node;
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`${node.name} has ended`);
      }
      return check();
    };
    const options = { what: `${node.name} to ${what}`, timeoutMs: startTimeoutMs };
    try {
      await waitUntil(checkRunning, { ...options, watchDirectory: this.#options.directory });
    } catch (error) {
      const log = `its log ends:\n${this.tailOf(node)}`;
      throw new Error(`${describeError(error)}; ${log}`, { cause: error });
    }
  }

  #isReady(node: LocalNode): true | undefined {
    const log = readFileSync(node.logFile).subarray(node.logStartBytes).toString("utf8");
    return log.includes('"msg":"node is ready"') ? true : undefined;
  }

  async #answers(): Promise<true | undefined> {
    if (!existsSync(this.manager.controlSocket)) return undefined;
    const { status } = await this.ctl("cluster", "ls", "--quiet");
    return status === 0 ? true : undefined;
  }
}

/** A TCP port of the loopback interface that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise<void>((done) => server.close(() => done()));
  if (address === null || typeof address === "string") throw new Error("no TCP port to be had");
  return address.port;
}
