import type { KeyStore } from "../state-dir/key-store.ts";
import type { NodeCredentials, NodeIdentity } from "./node-identity.ts";

/**
 * Who this node is now. Certificates are renewed, and the trust root may change, while connections and
 * listeners live on: whoever needs an identity takes it from here each time.
 */
export class SecurityConfig {
  /** The node's key file. Whoever changes it goes through this store, as it is written whole. */
  readonly keys: KeyStore;
  readonly #listeners = new Set<(identity: NodeIdentity) => void>();
  #identity: NodeIdentity;

  constructor({ identity, keys }: NodeCredentials) {
    this.keys = keys;
    this.#identity = identity;
  }

  get identity(): NodeIdentity {
    return this.#identity;
  }

  /** Takes a new identity into use; it has been saved by now. */
  replace(identity: NodeIdentity): void {
    this.#identity = identity;
    for (const listener of [...this.#listeners]) listener(identity);
  }

  /** Calls `listener` at each change; what is returned ends that. */
  onChange(listener: (identity: NodeIdentity) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
