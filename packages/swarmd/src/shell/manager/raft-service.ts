// The receiving side of raft's transport: SwarmKit's Raft service, and the link between our own managers.
import type { Server } from "@grpc/grpc-js";
import { DecodeError } from "@swarmkit/proto";
import type {
  ProcessRaftMessageRequest,
  RaftLinkRequest,
  RaftLinkResponse,
  RaftpbMessage,
  ResolveAddressRequest,
  StreamRaftMessageRequest,
} from "@swarmkit/proto/types";
import type { Message, RaftId } from "@swarmkit/raft";
import { RpcError } from "../grpc/rpc-error.ts";
import { addService, type CallContext, type Gate } from "../grpc/service.ts";
import type { Logger } from "../log.ts";
import { decodeMessage, fromPlainMessage, type ReceivedMessage } from "../raft/message-codec.ts";
import { removedText } from "../transport/peer-link.ts";

/** A snapshot that is larger is refused, in bytes: it is put together in memory. */
export const snapshotBytesMax: number = 1024 * 1024 * 1024;

/** The member that messages are for. */
export interface RaftInbox {
  /** This member's id. */
  readonly raftId: RaftId;
  /** Takes a message that is for this member, from nobody who was removed. */
  step(message: Message): void;
  isMember(raftId: RaftId): boolean;
  /** Whether this id was a member's once. */
  isRemoved(raftId: RaftId): boolean;
  /** A member's host and port. */
  addressOf(raftId: RaftId): string | undefined;
}

/** Adds the services `Raft` and `RaftLink` to a server. */
export function addRaftService(
  server: Server,
  options: { readonly gate: Gate; readonly log: Logger; readonly inbox: RaftInbox },
): void {
  const { inbox, log } = options;
  const take = (received: ReceivedMessage): void => takeMessage(received, inbox, log);
  addService(
    server,
    "Raft",
    {
      ProcessRaftMessage: ({ message }: ProcessRaftMessageRequest) => {
        if (message !== undefined) take(fromPlainMessage(message));
        return {};
      },
      StreamRaftMessage: async (requests: AsyncIterable<StreamRaftMessageRequest>) => {
        const message = await joinChunks(requests);
        if (message !== undefined) take(fromPlainMessage(message));
        return {};
      },
      ResolveAddress: ({ raftId }: ResolveAddressRequest) => {
        const addr = inbox.addressOf(raftId);
        if (addr === undefined) throw new RpcError("not-found", `${describe(raftId)} not found`);
        return { addr };
      },
    },
    options,
  );
  const link = async (
    requests: AsyncIterable<RaftLinkRequest>,
    _context: CallContext,
    send: (response: RaftLinkResponse) => void,
  ): Promise<void> => {
    send({});
    for await (const { messages } of requests) {
      for (const bytes of messages) take(decodeOrRefuse(bytes));
    }
  };
  addService(server, "RaftLink", { Link: link }, options);
}

/** A raft id as SwarmKit's texts show it. */
export function describe(raftId: RaftId): string {
  return `member ${BigInt(raftId).toString(16)}`;
}

/** Hands a message on, or drops it; throws for a sender that was removed, which then stops. */
function takeMessage(received: ReceivedMessage, inbox: RaftInbox, log: Logger): void {
  if (received.kind === "dropped") {
    log.debug("dropped a raft message", { reason: received.reason });
    return;
  }
  const { message } = received;
  const { from, to, type } = message;
  if (inbox.isRemoved(from)) throw new RpcError("not-found", removedText);
  // Somebody else had this address before.
  if (to !== inbox.raftId) return;
  const isCandidate = type === "vote" || type === "pre-vote";
  if (isCandidate && !inbox.isMember(from)) {
    log.debug("dropped a raft message", { reason: `${type} of ${from}, which is no member` });
    return;
  }
  inbox.step(message);
}

function decodeOrRefuse(bytes: Uint8Array): ReceivedMessage {
  try {
    return decodeMessage(bytes);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new RpcError("invalid-argument", `malformed raft message: ${error.message}`);
  }
}

/** One message of several, of which all but the first carry no more than a piece of a snapshot. */
async function joinChunks(
  requests: AsyncIterable<StreamRaftMessageRequest>,
): Promise<RaftpbMessage | undefined> {
  let first: RaftpbMessage | undefined;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const { message } of requests) {
    if (message === undefined) throw new RpcError("invalid-argument", "a chunk has no message");
    if (first !== undefined) checkChunk(message, first);
    first ??= message;
    pieces.push(message.snapshot.data);
    bytes += message.snapshot.data.length;
    if (bytes > snapshotBytesMax) {
      const text = `a raft snapshot of more than ${snapshotBytesMax} bytes is not taken`;
      throw new RpcError("resource-exhausted", text);
    }
  }
  if (first === undefined || pieces.length === 1) return first;
  return { ...first, snapshot: { ...first.snapshot, data: Buffer.concat(pieces) } };
}

function checkChunk(chunk: RaftpbMessage, first: RaftpbMessage): void {
  if (chunk.index !== first.index) {
    const text = `a chunk has index ${chunk.index}, and the ones before have ${first.index}`;
    throw new RpcError("invalid-argument", text);
  }
  if (chunk.type !== "MsgSnap") {
    throw new RpcError("invalid-argument", `a chunk is a ${chunk.type}, and no part of a snapshot`);
  }
}
