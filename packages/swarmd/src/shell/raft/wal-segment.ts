import type { WalFile } from "./wal-files.ts";

const readChunkBytes = 1024 * 1024;

/**
 * What a segment file holds. Most of a preallocated file is zero and is not kept: reading beyond the
 * kept bytes gives zeros up to the file's end.
 */
export class Segment {
  /** The file's length. */
  readonly fileBytes: number;
  /** Up to and with the last byte that is not zero. */
  readonly content: Uint8Array;

  constructor(content: Uint8Array, fileBytes: number) {
    this.content = content;
    this.fileBytes = fileBytes;
  }

  /** Reads a whole file. */
  static async read(file: WalFile): Promise<Segment> {
    const fileBytes = await file.size();
    const chunks: Uint8Array[] = [];
    let contentBytes = 0;
    for (let offset = 0; offset < fileBytes; offset += readChunkBytes) {
      const chunk = Buffer.alloc(Math.min(readChunkBytes, fileBytes - offset));
      const bytesRead = await file.read(chunk, offset);
      const used = countUsedBytes(chunk.subarray(0, bytesRead));
      if (used > 0) contentBytes = offset + used;
      chunks.push(used > 0 ? chunk : zeroChunk.subarray(0, chunk.length));
    }
    return new Segment(Buffer.concat(chunks, contentBytes), fileBytes);
  }

  /** The bytes from `start` to `end`, or to the file's end if that is nearer. */
  slice(start: number, end: number): Uint8Array {
    const limit = Math.min(end, this.fileBytes);
    if (limit <= this.content.length) return this.content.subarray(start, Math.max(start, limit));
    const bytes = new Uint8Array(Math.max(0, limit - start));
    bytes.set(this.content.subarray(start, limit));
    return bytes;
  }

  /** Whether all is zero from `start` to `end` or to the file's end. */
  isZero(start: number, end: number): boolean {
    return countUsedBytes(this.content.subarray(start, end)) === 0;
  }
}

const zeroChunk = Buffer.alloc(readChunkBytes);

/** Length without the zeros at the end. */
function countUsedBytes(bytes: Uint8Array): number {
  if (zeroChunk.compare(bytes, 0, bytes.length, 0, bytes.length) === 0) return 0;
  let used = bytes.length;
  while (used > 0 && bytes[used - 1] === 0) used -= 1;
  return used;
}
