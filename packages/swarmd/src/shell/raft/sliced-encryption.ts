/**
 * The encryption of encryption.ts in slices, with a turn of the event loop between two of them: 70 MB at
 * once would hold the process for half a second, in which a leader could lose its lead. The bytes are those
 * of the one-shot form: a secretbox is the XSalsa20 key stream, whose first 32 bytes are the one-time key of
 * Poly1305 and whose rest is xored with the plain text.
 */
import { timingSafeEqual } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { poly1305 } from "@noble/ciphers/_poly1305.js";
import { xsalsa20 } from "@noble/ciphers/salsa.js";
import { crc32c } from "./crc32c.ts";
import {
  boxTagBytes,
  checkSealed,
  drawNonce,
  parseSealed,
  type SealedRecord,
  sealAlgorithms,
  type Unsealed,
  wrongKeyError,
} from "./encryption.ts";
import { WireWriter } from "./wire.ts";

/** About 1.5 ms of work; a multiple of the cipher's block. */
export const sliceBytes: number = 256 * 1024;

/** XSalsa20's block. */
const blockBytes = 64;
/** What is left of the first block for the plain text. */
const firstPartBytes = 32;

/** A one-time cipher: the first block of its key stream is drawn already. */
interface BoxStream {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly firstBlock: Uint8Array;
}

/** As `seal`, in slices. */
export async function sealInSlices(plain: Uint8Array, key: Uint8Array): Promise<Uint8Array> {
  const nonce = drawNonce();
  const boxBytes = boxTagBytes + plain.length;
  const head = new WireWriter(24)
    .number(1, sealAlgorithms.secretbox)
    .lengthOf(2, boxBytes)
    .finish();
  const tail = new WireWriter(32).bytes(3, nonce).finish();
  const record = new Uint8Array(head.length + boxBytes + tail.length);
  record.set(head);
  record.set(tail, head.length + boxBytes);
  const box = record.subarray(head.length, head.length + boxBytes);
  const cipherText = box.subarray(boxTagBytes);
  const stream = openStream(key, nonce);
  await xorInSlices(stream, plain, cipherText);
  box.set(await authenticateInSlices(stream, cipherText));
  return record;
}

/** As `unseal`, in slices. */
export async function unsealInSlices(
  sealed: Uint8Array,
  keys: readonly Uint8Array[],
  what: string,
): Promise<Unsealed> {
  const record = parseSealed(sealed);
  if (!checkSealed(record, what)) return { plain: record.data, key: undefined };
  for (const key of keys) {
    const plain = await openBoxInSlices(record, key);
    if (plain !== undefined) return { plain, key };
  }
  throw wrongKeyError(what);
}

/** As `crc32c`, over parts that follow each other, in slices. */
export async function crc32cInSlices(parts: readonly Uint8Array[]): Promise<number> {
  let crc = 0;
  for (const part of parts) {
    for await (const slice of slicesOf(part, 0)) crc = crc32c(slice, crc);
  }
  return crc;
}

async function openBoxInSlices(
  { data, nonce }: SealedRecord,
  key: Uint8Array,
): Promise<Uint8Array | undefined> {
  const stream = openStream(key, nonce);
  const cipherText = data.subarray(boxTagBytes);
  const tag = await authenticateInSlices(stream, cipherText);
  if (!timingSafeEqual(tag, data.subarray(0, boxTagBytes))) return undefined;
  const plain = new Uint8Array(cipherText.length);
  await xorInSlices(stream, cipherText, plain);
  return plain;
}

function openStream(key: Uint8Array, nonce: Uint8Array): BoxStream {
  return { key, nonce, firstBlock: xsalsa20(key, nonce, new Uint8Array(blockBytes)) };
}

async function authenticateInSlices(
  stream: BoxStream,
  cipherText: Uint8Array,
): Promise<Uint8Array> {
  const mac = poly1305.create(stream.firstBlock.subarray(0, blockBytes - firstPartBytes));
  for await (const slice of slicesOf(cipherText, 0)) mac.update(slice);
  return mac.digest();
}

/** Xors `from` with the key stream into `to`, which is as long. */
async function xorInSlices(stream: BoxStream, from: Uint8Array, to: Uint8Array): Promise<void> {
  const { key, nonce, firstBlock } = stream;
  const firstEnd = Math.min(firstPartBytes, from.length);
  for (let at = 0; at < firstEnd; at += 1) {
    to[at] = (from[at] as number) ^ (firstBlock[blockBytes - firstPartBytes + at] as number);
  }
  let position = firstEnd;
  for await (const slice of slicesOf(from, firstEnd)) {
    const block = 1 + (position - firstEnd) / blockBytes;
    // Copied to where words are aligned: the cipher is several times as fast there.
    to.set(xsalsa20(key, nonce, new Uint8Array(slice), undefined, block), position);
    position += slice.length;
  }
}

/** Views of the bytes from `start` on, with a turn of the event loop between them. */
async function* slicesOf(bytes: Uint8Array, start: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < bytes.length; at += sliceBytes) {
    if (at > start) await setImmediate();
    yield bytes.subarray(at, at + sliceBytes);
  }
}
