import { getCodec } from "@swarmkit/proto";
import type { SnapshotMessage } from "@swarmkit/raft";
import { toPlainMessage } from "../raft/message-codec.ts";

/** No request is larger, in bytes: SwarmKit's limit, and that of its gRPC servers. */
export const requestBytesMax: number = 4 * 1024 * 1024;

/** What the lengths of a message and of its parts may take beyond those of an empty one, in bytes. */
const lengthsBytesMax = 32;

/**
 * The requests of a StreamRaftMessage that carries a snapshot. Each is the whole message with a piece of the
 * data; one is made when it is asked for, so that a large snapshot is not in memory twice.
 */
export function* encodeSnapshotChunks(message: SnapshotMessage): Generator<Uint8Array> {
  const codec = getCodec("StreamRaftMessageRequest");
  const plain = toPlainMessage(message);
  const { data } = message.snapshot;
  const encode = (piece: Uint8Array): Uint8Array =>
    codec.encode({ message: { ...plain, snapshot: { ...plain.snapshot, data: piece } } });
  const pieceBytes = requestBytesMax - encode(new Uint8Array()).length - lengthsBytesMax;
  let start = 0;
  do {
    yield encode(data.subarray(start, start + pieceBytes));
    start += pieceBytes;
  } while (start < data.length);
}
