import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { getCodec } from "@swarmkit/proto";
import type { StoreSnapshot } from "@swarmkit/proto/types";
import { SwarmdError } from "../errors.ts";
import { concatInSlices } from "../raft/concat-in-slices.ts";
import { dataKeyBytes, isSealed, unseal } from "../raft/encryption.ts";
import { WireError } from "../raft/wire.ts";
import { toDiskError } from "../state-dir/disk-error.ts";
import {
  type BackupHeader,
  backupMagic,
  backupVersion,
  decodeHeader,
  digestBytes,
  headerBytesMax,
  lengthBytes,
  recordBytesMax,
} from "./backup-format.ts";

/** A backup that is whole, decrypted. */
export interface Backup {
  readonly header: Omit<BackupHeader, "dataKeyRecord">;
  /** Whether it can be read with the unlock key only. */
  readonly isLocked: boolean;
  /** The bytes of a StoreSnapshot message, which decode. */
  readonly storeBytes: Uint8Array;
  readonly store: StoreSnapshot;
}

/** SHA-256 of a file's bytes, hexadecimal: tells one backup from another. Rejects with what the disk says. */
export async function findFileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch (error) {
    throw toDiskError(error, "read the backup", path);
  }
  return hash.digest("hex");
}

/**
 * Reads a backup, every byte of it before anything is answered. Rejects with `backup-invalid`,
 * `backup-locked`, `backup-unsupported`, or what the disk says.
 */
export async function readBackup(path: string, unlockKey: Uint8Array | undefined): Promise<Backup> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    throw toDiskError(error, "read the backup", path);
  }
  try {
    return await new BackupReader(file, path).read(unlockKey);
  } catch (error) {
    if (error instanceof WireError) throw invalid(path, error.message);
    throw error;
  } finally {
    await file.close();
  }
}

class BackupReader {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #hash: Hash = createHash("sha256");
  #position = 0;

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  async read(unlockKey: Uint8Array | undefined): Promise<Backup> {
    const header = await this.#readHeader();
    if (header.version > backupVersion) throw unsupported(this.#path, header.version);
    const isLocked = isSealed(header.dataKeyRecord);
    const records: Uint8Array[] = [];
    let contentDigest = this.#digest();
    for (let length = await this.#readLength(); length > 0; length = await this.#readLength()) {
      if (length > recordBytesMax) throw invalid(this.#path, "a part of it is too long");
      records.push(await this.#take(length));
      contentDigest = this.#digest();
    }
    const seal = await this.#take(await this.#readLengthUpTo(recordBytesMax));
    await this.#checkDigest("its end");
    if ((await this.#readSome(1)).length > 0) throw invalid(this.#path, "more follows its end");
    // Only now that no byte is wrong can a key be.
    const dataKey = openDataKey(header, unlockKey, this.#path);
    const sealed = openRecord(seal, dataKey, this.#path);
    if (Buffer.compare(sealed, contentDigest) !== 0) {
      throw invalid(this.#path, "its seal is that of another content");
    }
    const storeBytes = await this.#decrypt(records, dataKey);
    const { dataKeyRecord: _, ...shown } = header;
    return { header: shown, isLocked, storeBytes, store: this.#decode(storeBytes) };
  }

  async #readHeader(): Promise<BackupHeader> {
    const magic = await this.#readSome(backupMagic.length);
    if (Buffer.compare(magic, backupMagic) !== 0) {
      throw invalid(this.#path, "it does not begin as a backup does");
    }
    const bytes = await this.#take(await this.#readLengthUpTo(headerBytesMax));
    await this.#checkDigest("its header");
    return decodeHeader(bytes);
  }

  async #decrypt(records: readonly Uint8Array[], dataKey: Uint8Array): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (const record of records) {
      parts.push(openRecord(record, dataKey, this.#path));
      await setImmediate();
    }
    return await concatInSlices(parts);
  }

  #decode(storeBytes: Uint8Array): StoreSnapshot {
    try {
      return getCodec("StoreSnapshot").decode(storeBytes);
    } catch (cause) {
      throw invalid(this.#path, "its content is not a swarm's store", cause);
    }
  }

  /** Compares what the file says of all that was read with what was read. */
  async #checkDigest(what: string): Promise<void> {
    const expected = this.#digest();
    const stated = await this.#take(digestBytes);
    if (Buffer.compare(stated, expected) !== 0) {
      throw invalid(this.#path, `the checksum at ${what} is wrong`);
    }
  }

  async #readLengthUpTo(lengthMax: number): Promise<number> {
    const length = await this.#readLength();
    if (length === 0 || length > lengthMax) throw invalid(this.#path, "a length in it is wrong");
    return length;
  }

  async #readLength(): Promise<number> {
    return Buffer.from(await this.#take(lengthBytes)).readUInt32BE();
  }

  /** The next bytes, all of them. */
  async #take(length: number): Promise<Uint8Array> {
    const bytes = await this.#readSome(length);
    if (bytes.length < length) throw invalid(this.#path, "it is cut short");
    return bytes;
  }

  /** The next bytes; fewer at the file's end. */
  async #readSome(length: number): Promise<Uint8Array> {
    const bytes = Buffer.alloc(length);
    let done = 0;
    try {
      while (done < length) {
        const position = this.#position + done;
        const { bytesRead } = await this.#file.read(bytes, done, length - done, position);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
    } catch (error) {
      throw toDiskError(error, "read the backup", this.#path);
    }
    this.#position += done;
    const read = bytes.subarray(0, done);
    this.#hash.update(read);
    return read;
  }

  #digest(): Uint8Array {
    return this.#hash.copy().digest();
  }
}

function openDataKey(
  header: BackupHeader,
  unlockKey: Uint8Array | undefined,
  path: string,
): Uint8Array {
  const keys = unlockKey === undefined ? [] : [unlockKey];
  try {
    const dataKey = unseal(header.dataKeyRecord, keys, "the backup's key");
    if (dataKey.length === dataKeyBytes) return dataKey;
    throw invalid(path, "its key has a wrong length");
  } catch (error) {
    if (!(error instanceof SwarmdError) || error.code !== "raft-key-wrong") throw error;
    throw locked(path, unlockKey === undefined);
  }
}

function openRecord(record: Uint8Array, dataKey: Uint8Array, path: string): Uint8Array {
  try {
    return unseal(record, [dataKey], "a part of the backup");
  } catch (error) {
    if (!(error instanceof SwarmdError) || error.code !== "raft-key-wrong") throw error;
    throw invalid(path, "a part of it was not written with it");
  }
}

function locked(path: string, isKeyMissing: boolean): SwarmdError {
  const what = isKeyMissing
    ? "is of a swarm whose managers are locked: give its key with --unlock-key"
    : "cannot be read with this --unlock-key: give the one that was in force when it was made";
  return new SwarmdError("backup-locked", `the backup ${path} ${what}`);
}

function unsupported(path: string, version: number): SwarmdError {
  return new SwarmdError(
    "backup-unsupported",
    `the backup ${path} has version ${version}, and this program reads versions up to ` +
      `${backupVersion}: restore it with the version of swarmd that made it, or a newer one`,
  );
}

function invalid(path: string, what: string, cause?: unknown): SwarmdError {
  return new SwarmdError(
    "backup-invalid",
    `cannot use the backup ${path}: ${what}. It is damaged, or no backup; take another copy of it ` +
      "or an older one",
    cause === undefined ? {} : { cause },
  );
}
