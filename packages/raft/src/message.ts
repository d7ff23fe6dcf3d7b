// What members say to each other. The codec to raftpb is the host's. Proposals of others are not here on
// purpose: only the leader's own host proposes, and a forwarded proposal is dropped before it gets here.
import type { Entry } from "./entry.ts";
import type { RaftId } from "./raft-id.ts";
import type { Snapshot } from "./state.ts";

interface Envelope {
  readonly from: RaftId;
  readonly to: RaftId;
  /** The sender's current term. */
  readonly term: number;
}

/** RequestVote (§5.2); the two fields let the voter compare logs (§5.4.1). raftpb: MsgVote index, logTerm. */
export interface VoteMessage extends Envelope {
  readonly type: "vote";
  readonly lastIndex: number;
  readonly lastTerm: number;
}

/** The answer to a vote. raftpb: MsgVoteResp, `reject` is the opposite of `granted`. */
export interface VoteResponseMessage extends Envelope {
  readonly type: "vote-response";
  readonly granted: boolean;
}

/** AppendEntries (§5.3). raftpb: MsgApp with index = previousIndex and logTerm = previousTerm. */
export interface AppendMessage extends Envelope {
  readonly type: "append";
  readonly previousIndex: number;
  readonly previousTerm: number;
  /** Consecutive, the first at previousIndex + 1; may be empty. */
  readonly entries: readonly Entry[];
  readonly commit: number;
}

/** Where the logs may still agree. raftpb: rejectHint and logTerm of a rejecting MsgAppResp. */
export interface AppendRejection {
  readonly hintIndex: number;
  /** The follower's term at `hintIndex`, or 0 when it does not know (also from peers without this field). */
  readonly hintTerm: number;
}

/**
 * The answer to an append or a snapshot. Accepted: `index` is the last entry known to agree. Rejected:
 * `index` repeats the append's previousIndex, so that a late answer is told from a current one.
 */
export interface AppendResponseMessage extends Envelope {
  readonly type: "append-response";
  readonly index: number;
  readonly rejection: AppendRejection | undefined;
}

/** A leader's sign of life; `commit` never exceeds what the receiver is known to have. */
export interface HeartbeatMessage extends Envelope {
  readonly type: "heartbeat";
  readonly commit: number;
  /** Echoed in the answer; empty unless the sender matches answers to questions. */
  readonly context: Uint8Array;
}

/** The answer to a heartbeat. */
export interface HeartbeatResponseMessage extends Envelope {
  readonly type: "heartbeat-response";
  readonly context: Uint8Array;
}

/** InstallSnapshot (§7), in one piece; the transport may cut it. */
export interface SnapshotMessage extends Envelope {
  readonly type: "snapshot";
  readonly snapshot: Snapshot;
}

/** Everything one member may send to another. */
export type Message =
  | VoteMessage
  | VoteResponseMessage
  | AppendMessage
  | AppendResponseMessage
  | HeartbeatMessage
  | HeartbeatResponseMessage
  | SnapshotMessage;

/** A message before the sender's id and term are filled in. */
export type Draft = Message extends infer Kind
  ? Kind extends Message
    ? Omit<Kind, "from" | "term">
    : never
  : never;

/** Only a leader sends these, so the sender is the leader of the message's term. */
export function isFromLeader(message: Message): boolean {
  return message.type === "append" || message.type === "heartbeat" || message.type === "snapshot";
}
