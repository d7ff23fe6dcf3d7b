// The disk's own price of making an append durable, without anything of ours around it.
import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, writeSync } from "node:fs";

/** How the file's room was made before the measurement. */
export type Preallocation =
  /** Zeros were written: an append changes nothing but the blocks themselves. */
  | "zeros"
  /** Only its length was set: each new block has to be found, which the file system logs. */
  | "length";

const fileBytes = 64_000_000;
const chunkBytes = 1_000_000;

/** A preallocated file to append to. */
export class AppendFile {
  readonly #descriptor: number;
  readonly #data: Uint8Array;
  #offset = 0;

  constructor(path: string, preallocation: Preallocation, appendBytes: number) {
    this.#data = Buffer.alloc(appendBytes, 0x5a);
    this.#descriptor = openSync(path, "w");
    if (preallocation === "length") ftruncateSync(this.#descriptor, fileBytes);
    else {
      const zeros = Buffer.alloc(chunkBytes);
      for (let at = 0; at < fileBytes; at += chunkBytes) {
        writeSync(this.#descriptor, zeros, 0, chunkBytes, at);
      }
    }
    fsyncSync(this.#descriptor);
  }

  /** Milliseconds of one append with its fdatasync. */
  append(): number {
    if (this.#offset + this.#data.length > fileBytes) this.#offset = 0;
    const start = performance.now();
    writeSync(this.#descriptor, this.#data, 0, this.#data.length, this.#offset);
    fdatasyncSync(this.#descriptor);
    const elapsedMs = performance.now() - start;
    this.#offset += this.#data.length;
    return elapsedMs;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
