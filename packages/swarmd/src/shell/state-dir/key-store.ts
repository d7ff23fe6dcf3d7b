/**
 * A node's keys at rest, in one file that is always written whole: after a crash it is the old one or the
 * new one. Who changes something else than another goes through the same store, so that no header is lost.
 */
import { randomBytes } from "node:crypto";
import { assert } from "../../core/lib/assert.ts";
import type { UnlockKey } from "../../core/model/unlock-key.ts";
import { SwarmdError } from "../errors.ts";
import { dataKeyBytes } from "../raft/encryption.ts";
import type { DataKeys } from "../raft/log-keys.ts";
import { readKeyFile, writeKeyFile } from "./key-file.ts";
import { decodeNodeKeys, encodeNodeKeys, type NodeKeys } from "./node-keys.ts";

/** The key file of one node, open. Changes are durable when they resolve, and happen one by one. */
export class KeyStore {
  readonly #path: string;
  #keys: NodeKeys;
  #changes: Promise<void> = Promise.resolve();

  private constructor(path: string, keys: NodeKeys) {
    this.#path = path;
    this.#keys = keys;
  }

  /**
   * Reads the file; undefined when there is none. `unlockKey` counts only if the file is encrypted. Rejects
   * with `node-locked` when it is and the key is missing or wrong, and with `key-file-invalid`.
   */
  static async open(
    path: string,
    unlockKey?: Uint8Array | undefined,
  ): Promise<KeyStore | undefined> {
    const keyFile = await readKeyFile(path);
    if (keyFile === undefined) return undefined;
    return new KeyStore(path, decodeNodeKeys(keyFile, unlockKey, path));
  }

  /** As `open`, for a node that must have keys: `key-file-invalid` when there is no file. */
  static async openExisting(path: string, unlockKey?: Uint8Array | undefined): Promise<KeyStore> {
    const store = await KeyStore.open(path, unlockKey);
    if (store === undefined) throw withoutDataKey(path, "it does not exist");
    return store;
  }

  /** Writes a new file for a node that has just got its private key. Replaces one that is there. */
  static async create(
    path: string,
    privateKeyPem: string,
    unlockKey: UnlockKey = { key: undefined, version: 0 },
  ): Promise<KeyStore> {
    const store = new KeyStore(path, {
      ...{ privateKeyPem, unlockKey },
      ...{ dataKeys: undefined, needsRotation: false, otherHeaders: {} },
    });
    await store.#change((keys) => keys);
    return store;
  }

  /** PKCS#8 PEM, in clear. */
  get privateKeyPem(): string {
    return this.#keys.privateKeyPem;
  }

  /** What the file is encrypted with now. */
  get unlockKey(): UnlockKey {
    return this.#keys.unlockKey;
  }

  /** The log's keys; undefined on a node that has never been a manager. */
  get dataKeys(): DataKeys | undefined {
    return this.#keys.dataKeys;
  }

  /** Whether the data key is to be replaced; the replacement may be under way for another reason. */
  get needsRotation(): boolean {
    return this.#keys.needsRotation;
  }

  /**
   * The log's keys. With `create` a first one is drawn when there is none; only for a log that is not there
   * yet, as a new key cannot read an old log. Rejects with `key-file-invalid` otherwise.
   */
  async loadDataKeys(options: { readonly create: boolean }): Promise<DataKeys> {
    const { dataKeys } = this.#keys;
    if (dataKeys !== undefined) return dataKeys;
    if (!options.create) throw withoutDataKey(this.#path, "it has no raft-dek header");
    const created: DataKeys = { current: drawKey() };
    await this.#change((keys) => ({ ...keys, dataKeys: created }));
    return created;
  }

  /** Draws the data key that replaces the current one. Nothing may be written under it before this ends. */
  async beginDataKeyRotation(): Promise<Uint8Array> {
    const pending = drawKey();
    await this.#change((keys) => {
      assert(keys.dataKeys !== undefined, "there is a data key to replace");
      assert(keys.dataKeys.pending === undefined, "a data key is being replaced already");
      const { current } = keys.dataKeys;
      return { ...keys, dataKeys: { current, pending }, needsRotation: false };
    });
    return pending;
  }

  /** Forgets the data key that was replaced; nothing needs it any more. */
  endDataKeyRotation(): Promise<void> {
    return this.#change((keys) => {
      const pending = keys.dataKeys?.pending;
      if (pending === undefined) return keys;
      return { ...keys, dataKeys: { current: pending } };
    });
  }

  /** Encrypts everything with another unlock key, or with none. From none to one calls for a new data key. */
  changeUnlockKey(next: UnlockKey): Promise<void> {
    return this.#change((keys) => {
      const isLocking = keys.unlockKey.key === undefined && next.key !== undefined;
      const needsRotation = keys.needsRotation || (isLocking && keys.dataKeys !== undefined);
      return { ...keys, unlockKey: next, needsRotation };
    });
  }

  /** Replaces the private key, and nothing else. The certificate that goes with it comes after. */
  savePrivateKey(privateKeyPem: string): Promise<void> {
    return this.#change((keys) => ({ ...keys, privateKeyPem }));
  }

  /** For a node that is no manager any more, and whose log is gone. */
  dropDataKeys(): Promise<void> {
    return this.#change((keys) => ({ ...keys, dataKeys: undefined, needsRotation: false }));
  }

  /** One change after the other, each from what the one before has left; a failed one changes nothing. */
  #change(change: (keys: NodeKeys) => NodeKeys): Promise<void> {
    const changed = this.#changes.then(async () => {
      const next = change(this.#keys);
      await writeKeyFile(this.#path, encodeNodeKeys(next));
      this.#keys = next;
    });
    this.#changes = changed.catch(() => undefined);
    return changed;
  }
}

function drawKey(): Uint8Array {
  return new Uint8Array(randomBytes(dataKeyBytes));
}

function withoutDataKey(path: string, what: string): SwarmdError {
  return new SwarmdError(
    "key-file-invalid",
    `the key file ${path} gives no key for the raft log: ${what}; restore it from a backup, ` +
      "or remove the node from the swarm and join it again with an empty state directory",
  );
}
