// Machines of a test: a network namespace each, joined by a bridge in a namespace of its own, so that
// nothing of this machine's own network is touched. Cuts are nftables rules where packets arrive; a cut
// of one direction is a rule at one end.
import { execFileSync } from "node:child_process";
import type { NodePlace } from "../../scripts/lib/local-node.ts";
import { describeError, runOrThrow } from "../../scripts/lib/run.ts";

/** Port of every node's remote API: they have an address each. */
const port = 4242;
const namespacesFolder = "/run/netns";
/** An address of documentation's: nobody's own. */
const subnet = "192.0.2";

interface Machine {
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
}

/** Packets from one machine to another. */
export interface Cut {
  readonly from: string;
  readonly to: string;
}

/** Why there can be no such machines here; undefined when there can. */
export function whyNoNetworkLab(): string | undefined {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  const name = `sk${process.pid}-probe`;
  try {
    execFileSync("ip", ["netns", "add", name], { stdio: "pipe" });
    try {
      const words = [`--net=${namespacesFolder}/${name}`, "nft", "-f", "-"];
      execFileSync("nsenter", words, { stdio: "pipe", input: rulesOf([`${subnet}.1`]) });
    } finally {
      execFileSync("ip", ["netns", "delete", name], { stdio: "pipe" });
    }
    return undefined;
  } catch (error) {
    return `ip, nsenter and nft cannot be used (${describeError(error).split("\n")[0]})`;
  }
}

/** Says aloud what is skipped for want of namespaces; answers whether there can be any. */
export function hasNetworkLabFor(what: string): boolean {
  const why = whyNoNetworkLab();
  if (why !== undefined) process.stderr.write(`SKIPPED: ${what}, as ${why}\n`);
  return why === undefined;
}

export class NetworkLab {
  readonly #prefix: string;
  readonly #machines = new Map<string, Machine>();

  private constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** `tag` tells the labs of one process apart: at most three letters. */
  static async create(tag: string): Promise<NetworkLab> {
    const lab = new NetworkLab(`sk${process.pid}${tag}`);
    const wire = lab.#wire;
    await ip(`netns add ${wire}`);
    await ip(`-n ${wire} link add br0 type bridge`);
    await ip(`-n ${wire} link set br0 up`);
    return lab;
  }

  /** Adds a machine; where a node lives that runs on it. */
  async add(name: string): Promise<NodePlace> {
    const number = this.#machines.size + 1;
    const namespace = `${this.#prefix}-${number}`;
    const machine: Machine = { name, namespace, address: `${subnet}.${number}` };
    await ip(`netns add ${namespace}`);
    this.#machines.set(name, machine);
    const wire = this.#wire;
    await ip(`-n ${wire} link add p${number} type veth peer name eth0 netns ${namespace}`);
    await ip(`-n ${wire} link set p${number} master br0 up`);
    await ip(`-n ${namespace} addr add ${machine.address}/24 dev eth0`);
    await ip(`-n ${namespace} link set eth0 up`);
    await ip(`-n ${namespace} link set lo up`);
    const launcher = ["nsenter", `--net=${namespacesFolder}/${namespace}`, "--"];
    return { address: `${machine.address}:${port}`, launcher };
  }

  /** From now on these packets are dropped, and all others go through. */
  async cut(cuts: readonly Cut[]): Promise<void> {
    const machines = [...this.#machines.values()];
    await Promise.all(
      machines.map(async ({ name, namespace }) => {
        const sources = cuts.filter(({ to }) => to === name).map(({ from }) => from);
        const addresses = sources.map((from) => this.#machines.get(from)?.address ?? "");
        const words = [`--net=${namespacesFolder}/${namespace}`, "nft", "-f", "-"];
        await runOrThrow("nsenter", words, { input: rulesOf(addresses) });
      }),
    );
  }

  async heal(): Promise<void> {
    await this.cut([]);
  }

  /** Removes all machines; what runs in them must have ended. */
  async destroy(): Promise<void> {
    const namespaces = [...this.#machines.values()].map(({ namespace }) => namespace);
    for (const namespace of [...namespaces, this.#wire]) await ip(`netns delete ${namespace}`);
    this.#machines.clear();
  }

  get #wire(): string {
    return `${this.#prefix}-w`;
  }
}

/** Both directions between each of `some` and each of `others`. */
export function between(some: readonly string[], others: readonly string[]): readonly Cut[] {
  return some.flatMap((left) =>
    others.flatMap((right) => [
      { from: left, to: right },
      { from: right, to: left },
    ]),
  );
}

/** One transaction that replaces all rules there were. */
function rulesOf(dropped: readonly string[]): string {
  const rule = dropped.length === 0 ? "" : `    ip saddr { ${dropped.join(", ")} } drop\n`;
  return `table inet cut
delete table inet cut
table inet cut {
  chain arriving {
    type filter hook input priority 0; policy accept;
${rule}  }
}
`;
}

async function ip(words: string): Promise<void> {
  await runOrThrow("ip", words.split(" "));
}
