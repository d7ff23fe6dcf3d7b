/**
 * Raft's messages as raftpb.Message. The general codec costs about two microseconds a message, a small
 * part of what a message costs on its way, so there is no codec by hand here.
 */
import {
  getCodec,
  type RaftpbEntry,
  type RaftpbEntryType,
  type RaftpbMessage,
  type RaftpbMessageType,
  type RaftpbSnapshot,
} from "@swarmkit/proto";
import {
  compactConfState,
  completeConfState,
  type Entry,
  type EntryType,
  isRaftId,
  type Message,
  type Snapshot,
} from "@swarmkit/raft";

/**
 * What came in. A message is dropped when it is none that a member takes from another: proposals, what
 * never leaves a member, types that nobody knows, and contents that do not fit the type.
 */
export type ReceivedMessage =
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "dropped"; readonly reason: string };

/** The context of a vote that the leader asked for, as etcd spells it. */
const transferContext = new TextEncoder().encode("CampaignTransfer");

const entryTypes: Readonly<Record<EntryType, RaftpbEntryType>> = {
  normal: "EntryNormal",
  "conf-change": "EntryConfChange",
  "conf-change-v2": "EntryConfChangeV2",
};

/** A raftpb.Message; the bytes are the caller's. */
export function encodeMessage(message: Message): Uint8Array {
  return getCodec("RaftpbMessage").encode(toPlainMessage(message));
}

/** The inverse. Throws a DecodeError for bytes that are no raftpb.Message. */
export function decodeMessage(bytes: Uint8Array): ReceivedMessage {
  return fromPlainMessage(getCodec("RaftpbMessage").decode(bytes));
}

/** A message in raftpb's parts. */
export function toPlainMessage(message: Message): RaftpbMessage {
  const { from, to, term } = message;
  const parts = { ...nothing, from, to, term };
  switch (message.type) {
    case "vote": {
      const { lastIndex: index, lastTerm: logTerm, isTransfer } = message;
      const context = isTransfer === true ? transferContext : none;
      return { ...parts, type: "MsgVote", index, logTerm, context };
    }
    case "pre-vote": {
      const { lastIndex: index, lastTerm: logTerm } = message;
      return { ...parts, type: "MsgPreVote", index, logTerm };
    }
    case "vote-response":
      return { ...parts, type: "MsgVoteResp", reject: !message.granted };
    case "pre-vote-response":
      return { ...parts, type: "MsgPreVoteResp", reject: !message.granted };
    case "append": {
      const { previousIndex: index, previousTerm: logTerm, commit } = message;
      const entries = message.entries.map(toPlainEntry);
      return { ...parts, type: "MsgApp", index, logTerm, commit, entries };
    }
    case "append-response": {
      const { index, rejection } = message;
      const accepted = { ...parts, type: "MsgAppResp", index } as const;
      if (rejection === undefined) return accepted;
      const { hintIndex: rejectHint, hintTerm: logTerm } = rejection;
      return { ...accepted, reject: true, rejectHint, logTerm };
    }
    case "heartbeat":
      return { ...parts, type: "MsgHeartbeat", commit: message.commit, context: message.context };
    case "heartbeat-response":
      return { ...parts, type: "MsgHeartbeatResp", context: message.context };
    case "snapshot":
      return { ...parts, type: "MsgSnap", snapshot: toPlainSnapshot(message.snapshot) };
    case "transfer-leader":
      return { ...parts, type: "MsgTransferLeader" };
    case "timeout-now":
      return { ...parts, type: "MsgTimeoutNow" };
    case "read-index":
      return { ...parts, type: "MsgReadIndex", entries: [contextEntry(message.context)] };
    case "read-index-response": {
      const entries = [contextEntry(message.context)];
      return { ...parts, type: "MsgReadIndexResp", index: message.index, entries };
    }
  }
}

/** A message from raftpb's parts. */
export function fromPlainMessage(plain: RaftpbMessage): ReceivedMessage {
  if (!isRaftId(plain.from) || !isRaftId(plain.to)) return drop(`${plain.type} without a sender`);
  const read = readers[plain.type];
  const message = read?.(plain);
  return message === undefined ? drop(plain.type) : { kind: "message", message };
}

type Reader = (plain: RaftpbMessage) => Message | undefined;

const readers: Partial<Record<RaftpbMessageType, Reader>> = {
  MsgVote: (plain) => ({
    ...envelope(plain),
    type: "vote",
    ...lastEntry(plain),
    ...(Buffer.compare(plain.context, transferContext) === 0 ? { isTransfer: true } : {}),
  }),
  MsgPreVote: (plain) => ({ ...envelope(plain), type: "pre-vote", ...lastEntry(plain) }),
  MsgVoteResp: (plain) => ({ ...envelope(plain), type: "vote-response", granted: !plain.reject }),
  MsgPreVoteResp: (plain) => ({
    ...envelope(plain),
    type: "pre-vote-response",
    granted: !plain.reject,
  }),
  MsgApp: readAppend,
  MsgAppResp: (plain) => {
    const { index, reject, rejectHint: hintIndex, logTerm: hintTerm } = plain;
    const rejection = reject ? { hintIndex, hintTerm } : undefined;
    return { ...envelope(plain), type: "append-response", index, rejection };
  },
  MsgHeartbeat: (plain) => {
    const { commit, context } = plain;
    return { ...envelope(plain), type: "heartbeat", commit, context };
  },
  MsgHeartbeatResp: (plain) => ({
    ...envelope(plain),
    type: "heartbeat-response",
    context: plain.context,
  }),
  MsgSnap: (plain) => {
    const { data, metadata } = plain.snapshot;
    const { index, term } = metadata;
    const confState = compactConfState(metadata.confState);
    if (index === 0 || confState.voters.length === 0) return undefined;
    const snapshot = { data, metadata: { index, term, confState } };
    return { ...envelope(plain), type: "snapshot", snapshot };
  },
  MsgTransferLeader: (plain) => ({ ...envelope(plain), type: "transfer-leader" }),
  MsgTimeoutNow: (plain) => ({ ...envelope(plain), type: "timeout-now" }),
  MsgReadIndex: (plain) => {
    const context = readContext(plain);
    return context && { ...envelope(plain), type: "read-index", context };
  },
  MsgReadIndexResp: (plain) => {
    const context = readContext(plain);
    const { index } = plain;
    return context && { ...envelope(plain), type: "read-index-response", index, context };
  },
};

function envelope({ from, to, term }: RaftpbMessage): Pick<Message, "from" | "to" | "term"> {
  return { from, to, term };
}

function lastEntry({ index, logTerm }: RaftpbMessage): { lastIndex: number; lastTerm: number } {
  return { lastIndex: index, lastTerm: logTerm };
}

function readAppend(plain: RaftpbMessage): Message | undefined {
  const { index: previousIndex, logTerm: previousTerm, commit } = plain;
  const entries: Entry[] = [];
  for (const { Term: term, Index: index, Type, Data: data } of plain.entries) {
    const type = ourEntryType(Type);
    // A gap would break the log; nobody who speaks raft sends one.
    if (type === undefined || index !== previousIndex + entries.length + 1) return undefined;
    entries.push({ term, index, type, data });
  }
  return { ...envelope(plain), type: "append", previousIndex, previousTerm, entries, commit };
}

function readContext({ entries }: RaftpbMessage): Uint8Array | undefined {
  return entries.length === 1 ? entries[0]?.Data : undefined;
}

function contextEntry(context: Uint8Array): RaftpbEntry {
  return { Type: "EntryNormal", Term: 0, Index: 0, Data: context };
}

function toPlainEntry({ type, term, index, data }: Entry): RaftpbEntry {
  return { Type: entryTypes[type], Term: term, Index: index, Data: data };
}

function ourEntryType(theirs: RaftpbEntryType): EntryType | undefined {
  for (const type of Object.keys(entryTypes) as EntryType[]) {
    if (entryTypes[type] === theirs) return type;
  }
  return undefined;
}

function toPlainSnapshot({ data, metadata }: Snapshot): RaftpbSnapshot {
  const { index, term, confState } = metadata;
  return { data, metadata: { index, term, confState: completeConfState(confState) } };
}

function drop(reason: string): ReceivedMessage {
  return { kind: "dropped", reason };
}

const none: Uint8Array = new Uint8Array();

/** The parts that a message does not use are sent as zeros, as etcd's members do. */
const nothing: Omit<RaftpbMessage, "type" | "from" | "to" | "term"> = {
  logTerm: 0,
  index: 0,
  entries: [],
  commit: 0,
  snapshot: toPlainSnapshot({
    data: none,
    metadata: { index: 0, term: 0, confState: { voters: [] } },
  }),
  reject: false,
  rejectHint: 0,
  context: none,
};
