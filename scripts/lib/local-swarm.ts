// A swarm of real processes on this machine: managers and workers, each a swarmd with a state directory
// of its own, driven by the built swarmctl. The quickstart, tests and benchmarks use it.
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { LocalNode, type NodePlace } from "./local-node.ts";
import { type RunResult, run, waitUntil } from "./run.ts";

export { LocalNode, type NodePlace } from "./local-node.ts";

const swarmctlPath = resolve("packages/swarmctl/dist/swarmctl.cjs");
const managersTimeoutMs = 30_000;
/** swarmctl's exit status when there is no socket, no manager or no leader. */
const unavailable = 6;

export interface LocalSwarmOptions {
  /** For state directories, sockets and logs; must be there. */
  readonly directory: string;
  /** Flags for every swarmd, for example `--executor process`. */
  readonly flags: readonly string[];
  /** Options of Node itself for every swarmd, for example a profiler's. */
  readonly nodeFlags?: readonly string[];
  /** Gives each node a place to live; by default a free port of the loopback interface. */
  readonly place?: (name: string) => NodePlace | Promise<NodePlace>;
}

/** A manager as `node ls` shows it. */
export interface ListedManager {
  readonly id: string;
  readonly hostname: string;
  readonly isLeader: boolean;
  readonly isReachable: boolean;
}

interface ListedNode {
  readonly id: string;
  readonly description?: { readonly hostname: string };
  readonly managerStatus?: { readonly leader: boolean; readonly reachability: string };
}

export class LocalSwarm {
  /** All nodes there ever were, in the order of their first start. */
  readonly nodes: LocalNode[] = [];
  readonly #options: LocalSwarmOptions;
  readonly #managers = new Set<LocalNode>();

  constructor(options: LocalSwarmOptions) {
    this.#options = options;
  }

  /** Of state directories, sockets and logs. */
  get directory(): string {
    return this.#options.directory;
  }

  /** Address of the first manager's remote API. */
  get managerAddress(): string {
    return this.manager.address ?? "";
  }

  /** The first node, which has founded the swarm. */
  get manager(): LocalNode {
    const [manager] = this.nodes;
    if (manager === undefined) throw new Error("the swarm has no manager yet");
    return manager;
  }

  /** The nodes that were started as managers. */
  get managers(): readonly LocalNode[] {
    return [...this.#managers];
  }

  /** The first starts a swarm, others join it; waits until the control socket answers. */
  async startManager(name?: string): Promise<LocalNode> {
    const node = await this.addManager(name);
    node.start();
    await this.waitUntilServing(node);
    return node;
  }

  /** As startManager, but the node is not started yet. */
  async addManager(name = `manager-${this.#managers.size + 1}`): Promise<LocalNode> {
    const join = this.#managers.size === 0 ? [] : await this.joinFlags("manager");
    const node = this.addNode(name, join, await this.#placeFor(name));
    this.#managers.add(node);
    return node;
  }

  /** Adds a worker; it is a member once `node ls` says so. */
  async startWorker(name: string): Promise<LocalNode> {
    const place = this.#options.place;
    const listen = place === undefined ? ["--listen-remote-api", "127.0.0.1:0"] : [];
    const flags = [...listen, ...(await this.joinFlags("worker"))];
    const node = this.addNode(name, flags, await place?.(name));
    node.start();
    return node;
  }

  /** Makes a node of its own flags, which is not started yet. */
  addNode(name: string, flags: readonly string[], place?: NodePlace): LocalNode {
    const { directory, flags: common, nodeFlags } = this.#options;
    const all = [...flags, ...common];
    const node = new LocalNode({ name, directory, flags: all, place, nodeFlags });
    this.nodes.push(node);
    return node;
  }

  start(node: LocalNode): void {
    node.start();
  }

  async stop(node: LocalNode, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await node.stop(signal);
  }

  /** Ends every process, workers first. Tasks keep running. */
  async stopAll(): Promise<void> {
    // One manager's orderly end may need the others; all at once, nobody waits for a hand-over long.
    const workers = this.nodes.filter((node) => !this.#managers.has(node));
    for (const node of [...workers].reverse()) await node.stop();
    await Promise.all([...this.#managers].map((node) => node.stop()));
  }

  /** Waits until a manager's socket, the first's by default, answers calls. */
  async waitUntilServing(node: LocalNode = this.manager): Promise<void> {
    await node.waitFor("serve its control socket", async () => {
      if (!existsSync(node.controlSocket)) return undefined;
      const { status } = await this.ctlOn(node, "cluster", "ls", "--quiet");
      return status === 0 ? true : undefined;
    });
  }

  async waitUntilReady(node: LocalNode): Promise<void> {
    await node.waitUntilReady();
  }

  /** Waits until `count` managers, one of them the leader, are all reachable; asks `node`. */
  async waitUntilReachable(
    count: number = this.#managers.size,
    node: LocalNode = this.manager,
  ): Promise<readonly ListedManager[]> {
    let last = "nothing yet";
    const check = async (): Promise<readonly ListedManager[] | undefined> => {
      const { status, stdout, stderr } = await this.ctlOn(node, ...listNodes);
      last = status === 0 ? stdout : stderr;
      const managers = status === 0 ? toManagers(stdout) : [];
      const isWhole = managers.length === count && managers.every((manager) => manager.isReachable);
      return isWhole && managers.some(({ isLeader }) => isLeader) ? managers : undefined;
    };
    try {
      return await waitUntil(check, {
        what: `${count} managers to be reachable`,
        timeoutMs: managersTimeoutMs,
      });
    } catch (error) {
      throw new Error(`${error}; ${node.name} says: ${last}\nits log ends:\n${node.tail()}`);
    }
  }

  /** The managers as a node's socket shows them. */
  async listManagers(node: LocalNode = this.manager): Promise<readonly ListedManager[]> {
    const { status, stdout, stderr } = await this.ctlOn(node, ...listNodes);
    if (status !== 0) throw new Error(`swarmctl node ls failed: ${stderr.trim()}`);
    return toManagers(stdout);
  }

  /** Waits until a node's socket says who leads, and answers that manager. */
  async waitForLeader(node: LocalNode = this.manager): Promise<LocalNode> {
    const check = async (): Promise<LocalNode | undefined> => {
      const { status, stdout } = await this.ctlOn(node, ...listNodes);
      if (status !== 0) return undefined;
      const leader = toManagers(stdout).find(({ isLeader }) => isLeader);
      return this.nodes.find(({ name }) => name === leader?.hostname);
    };
    return await waitUntil(check, {
      what: `${node.name} to name a leader`,
      timeoutMs: managersTimeoutMs,
    });
  }

  /**
   * Runs swarmctl against the first manager whose socket can be reached; its output whatever the exit
   * status.
   */
  async ctl(...commandArguments: readonly string[]): Promise<RunResult> {
    const [first = this.manager, ...others] = this.managers.filter(({ isRunning }) => isRunning);
    let result = await this.ctlOn(first, ...commandArguments);
    for (const node of others) {
      if (result.status !== unavailable || !result.stderr.includes("cannot reach swarmd")) break;
      result = await this.ctlOn(node, ...commandArguments);
    }
    return result;
  }

  /** Runs swarmctl against one manager's socket. */
  ctlOn(node: LocalNode, ...commandArguments: readonly string[]): Promise<RunResult> {
    const socket = ["--socket", node.controlSocket];
    return run(process.execPath, [swarmctlPath, ...socket, ...commandArguments]);
  }

  /** Runs swarmctl and answers its output; a failure is an error with its message. */
  async mustCtl(...commandArguments: readonly string[]): Promise<string> {
    return outputOf(await this.ctl(...commandArguments), commandArguments);
  }

  /** As mustCtl, against one manager's socket. */
  async mustCtlOn(node: LocalNode, ...commandArguments: readonly string[]): Promise<string> {
    return outputOf(await this.ctlOn(node, ...commandArguments), commandArguments);
  }

  /** Objects of a list command, from its JSON lines. */
  async list<Row>(...commandArguments: readonly string[]): Promise<readonly Row[]> {
    return parseLines<Row>(await this.mustCtl(...commandArguments, "--format", "json"));
  }

  /** The secret with which nodes of a role join. */
  async joinToken(role: "worker" | "manager"): Promise<string> {
    const output = await this.mustCtl("cluster", "inspect", "default", "--format", "json");
    const cluster = JSON.parse(output) as {
      readonly rootCa: { readonly joinTokens: Readonly<Record<string, string>> };
    };
    return cluster.rootCa.joinTokens[role] ?? "";
  }

  /** Flags that make a new node join by the first manager. */
  async joinFlags(role: "worker" | "manager"): Promise<readonly string[]> {
    return ["--join-addr", this.managerAddress, "--join-token", await this.joinToken(role)];
  }

  /** The end of a node's log, for error messages. */
  tailOf(node: LocalNode): string {
    return node.tail();
  }

  async #placeFor(name: string): Promise<NodePlace> {
    const { place } = this.#options;
    return (await place?.(name)) ?? { address: `127.0.0.1:${await freePort()}`, launcher: [] };
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

function outputOf(
  { status, stdout, stderr }: RunResult,
  commandArguments: readonly string[],
): string {
  if (status === 0) return stdout;
  throw new Error(`swarmctl ${commandArguments.join(" ")} failed: ${stderr.trim()}`);
}

const listNodes = ["--timeout", "3s", "node", "ls", "--format", "json"] as const;

function toManagers(output: string): readonly ListedManager[] {
  return parseLines<ListedNode>(output).flatMap(({ id, description, managerStatus }) => {
    if (managerStatus === undefined) return [];
    const hostname = description?.hostname ?? "";
    const isReachable = managerStatus.reachability === "REACHABLE";
    return [{ id, hostname, isLeader: managerStatus.leader, isReachable }];
  });
}

function parseLines<Row>(output: string): readonly Row[] {
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);
}
