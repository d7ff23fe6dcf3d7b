/**
 * The keys in a node's key file, as values: from the file's text and back. All that is written is under the
 * unlock key when there is one: the private key by its own encryption, the data keys as secretboxes.
 */
import type { UnlockKey } from "../../core/model/unlock-key.ts";
import { SwarmdError } from "../errors.ts";
import { dataKeyBytes, isSealed, seal, unseal, wrapClear } from "../raft/encryption.ts";
import type { DataKeys } from "../raft/log-keys.ts";
import { WireError } from "../raft/wire.ts";
import { type KeyFile, keyHeaders, withHeaders } from "./key-file.ts";
import {
  decodePrivateKey,
  encodePrivateKey,
  isPrivateKeyEncrypted,
} from "./private-key-encryption.ts";

/** All that a key file holds, in clear. */
export interface NodeKeys {
  /** PKCS#8. */
  readonly privateKeyPem: string;
  /** What the file is encrypted with. */
  readonly unlockKey: UnlockKey;
  /** Of the log; undefined on a node that has never been a manager. */
  readonly dataKeys: DataKeys | undefined;
  /** The data key has been on disk in clear, and is to be replaced. */
  readonly needsRotation: boolean;
  /** Headers of others, written back as they are. */
  readonly otherHeaders: Readonly<Record<string, string>>;
}

const ownHeaders: readonly string[] = [...Object.values(keyHeaders), "Proc-Type", "DEK-Info"];

/**
 * Reads a key file; `path` is for errors. An unlock key that is not needed is not looked at. Throws
 * `node-locked` when one is needed and is missing or wrong, and `key-file-invalid`.
 */
export function decodeNodeKeys(
  keyFile: KeyFile,
  unlockKey: Uint8Array | undefined,
  path: string,
): NodeKeys {
  const { headers } = keyFile;
  const names = [keyHeaders.dataKey, keyHeaders.pendingDataKey] as const;
  const isDataLocked = names.some((name) => isHeaderSealed(headers[name], name, path));
  const isLocked = isDataLocked || isPrivateKeyEncrypted(keyFile);
  if (isLocked && unlockKey === undefined) throw lockedError();
  const key = isLocked ? unlockKey : undefined;
  // These tell for certain whether the key is right; see private-key-encryption.ts.
  const [current, pending] = names.map((name) => decodeDataKey(headers[name], key, name, path));
  const privateKeyPem = decodePrivateKey(keyFile, key);
  if (privateKeyPem === undefined) {
    if (isLocked && !isDataLocked) throw lockedError();
    throw invalid(path, "it holds no private key");
  }
  return {
    privateKeyPem,
    unlockKey: { key, version: decodeVersion(headers[keyHeaders.keyVersion], path) },
    dataKeys: current === undefined ? undefined : { current, pending },
    needsRotation: headers[keyHeaders.dataKeyNeedsRotation] === "true",
    otherHeaders: Object.fromEntries(
      Object.entries(headers).filter(([name]) => !ownHeaders.includes(name)),
    ),
  };
}

/** The file for these keys. */
export function encodeNodeKeys(keys: NodeKeys): KeyFile {
  const { dataKeys, needsRotation, otherHeaders, privateKeyPem, unlockKey } = keys;
  return withHeaders(encodePrivateKey(privateKeyPem, unlockKey.key), {
    ...otherHeaders,
    [keyHeaders.keyVersion]: String(unlockKey.version),
    [keyHeaders.dataKey]: encodeDataKey(dataKeys?.current, unlockKey.key),
    [keyHeaders.pendingDataKey]: encodeDataKey(dataKeys?.pending, unlockKey.key),
    [keyHeaders.dataKeyNeedsRotation]: needsRotation ? "true" : undefined,
  });
}

/** What SwarmKit says about a node whose keys it cannot decrypt, and what to do. */
export function lockedError(): SwarmdError {
  return new SwarmdError(
    "node-locked",
    "node is locked, and needs a valid unlock key: start swarmd with --unlock-key; " +
      "`swarmctl cluster unlock-key default` on another manager shows it",
  );
}

function isHeaderSealed(header: string | undefined, name: string, path: string): boolean {
  if (header === undefined) return false;
  try {
    return isSealed(Buffer.from(header, "base64"));
  } catch (error) {
    if (error instanceof WireError) throw invalid(path, `its ${name} header is damaged`);
    throw error;
  }
}

function decodeDataKey(
  header: string | undefined,
  unlockKey: Uint8Array | undefined,
  name: string,
  path: string,
): Uint8Array | undefined {
  if (header === undefined) return undefined;
  const keys = unlockKey === undefined ? [] : [unlockKey];
  const key = openDataKey(Buffer.from(header, "base64"), keys, name, path);
  if (key.length !== dataKeyBytes) throw invalid(path, `its ${name} header is damaged`);
  return new Uint8Array(key);
}

function openDataKey(
  record: Uint8Array,
  keys: readonly Uint8Array[],
  name: string,
  path: string,
): Uint8Array {
  try {
    return unseal(record, keys, `the ${name} header of ${path}`);
  } catch (error) {
    if (error instanceof WireError) throw invalid(path, `its ${name} header is damaged`);
    if (error instanceof SwarmdError && error.code === "raft-key-wrong") throw lockedError();
    throw error;
  }
}

function encodeDataKey(
  key: Uint8Array | undefined,
  unlockKey: Uint8Array | undefined,
): string | undefined {
  if (key === undefined) return undefined;
  const record = unlockKey === undefined ? wrapClear(key) : seal(key, unlockKey);
  return Buffer.from(record).toString("base64");
}

function decodeVersion(header: string | undefined, path: string): number {
  const version = Number(header ?? "0");
  if (Number.isSafeInteger(version) && version >= 0) return version;
  throw invalid(path, `its ${keyHeaders.keyVersion} header is damaged`);
}

function invalid(path: string, what: string): SwarmdError {
  return new SwarmdError(
    "key-file-invalid",
    `cannot use the key file ${path}: ${what}; restore it from a backup, or remove the node from ` +
      "the swarm and join it again with an empty state directory",
  );
}
