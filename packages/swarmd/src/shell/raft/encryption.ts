/**
 * Encryption of entries and snapshots at rest: a MaybeEncryptedRecord around the bytes. Written are NaCl
 * secretboxes (XSalsa20-Poly1305) under the node's 32-byte data encryption key; clear ones are read too.
 */
import { randomFillSync } from "node:crypto";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { SwarmdError } from "../errors.ts";
import { readFields, toBytes, toNumber, WireError, WireWriter } from "./wire.ts";

/** Length of a data encryption key. */
export const dataKeyBytes = 32;

const nonceBytes = 24;
const algorithms = { none: 0, secretbox: 1, fernet: 2 } as const;

/** Nonces are drawn many at a time: one call to the system for each would cost more than the cipher. */
const noncePool = new Uint8Array(nonceBytes * 128);
let noncePoolPosition = noncePool.length;

/** Encrypts `plain` under `key`. */
export function seal(plain: Uint8Array, key: Uint8Array): Uint8Array {
  const nonce = drawNonce();
  const box = xsalsa20poly1305(key, nonce).encrypt(plain);
  return new WireWriter(box.length + 48)
    .number(1, algorithms.secretbox)
    .bytes(2, box)
    .bytes(3, nonce)
    .finish();
}

/** Marks `plain` as not encrypted. */
export function wrapClear(plain: Uint8Array): Uint8Array {
  return new WireWriter(plain.length + 8).bytes(2, plain).finish();
}

/** The bytes of a record that is not encrypted, or why there are none. */
export function unwrapClear(record: Uint8Array): Uint8Array | "encrypted" | "invalid" {
  try {
    const { algorithm, data } = parseSealed(record);
    return algorithm === algorithms.none ? data : "encrypted";
  } catch (error) {
    if (error instanceof WireError) return "invalid";
    throw error;
  }
}

/**
 * The plain bytes. `what` names the record for the error: `raft-key-wrong` when the key does not fit,
 * `wal-unsupported` for an algorithm that this version lacks. Throws a WireError for anything else.
 */
export function unseal(sealed: Uint8Array, key: Uint8Array, what: string): Uint8Array {
  const { algorithm, data, nonce } = parseSealed(sealed);
  if (algorithm === algorithms.none) return data;
  if (algorithm !== algorithms.secretbox) {
    const name = algorithm === algorithms.fernet ? "Fernet (a FIPS node)" : `number ${algorithm}`;
    throw new SwarmdError(
      "wal-unsupported",
      `${what} is encrypted by algorithm ${name}, which this version cannot read: ` +
        "start the program that wrote it, or remove the node and join it again",
    );
  }
  return openBox(data, nonce, key, what);
}

interface Sealed {
  readonly algorithm: number;
  readonly data: Uint8Array;
  readonly nonce: Uint8Array;
}

function parseSealed(sealed: Uint8Array): Sealed {
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

function openBox(box: Uint8Array, nonce: Uint8Array, key: Uint8Array, what: string): Uint8Array {
  if (nonce.length !== nonceBytes) throw new WireError("a nonce has a wrong length");
  try {
    return xsalsa20poly1305(key, nonce).decrypt(box);
  } catch (cause) {
    throw new SwarmdError(
      "raft-key-wrong",
      `${what} cannot be decrypted: the raft-dek in certificates/swarm-node.key is not the key ` +
        "it was written under; put back the key file that belongs to this state directory",
      { cause },
    );
  }
}

function drawNonce(): Uint8Array {
  if (noncePoolPosition === noncePool.length) {
    randomFillSync(noncePool);
    noncePoolPosition = 0;
  }
  const nonce = noncePool.slice(noncePoolPosition, noncePoolPosition + nonceBytes);
  noncePoolPosition += nonceBytes;
  return nonce;
}
