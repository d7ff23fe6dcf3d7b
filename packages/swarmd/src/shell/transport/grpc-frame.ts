// gRPC's framing: every message follows one byte of flags and its length in four bytes.

const headerBytes = 5;

/** Answers to raft's calls hold an address at most; who sends more is no manager. */
const replyBytesMax = 64 * 1024;

/** The frame of one message, uncompressed. */
export function encodeFrame(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, headerBytes);
  return frame;
}

/** Takes the messages out of a body that comes in chunks. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The messages that are whole now; undefined when the body is not what a manager answers. */
  push(chunk: Buffer): readonly Uint8Array[] | undefined {
    const messages: Uint8Array[] = [];
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (rest.length >= headerBytes) {
      const length = rest.readUInt32BE(1);
      // Compressed answers were not asked for.
      if (rest[0] !== 0 || length > replyBytesMax) return undefined;
      const end = headerBytes + length;
      if (rest.length < end) break;
      messages.push(rest.subarray(headerBytes, end));
      rest = rest.subarray(end);
    }
    this.#rest = rest;
    return messages;
  }
}
