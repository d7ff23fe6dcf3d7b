// Go's gRPC clients put the socket's path into `:authority`. Node's HTTP/2 refuses the slashes in it
// before any code of ours runs, and has no option to relax that. So the bytes of such a client pass
// through here: frames are followed, and each `:authority` is made acceptable.
import { Duplex, Transform, type TransformCallback } from "node:stream";
import { rewriteAuthority } from "./hpack.ts";

/** "PRI * HTTP/2.0" and so on: every HTTP/2 client begins with these bytes (RFC 9113 §3.4). */
const prefaceBytes = 24;
const frameHeaderBytes = 9;
/** Frames above this size are refused by every HTTP/2 server that has not asked for more. */
const frameBytesMax = 16_384;
/** Compressed headers of one request; Node's own limit is far below. */
const headerBlockBytesMax = 65_536;
/** Frames that they may come in: empty ones would add up for ever. */
const headerFramesMax = 64;

const frameTypes = { headers: 1, continuation: 9 } as const;
const flags = { endStream: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** The same connection, with what the other end sends made fit for Node's HTTP/2 server. */
export function repairAuthority(connection: Duplex): Duplex {
  return new RepairedConnection(connection);
}

/**
 * Closes as a whole, whichever end goes first: Node's HTTP/2 over a stream that is no socket of the
 * kernel's fails an assertion when it writes after one direction has ended, and never learns that a
 * pending write came to nothing. Without errors of its own: those are the connection's.
 */
class RepairedConnection extends Duplex {
  readonly #connection: Duplex;
  readonly #repair = new AuthorityRepair();

  constructor(connection: Duplex) {
    super();
    this.#connection = connection;
    this.#repair.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) this.#repair.pause();
    });
    this.#repair.once("end", () => this.destroy());
    this.#repair.once("error", (error) => connection.destroy(error));
    connection.once("close", () => this.destroy());
    connection.pipe(this.#repair);
  }

  override _read(): void {
    this.#repair.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#connection.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#connection.end(() => done());
  }

  override _destroy(_error: Error | null, done: () => void): void {
    this.#repair.destroy();
    this.#connection.destroy();
    done();
  }
}

/** Follows the frames of one client. */
export class AuthorityRepair extends Transform {
  #buffered: Buffer = Buffer.alloc(0);
  #isPrefacePending = true;
  /** A request's headers that continue in further frames. */
  #open: { readonly frame: Frame; readonly blocks: Buffer[] } | undefined;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#buffered = this.#buffered.length === 0 ? chunk : Buffer.concat([this.#buffered, chunk]);
      this.#drain();
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  #drain(): void {
    if (this.#isPrefacePending) {
      if (this.#buffered.length < prefaceBytes) return;
      this.push(this.#take(prefaceBytes));
      this.#isPrefacePending = false;
    }
    while (this.#buffered.length >= frameHeaderBytes) {
      const length = this.#buffered.readUIntBE(0, 3);
      if (length > frameBytesMax)
        throw new Error(`an HTTP/2 frame of ${length} bytes is too large`);
      if (this.#buffered.length < frameHeaderBytes + length) return;
      const bytes = this.#take(frameHeaderBytes + length);
      this.#handle(bytes, {
        type: bytes.readUInt8(3),
        flags: bytes.readUInt8(4),
        streamId: bytes.readUInt32BE(5),
        payload: bytes.subarray(frameHeaderBytes),
      });
    }
  }

  #handle(bytes: Buffer, frame: Frame): void {
    if (frame.type === frameTypes.headers) {
      this.#open = { frame, blocks: [headerBlock(frame)] };
    } else if (frame.type === frameTypes.continuation && this.#open !== undefined) {
      this.#open.blocks.push(frame.payload);
    } else {
      this.push(bytes);
      return;
    }
    if (this.#open.blocks.length > headerFramesMax)
      throw new Error("the headers of a request come in too many frames");
    const block = Buffer.concat(this.#open.blocks);
    if (block.length > headerBlockBytesMax)
      throw new Error("the headers of a request are too large");
    if ((frame.flags & flags.endHeaders) === 0) return;
    this.#emitHeaders(this.#open.frame, rewriteAuthority(block, makeAcceptable));
    this.#open = undefined;
  }

  /** Writes a header block in as many frames as it takes; padding and priority are left out. */
  #emitHeaders(first: Frame, block: Uint8Array): void {
    for (let begin = 0; begin === 0 || begin < block.length; begin += frameBytesMax) {
      const payload = block.subarray(begin, begin + frameBytesMax);
      const isLast = begin + frameBytesMax >= block.length;
      const header = Buffer.alloc(frameHeaderBytes);
      header.writeUIntBE(payload.length, 0, 3);
      header.writeUInt8(begin === 0 ? frameTypes.headers : frameTypes.continuation, 3);
      const endStream = begin === 0 ? first.flags & flags.endStream : 0;
      header.writeUInt8(endStream | (isLast ? flags.endHeaders : 0), 4);
      header.writeUInt32BE(first.streamId, 5);
      this.push(header);
      this.push(payload);
    }
  }

  #take(length: number): Buffer {
    const taken = this.#buffered.subarray(0, length);
    this.#buffered = this.#buffered.subarray(length);
    return taken;
  }
}

/** The header block of a HEADERS frame, without its padding and priority (RFC 9113 §6.2). */
function headerBlock({ flags: frameFlags, payload }: Frame): Buffer {
  const isPadded = (frameFlags & flags.padded) !== 0;
  const begin = (isPadded ? 1 : 0) + ((frameFlags & flags.priority) !== 0 ? 5 : 0);
  const end = payload.length - (isPadded ? (payload[0] ?? 0) : 0);
  if (begin > end) throw new Error("an HTTP/2 HEADERS frame is all padding");
  return payload.subarray(begin, end);
}

/** Every byte that an authority may not hold becomes a dash; the length stays. */
function makeAcceptable(authority: Uint8Array): Uint8Array {
  const text = Buffer.from(authority).toString("latin1");
  return Buffer.from(text.replace(/[^A-Za-z0-9.:_[\]-]/g, "-"), "latin1");
}
