/**
 * Keeps a manager's key file as the cluster object wants it: locked under the swarm's unlock key or not
 * locked, and with a data key that has never been on disk in clear since. Every manager does this for
 * itself, whoever leads.
 */
import { setImmediate } from "node:timers/promises";
import type { Cluster } from "@swarmkit/proto/types";
import { decideKeyUpdate } from "../../core/model/unlock-key.ts";
import type { Logger } from "../log.ts";
import type { KeyStore } from "../state-dir/key-store.ts";

export interface KeyKeeperOptions {
  readonly keys: KeyStore;
  readonly log: Logger;
  /** Asks for a certificate with a new private key, as the old one has been on disk in clear. */
  readonly renewCertificate: () => void;
}

/** See above. Nothing in it rejects: a file that cannot be written is logged, and tried again. */
export class KeyKeeper {
  readonly #options: KeyKeeperOptions;
  #rotateDataKey: ((key: Uint8Array) => void) | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(options: KeyKeeperOptions) {
    this.#options = options;
  }

  /**
   * The log is open: `rotateDataKey` makes it write under another key. Begins a rotation that was asked
   * for before a restart.
   */
  start(rotateDataKey: (key: Uint8Array) => void): void {
    this.#rotateDataKey = rotateDataKey;
    this.#enqueue(() => this.#rotateIfNeeded());
  }

  /** Ends what is under way, and begins nothing any more. */
  async stop(): Promise<void> {
    this.#rotateDataKey = undefined;
    await this.#work;
  }

  /** To be called with every cluster object that is committed here, and with the one that is restored. */
  handleCluster(cluster: Cluster): void {
    this.#enqueue(() => this.#update(cluster));
  }

  /** Resolves when the key file is as the last cluster object wants it. */
  async settled(): Promise<void> {
    await this.#work;
  }

  /** The log needs the old data key no more. Rejects when the key file cannot be written. */
  async keyRotated(): Promise<void> {
    await this.#options.keys.endDataKeyRotation();
    this.#enqueue(async () => {
      // The log forgets the old key once this method has resolved; only then another one may come.
      await setImmediate();
      await this.#rotateIfNeeded();
    });
  }

  async #update(cluster: Cluster): Promise<void> {
    const { keys, log, renewCertificate } = this.#options;
    const update = decideKeyUpdate(keys.unlockKey, cluster);
    if (update.kind === "keep") return;
    if (update.kind === "conflict") {
      const message = "the key file and the swarm have different unlock keys of one version";
      log.error(message, { version: update.version });
      return;
    }
    const { isLocking, next } = update;
    await keys.changeUnlockKey(next);
    const isLocked = next.key !== undefined;
    log.info("this manager's key file follows the swarm's unlock key", {
      isLocked,
      version: next.version,
    });
    if (isLocking) renewCertificate();
    await this.#rotateIfNeeded();
  }

  async #rotateIfNeeded(): Promise<void> {
    const { keys } = this.#options;
    if (this.#rotateDataKey === undefined || !keys.needsRotation) return;
    // The one that is under way comes first; its end calls this again.
    if (keys.dataKeys === undefined || keys.dataKeys.pending !== undefined) return;
    const key = await keys.beginDataKeyRotation();
    this.#rotateDataKey?.(key);
  }

  #enqueue(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).catch((error: Error) => {
      const message = "this manager's key file could not be changed; it stays as it was for now";
      this.#options.log.error(message, { error: error.message });
    });
  }
}
