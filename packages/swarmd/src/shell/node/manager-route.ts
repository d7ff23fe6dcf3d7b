// Which manager this node turns to: its own while it has one, else one of those it knows, and not twice in
// a row to one that does not answer.
import type { Prng } from "../../core/lib/prng.ts";
import type { RenewalTarget } from "../ca/renew.ts";
import type { SecurityConfig } from "../tls/security-config.ts";
import type { Remotes } from "./remotes.ts";

/** Managers that are asked for one certificate before it counts as failed. */
const triesMax = 5;

export interface ManagerRouteOptions {
  readonly security: SecurityConfig;
  readonly remotes: Remotes;
  readonly prng: Prng;
  /** The control socket, while the manager in this process takes calls. */
  readonly ownSocket: () => string | undefined;
}

export class ManagerRoute {
  readonly #options: ManagerRouteOptions;
  #current: RenewalTarget | undefined;
  #isReached = false;
  #isOwnPassedOver = false;

  constructor(options: ManagerRouteOptions) {
    this.#options = options;
  }

  /** For the agent's next session; undefined when no manager is known. */
  next(): RenewalTarget | undefined {
    const own = this.#own();
    const isOwnFirst = own !== undefined && !this.#isOwnPassedOver;
    this.#current = isOwnFirst ? own : (this.remote() ?? own);
    this.#isReached = false;
    return this.#current;
  }

  /** The session stands. */
  reached(): void {
    this.#isReached = true;
    this.#isOwnPassedOver = false;
    this.#options.remotes.markReached();
  }

  /** The session, or the attempt at one, is over. */
  lost(): void {
    const target = this.#current;
    this.#current = undefined;
    if (target === undefined) return;
    if (target.kind === "remote") this.#options.remotes.markFailed(target.address);
    // The own manager is still there when a session has ended: it was the leader that changed.
    this.#isOwnPassedOver = target.kind === "local" && !this.#isReached;
  }

  /** Where to ask for a certificate: one after the other, until one answers. */
  renewalTargets(): readonly RenewalTarget[] {
    const own = this.#own();
    const remotes = this.remotes().map((address) => ({ kind: "remote", address }) as const);
    return [...(own === undefined ? [] : [own]), ...remotes.slice(0, triesMax)];
  }

  /** Some other manager. */
  remote(): (RenewalTarget & { readonly kind: "remote" }) | undefined {
    const [address] = this.remotes();
    return address === undefined ? undefined : { kind: "remote", address };
  }

  /** The addresses of all other managers that are known, the best first. */
  remotes(): readonly string[] {
    const { prng, remotes, security } = this.#options;
    return remotes.inOrder(prng, { except: security.identity.nodeId });
  }

  #own(): RenewalTarget | undefined {
    const socketPath = this.#options.ownSocket();
    return socketPath === undefined ? undefined : { kind: "local", socketPath };
  }
}
