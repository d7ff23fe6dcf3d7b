// The managers that this node knows, kept in `state.json` as SwarmKit keeps them.
import type { Peer } from "@swarmkit/proto/types";
import type { Prng } from "../../core/lib/prng.ts";
import { SwarmdError } from "../errors.ts";
import { isUnspecified, parseTcpAddress } from "../flags.ts";
import { atomicWrite, readFileIfAny } from "../state-dir/atomic-file.ts";

const stateFileMode = 0o600;
/** Managers remembered; SwarmKit's own advice is seven at most. */
const peersMax = 100;

interface StoredPeer {
  readonly node_id: string;
  readonly addr: string;
}

export class Remotes {
  readonly #path: string;
  /** Addresses by manager; the one that was given to join with has no id yet. */
  #addresses: ReadonlyMap<string, string>;
  /** Addresses that were tried in vain since one was reached, the last of them last. */
  readonly #failed = new Set<string>();

  private constructor(path: string, addresses: ReadonlyMap<string, string>) {
    this.#path = path;
    this.#addresses = addresses;
  }

  /** Reads the file; an address to join by comes instead of it, as in SwarmKit. */
  static async open(path: string, joinAddress: string | undefined): Promise<Remotes> {
    if (joinAddress !== undefined) return new Remotes(path, new Map([["", joinAddress]]));
    const bytes = await readFileIfAny(path);
    const stored = bytes === undefined ? [] : parse(Buffer.from(bytes).toString("utf8"), path);
    return new Remotes(path, new Map(stored.map(({ node_id, addr }) => [node_id, addr])));
  }

  /**
   * The managers other than the node `except`, in the order in which to try them: at random, those that
   * were tried in vain lately after the others, and the last of them last.
   */
  inOrder(prng: Prng, options: { readonly except?: string } = {}): readonly string[] {
    const known = [...this.#addresses]
      .filter(([nodeId]) => nodeId === "" || nodeId !== options.except)
      .map(([, address]) => address);
    const untried = known.filter((address) => !this.#failed.has(address));
    const failed = [...this.#failed].filter((address) => known.includes(address));
    return [...shuffled(untried, prng), ...failed];
  }

  /** The first of them; undefined when none is known. */
  pick(prng: Prng, options: { readonly except?: string } = {}): string | undefined {
    return this.inOrder(prng, options)[0];
  }

  /** The others come first next time. */
  markFailed(address: string): void {
    this.#failed.delete(address);
    this.#failed.add(address);
  }

  markReached(): void {
    this.#failed.clear();
  }

  /**
   * Takes over the list that a manager sent. Addresses that nobody can dial are left out: a manager
   * that was not told its own address says 0.0.0.0, and the one that we reached it by is better.
   */
  async observe(peers: readonly Peer[]): Promise<void> {
    const dialable = peers.filter(({ addr }) => isDialable(addr));
    if (dialable.length === 0) return;
    const next = new Map(dialable.slice(0, peersMax).map(({ nodeId, addr }) => [nodeId, addr]));
    if (isSame(this.#addresses, next)) return;
    this.#addresses = next;
    const stored = [...next].sort(([left], [right]) => (left < right ? -1 : 1));
    const json = JSON.stringify(stored.map(([node_id, addr]) => ({ node_id, addr })));
    await atomicWrite(this.#path, json, stateFileMode);
  }
}

function shuffled(addresses: readonly string[], prng: Prng): readonly string[] {
  const rest = [...addresses];
  return addresses.flatMap(() => rest.splice(Math.floor(prng() * rest.length), 1));
}

/** One address that makes no sense must not cost us those of the other managers. */
function isDialable(address: string): boolean {
  try {
    return !isUnspecified(parseTcpAddress("manager address", address).host);
  } catch {
    return false;
  }
}

function parse(text: string, path: string): readonly StoredPeer[] {
  try {
    const peers: unknown = JSON.parse(text);
    if (!Array.isArray(peers)) throw new Error("not a list");
    return peers as readonly StoredPeer[];
  } catch (error) {
    const remedy = "remove the file and start swarmd with --join-addr, a manager's host:port";
    throw new SwarmdError("identity-invalid", `cannot use ${path}: it is no JSON list; ${remedy}`, {
      cause: error,
    });
  }
}

function isSame(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): boolean {
  return left.size === right.size && [...left].every(([id, address]) => right.get(id) === address);
}
