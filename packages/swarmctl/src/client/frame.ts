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
