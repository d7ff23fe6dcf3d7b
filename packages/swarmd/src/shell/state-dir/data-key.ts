/**
 * The data encryption key of the raft log, kept in a header of the node's key file as a base64
 * MaybeEncryptedRecord. It is in clear there unless the swarm is locked, which is not built yet.
 */
import { randomBytes } from "node:crypto";
import { SwarmdError } from "../errors.ts";
import { dataKeyBytes, unwrapClear, wrapClear } from "../raft/encryption.ts";
import {
  type KeyFile,
  keyHeaders,
  lockedError,
  readKeyFile,
  withHeaders,
  writeKeyFile,
} from "./key-file.ts";

/**
 * The key of the log in this state directory. With `create`, a key file without one is given a new one;
 * to be allowed only where there is no log yet, as a new key cannot read an old log. Rejects with
 * `key-file-invalid`, or `node-locked` when a key is encrypted.
 */
export async function loadDataKey(
  keyPath: string,
  options: { readonly create: boolean },
): Promise<Uint8Array> {
  const keyFile = await readKeyFile(keyPath);
  if (keyFile === undefined) throw missing(keyPath, "the file does not exist");
  if (keyFile.label.startsWith("ENCRYPTED")) throw lockedError();
  const known = readDataKey(keyFile, keyPath);
  if (known !== undefined) return known;
  if (!options.create) throw missing(keyPath, `it has no ${keyHeaders.dataKey} header`);
  const created = new Uint8Array(randomBytes(dataKeyBytes));
  await writeKeyFile(keyPath, withDataKey(keyFile, created));
  return created;
}

/** The key in the headers, if any; `path` is for the error. */
export function readDataKey(keyFile: KeyFile, path: string): Uint8Array | undefined {
  if (keyFile.headers[keyHeaders.pendingDataKey] !== undefined) {
    throw new SwarmdError(
      "wal-unsupported",
      `the key file ${path} is amid a key rotation, which this version cannot go on with: ` +
        "start the program that began it and let it finish",
    );
  }
  const header = keyFile.headers[keyHeaders.dataKey];
  if (header === undefined) return undefined;
  const clear = unwrapClear(Buffer.from(header, "base64"));
  if (clear === "encrypted") throw lockedError();
  if (clear === "invalid" || clear.length !== dataKeyBytes) {
    throw missing(path, `its ${keyHeaders.dataKey} header is damaged`);
  }
  return clear;
}

/** The key file with `key` in its headers; a version of the key-encrypting key is added if none is there. */
export function withDataKey(keyFile: KeyFile, key: Uint8Array): KeyFile {
  return withHeaders(keyFile, {
    [keyHeaders.keyVersion]: keyFile.headers[keyHeaders.keyVersion] ?? "0",
    [keyHeaders.dataKey]: Buffer.from(wrapClear(key)).toString("base64"),
  });
}

function missing(path: string, what: string): SwarmdError {
  return new SwarmdError(
    "key-file-invalid",
    `the key file ${path} gives no key for the raft log: ${what}; restore it from a backup, ` +
      "or remove the node from the swarm and join it again with an empty state directory",
  );
}
