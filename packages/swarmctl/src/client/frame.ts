// gRPC's framing: every message follows one byte of flags and its length in four bytes.
import { RpcError } from "./rpc-error.ts";

const headerBytes = 5;

/** The frame of one message, uncompressed. */
export function encodeFrame(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, headerBytes);
  return frame;
}

/** Collects the chunks of a body that holds one message of a limited size. */
export class FrameCollector {
  readonly #messageBytesMax: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(messageBytesMax: number) {
    this.#messageBytesMax = messageBytesMax;
  }

  /** Throws RpcError as soon as the body is known to be larger than allowed. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const first = this.#chunks[0] ?? chunk;
    const declaredBytes = first.length < headerBytes ? 0 : first.readUInt32BE(1);
    const bytes = Math.max(declaredBytes, this.#bytes - headerBytes);
    if (bytes <= this.#messageBytesMax) return;
    this.#chunks.length = 0;
    const text = `the reply has ${bytes} bytes or more, and at most ${this.#messageBytesMax} are taken`;
    throw new RpcError("RESOURCE_EXHAUSTED", text);
  }

  /** The message. Throws RpcError for anything but one whole message. */
  finish(): Uint8Array {
    const body = Buffer.concat(this.#chunks);
    if (body.length < headerBytes || body.readUInt32BE(1) !== body.length - headerBytes) {
      throw new RpcError("INTERNAL", "the reply is not one whole message");
    }
    if (body[0] !== 0) throw new RpcError("INTERNAL", "the reply is compressed, unasked");
    return body.subarray(headerBytes);
  }
}

/** Takes the chunks of a body apart into its messages, each of a limited size. */
export class FrameSplitter {
  readonly #messageBytesMax: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(messageBytesMax: number) {
    this.#messageBytesMax = messageBytesMax;
  }

  /** The messages that are whole with this chunk. Throws RpcError for one that is too large. */
  *push(chunk: Buffer): Generator<Uint8Array, void, undefined> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    for (let bytes = this.#nextFrameBytes(); this.#bytes >= bytes; bytes = this.#nextFrameBytes()) {
      const body = Buffer.concat(this.#chunks);
      this.#chunks = [body.subarray(bytes)];
      this.#bytes -= bytes;
      if (body[0] !== 0) throw new RpcError("INTERNAL", "the reply is compressed, unasked");
      yield body.subarray(headerBytes, bytes);
    }
  }

  /** Throws RpcError when the body has ended within a message. */
  finish(): void {
    if (this.#bytes === 0) return;
    throw new RpcError("INTERNAL", "the reply ends within a message");
  }

  /** Length of the frame that comes next, as far as its header is there. */
  #nextFrameBytes(): number {
    if (this.#bytes < headerBytes) return headerBytes;
    if ((this.#chunks[0]?.length ?? 0) < headerBytes) this.#chunks = [Buffer.concat(this.#chunks)];
    const bytes = (this.#chunks[0] as Buffer).readUInt32BE(1);
    if (bytes <= this.#messageBytesMax) return headerBytes + bytes;
    const text = `a message has ${bytes} bytes, and at most ${this.#messageBytesMax} are taken`;
    throw new RpcError("RESOURCE_EXHAUSTED", text);
  }
}
