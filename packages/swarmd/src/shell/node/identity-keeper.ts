// Takes new certificates and trust roots into use: first on disk, then in the process.
import type { Millis } from "../../core/lib/time.ts";
import type { UnlockKey } from "../../core/model/unlock-key.ts";
import type { Logger } from "../log.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";
import {
  findFlaw,
  isIssuedUnder,
  type NodeIdentity,
  saveRenewal,
  saveRootCertificate,
} from "../tls/node-identity.ts";
import type { SecurityConfig } from "../tls/security-config.ts";
import { clearRaftState, markJoining } from "./raft-state.ts";

export interface IdentityKeeperOptions {
  readonly security: SecurityConfig;
  readonly paths: StatePaths;
  /** The machine's date: certificates are valid by it. */
  readonly wallNow: () => Millis;
  readonly log: Logger;
  /** What the swarm's managers encrypt their keys with; asked when this node becomes one. */
  readonly fetchUnlockKey: (identity: NodeIdentity) => Promise<UnlockKey>;
}

export class IdentityKeeper {
  readonly #options: IdentityKeeperOptions;
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: IdentityKeeperOptions) {
    this.#options = options;
  }

  /** A renewed certificate. Rejects when it does not hold under the trust root of this moment. */
  adopt(renewed: NodeIdentity): Promise<void> {
    return this.#inTurn(async () => {
      const { paths, security, wallNow } = this.#options;
      const { identity: current, keys } = security;
      const identity = { ...renewed, rootPem: current.rootPem };
      const flaw = findFlaw(identity, wallNow());
      if (flaw !== undefined) throw new Error(`the renewed certificate is of no use: ${flaw}`);
      if (current.role !== identity.role) await this.#prepareRole(identity);
      await saveRenewal(paths, { identity, keys });
      security.replace(identity);
    });
  }

  /**
   * The trust root that a manager sent. It counts only if this node's own certificate holds under it: a
   * node that does not trust itself would be shut out for good.
   */
  adoptRoot(bytes: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      const { log, paths, security } = this.#options;
      const rootPem = Buffer.from(bytes).toString("utf8");
      const { identity } = security;
      if (rootPem === identity.rootPem) return;
      if (!isIssuedUnder(identity.certificatePem, rootPem)) {
        log.warn("a manager sent a trust root under which this node's certificate does not hold");
        return;
      }
      await saveRootCertificate(paths, rootPem);
      security.replace({ ...identity, rootPem });
      log.info("the swarm has a new trust root");
    });
  }

  /** Before the certificate says so, all is as the new role needs it, or a crash could not be told from a loss. */
  async #prepareRole(identity: NodeIdentity): Promise<void> {
    const { fetchUnlockKey, paths, security } = this.#options;
    // Whatever a manager leaves behind goes when it has stopped.
    if (identity.role === "swarm-worker") return;
    await security.keys.changeUnlockKey(await fetchUnlockKey(identity));
    await clearRaftState(paths, security.keys);
    await markJoining(paths);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }
}
