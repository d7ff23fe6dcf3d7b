// gRPC's frames on an HTTP/2 stream: a flag, a length of four bytes, and a message.

const headerBytes = 5;

/** Raised when the bytes are no frames, or frames that nobody asked for. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/** A message with its header, ready to be written. */
export function encodeFrame(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + message.byteLength);
  frame[0] = 0;
  frame.writeUInt32BE(message.byteLength, 1);
  frame.set(message, headerBytes);
  return frame;
}

/** Cuts what arrives into messages. They may share their memory with what was pushed. */
export class FrameDecoder {
  readonly #messageBytesMax: number;
  #chunks: Buffer[] = [];
  #length = 0;
  /** Bytes that are needed before there can be anything new. */
  #needed = headerBytes;

  constructor(options: { readonly messageBytesMax: number }) {
    this.#messageBytesMax = options.messageBytesMax;
  }

  /** True when the last message is whole. */
  get isAtBoundary(): boolean {
    return this.#length === 0;
  }

  /** The messages that are whole now; throws `FrameError`. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return [];
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const messages: Buffer[] = [];
    let start = 0;
    this.#needed = headerBytes;
    while (bytes.length - start >= headerBytes) {
      const end = start + headerBytes + this.#readLength(bytes, start);
      if (end > bytes.length) {
        this.#needed = end - start;
        break;
      }
      messages.push(bytes.subarray(start + headerBytes, end));
      start = end;
    }
    this.#length = bytes.length - start;
    this.#chunks = this.#length === 0 ? [] : [bytes.subarray(start)];
    return messages;
  }

  #readLength(bytes: Buffer, start: number): number {
    if (bytes[start] !== 0) throw new FrameError("a message is compressed, which was not agreed");
    const length = bytes.readUInt32BE(start + 1);
    if (length > this.#messageBytesMax) {
      throw new FrameError(`a message has ${length} bytes; ${this.#messageBytesMax} are allowed`);
    }
    return length;
  }
}
