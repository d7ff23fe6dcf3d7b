import type { DeepPartial, MessageName, MessageTypes } from "../gen/types.ts";
import { compileDecoder, type Decode } from "./compile-decoder.ts";
import { compileEncoder, type Encode } from "./compile-encoder.ts";
import { DecodeError } from "./errors.ts";
import { createMessage, type PlainMessage } from "./message-defaults.ts";
import { getLayout } from "./message-layout.ts";
import { createReader, type Reader } from "./wire-read.ts";
import { createWriter, type Writer } from "./wire-write.ts";

/** Turns one kind of message into bytes and back. */
export interface Codec<T> {
  /** The message's name, for example `Task`. */
  readonly name: string;
  /** A message of the given parts, with defaults for the rest. Parts are copied, not checked. */
  create(init?: DeepPartial<T>): T;
  /** Throws an EncodeError that names the field for a value that does not fit it. */
  encode(value: T): Uint8Array;
  /**
   * Throws a DecodeError for bytes that are not the message. The result is independent of `bytes`.
   * Absent parts are shared, frozen defaults: treat the result as read-only.
   */
  decode(bytes: Uint8Array): T;
}

/** The two directions of a message, each compiled when it is first used. */
interface Compiled {
  encode: Encode;
  decode: Decode;
}

/** A writer that grew beyond this is dropped after use rather than kept for the next message. */
const WRITER_BYTES_KEPT_MAX = 1 << 20;

const compiledByName = new Map<string, Compiled>();
const codecs = new Map<string, Codec<unknown>>();

let sharedWriter: Writer | undefined;

/** The codec of a message. Throws a RangeError for a name that the protocol does not have. */
export function getCodec<Name extends MessageName>(name: Name): Codec<MessageTypes[Name]> {
  let codec = codecs.get(name);
  if (codec === undefined) {
    codec = createCodec(name);
    codecs.set(name, codec);
  }
  return codec as Codec<MessageTypes[Name]>;
}

function createCodec(name: string): Codec<unknown> {
  const compiled = getCompiled(name);
  return {
    name,
    create: (init) => createMessage(name, (init ?? {}) as PlainMessage),
    encode: (value) => encodeWith(compiled, value as PlainMessage),
    decode: (bytes) => decodeWith(name, compiled, bytes),
  };
}

function getCompiled(name: string): Compiled {
  const known = compiledByName.get(name);
  if (known !== undefined) return known;
  const layout = getLayout(name);
  // The first call puts the compiled function in its own place.
  const compiled: Compiled = {
    encode: (writer, message) => {
      compiled.encode = compileEncoder(layout, getCompiled);
      compiled.encode(writer, message);
    },
    decode: (reader, earlier) => {
      compiled.decode = compileDecoder(layout, getCompiled);
      return compiled.decode(reader, earlier);
    },
  };
  compiledByName.set(name, compiled);
  return compiled;
}

function encodeWith(compiled: Compiled, value: PlainMessage): Uint8Array {
  const writer = sharedWriter ?? createWriter();
  sharedWriter = undefined;
  compiled.encode(writer, value);
  const bytes = new Uint8Array(writer.finish(true));
  if (writer.buf.length <= WRITER_BYTES_KEPT_MAX) {
    writer.pos = 0;
    sharedWriter = writer;
  }
  return bytes;
}

function decodeWith(name: string, compiled: Compiled, bytes: Uint8Array): PlainMessage {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${name}: decode takes a Uint8Array`);
  const reader: Reader = createReader(bytes);
  try {
    return compiled.decode(reader, undefined);
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DecodeError(name, `${reason} (byte ${reader.pos} of ${bytes.length})`, {
      cause: error,
    });
  }
}
