/**
 * Encryption of entries and snapshots at rest: a MaybeEncryptedRecord around the bytes. Written are NaCl
 * secretboxes (XSalsa20-Poly1305) under the node's 32-byte data encryption key; clear ones are read too.
 * Snapshots, which are large, take the way of sliced-encryption.ts, with the same bytes.
 */
import { randomFillSync } from "node:crypto";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { SwarmdError } from "../errors.ts";
import { readFields, toBytes, toNumber, WireError, WireWriter } from "./wire.ts";

/** Length of a data encryption key. */
export const dataKeyBytes = 32;

/** Length of the authentication tag that a secretbox begins with. */
export const boxTagBytes = 16;

/** MaybeEncryptedRecord.Algorithm. */
export const sealAlgorithms = { none: 0, secretbox: 1, fernet: 2 } as const;

const nonceBytes = 24;

/** Nonces are drawn many at a time: one call to the system for each would cost more than the cipher. */
const noncePool = new Uint8Array(nonceBytes * 128);
let noncePoolPosition = noncePool.length;

/** Encrypts `plain` under `key`. */
export function seal(plain: Uint8Array, key: Uint8Array): Uint8Array {
  const nonce = drawNonce();
  const box = xsalsa20poly1305(key, nonce).encrypt(plain);
  return new WireWriter(box.length + 48)
    .number(1, sealAlgorithms.secretbox)
    .bytes(2, box)
    .bytes(3, nonce)
    .finish();
}

/** Marks `plain` as not encrypted. */
export function wrapClear(plain: Uint8Array): Uint8Array {
  return new WireWriter(plain.length + 8).bytes(2, plain).finish();
}

/** What a record held, and which key opened it; none for a clear record. */
export interface Unsealed {
  readonly plain: Uint8Array;
  readonly key: Uint8Array | undefined;
}

/**
 * The plain bytes of a record, by the first of `keys` that fits. `what` names the record for the error:
 * `raft-key-wrong` when no key does, `wal-unsupported` for an algorithm that this version lacks. Throws a
 * WireError for anything else.
 */
export function unseal(sealed: Uint8Array, keys: readonly Uint8Array[], what: string): Uint8Array {
  return unsealByAny(sealed, keys, what).plain;
}

/** As `unseal`, and says which key it was. */
export function unsealByAny(
  sealed: Uint8Array,
  keys: readonly Uint8Array[],
  what: string,
): Unsealed {
  const record = parseSealed(sealed);
  if (!checkSealed(record, what)) return { plain: record.data, key: undefined };
  for (const key of keys) {
    const plain = openBox(record, key);
    if (plain !== undefined) return { plain, key };
  }
  throw wrongKeyError(what);
}

/** Whether the record is encrypted at all. Throws a WireError for what is no record. */
export function isSealed(record: Uint8Array): boolean {
  return parseSealed(record).algorithm !== sealAlgorithms.none;
}

/** An encrypted record's parts; views of its bytes. */
export interface SealedRecord {
  readonly algorithm: number;
  readonly data: Uint8Array;
  readonly nonce: Uint8Array;
}

/** Takes a record apart. Throws a WireError. */
export function parseSealed(sealed: Uint8Array): SealedRecord {
  let algorithm = 0;
  let data: Uint8Array = new Uint8Array();
  let nonce: Uint8Array = new Uint8Array();
  for (const field of readFields(sealed)) {
    if (field.field === 1) algorithm = toNumber(field);
    else if (field.field === 2) data = toBytes(field);
    else if (field.field === 3) nonce = toBytes(field);
    else throw new WireError(`an encrypted record has no field ${field.field}`);
  }
  return { algorithm, data, nonce };
}

/** False for a clear record, true for a secretbox; throws for anything else, as `unseal` does. */
export function checkSealed({ algorithm, data, nonce }: SealedRecord, what: string): boolean {
  if (algorithm === sealAlgorithms.none) return false;
  if (algorithm !== sealAlgorithms.secretbox) {
    const name =
      algorithm === sealAlgorithms.fernet ? "Fernet (a FIPS node)" : `number ${algorithm}`;
    throw new SwarmdError(
      "wal-unsupported",
      `${what} is encrypted by algorithm ${name}, which this version cannot read: ` +
        "start the program that wrote it, or remove the node and join it again",
    );
  }
  if (nonce.length !== nonceBytes) throw new WireError("a nonce has a wrong length");
  if (data.length < boxTagBytes) throw new WireError("a box is shorter than its tag");
  return true;
}

/** The error for a record that no key fits. */
export function wrongKeyError(what: string): SwarmdError {
  return new SwarmdError(
    "raft-key-wrong",
    `${what} cannot be decrypted: the raft-dek in certificates/swarm-node.key is not the key ` +
      "it was written under; put back the key file that belongs to this state directory",
  );
}

/** A fresh random nonce. */
export function drawNonce(): Uint8Array {
  if (noncePoolPosition === noncePool.length) {
    randomFillSync(noncePool);
    noncePoolPosition = 0;
  }
  const nonce = noncePool.slice(noncePoolPosition, noncePoolPosition + nonceBytes);
  noncePoolPosition += nonceBytes;
  return nonce;
}

function openBox({ data, nonce }: SealedRecord, key: Uint8Array): Uint8Array | undefined {
  try {
    return xsalsa20poly1305(key, nonce).decrypt(data);
  } catch {
    // The tag does not fit: there is no other way to fail.
    return undefined;
  }
}
