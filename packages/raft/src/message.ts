// What members say to each other. The codec to raftpb is the host's. Proposals of others are not here on
// purpose: only the leader's own host proposes, and a forwarded proposal is dropped before it gets here. What
// raftpb has besides never leaves a member, and is a method of RawNode or a tick.
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
  /** The leader asked for this election, so that its lease does not stand against it. raftpb: context. */
  readonly isTransfer?: boolean;
}

/**
 * Asks whether a vote would be given (the thesis, §9.6); `term` is the one an election would start, which
 * nobody enters yet. raftpb: MsgPreVote.
 */
export interface PreVoteMessage extends Envelope {
  readonly type: "pre-vote";
  readonly lastIndex: number;
  readonly lastTerm: number;
}

/** The answer: granted in the term that was asked about, refused in the answering member's own. */
export interface PreVoteResponseMessage extends Envelope {
  readonly type: "pre-vote-response";
  readonly granted: boolean;
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

/**
 * Asks the leader to hand over to `from`, which need not be the sender: any member may pass the wish of its
 * host on. raftpb: MsgTransferLeader.
 */
export interface TransferLeaderMessage extends Envelope {
  readonly type: "transfer-leader";
}

/** The leader's word to its successor, which has all entries: start an election at once (the thesis, §3.10). */
export interface TimeoutNowMessage extends Envelope {
  readonly type: "timeout-now";
}

/**
 * Asks the leader for an index to read at. `term` is 0: the question is not bound to one. raftpb: MsgReadIndex,
 * `context` being the data of its only entry, as in the answer.
 */
export interface ReadIndexMessage extends Envelope {
  readonly type: "read-index";
  readonly context: Uint8Array;
}

/** A follower that has applied `index` may serve the read. raftpb: MsgReadIndexResp. */
export interface ReadIndexResponseMessage extends Envelope {
  readonly type: "read-index-response";
  readonly index: number;
  readonly context: Uint8Array;
}

/** Everything one member may send to another. */
export type Message =
  | VoteMessage
  | VoteResponseMessage
  | PreVoteMessage
  | PreVoteResponseMessage
  | AppendMessage
  | AppendResponseMessage
  | HeartbeatMessage
  | HeartbeatResponseMessage
  | SnapshotMessage
  | TransferLeaderMessage
  | TimeoutNowMessage
  | ReadIndexMessage
  | ReadIndexResponseMessage;

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

/** Answers make sense only from members: a stranger's would be about a membership that is no longer. */
export function isResponse(message: Message): boolean {
  return message.type.endsWith("-response");
}

/** These carry a term that nobody has entered yet, and nobody enters it for them. */
export function isAboutNextTerm(message: Message): boolean {
  return message.type === "pre-vote" || (message.type === "pre-vote-response" && message.granted);
}
