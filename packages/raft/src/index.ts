export { type Bootstrap, bootstrapLog } from "./bootstrap.ts";
export {
  type ConfChange,
  type ConfChangeRefusal,
  type ConfChangeResult,
  type ConfChangeSingle,
  type ConfChangeTransition,
  type ConfChangeType,
  type ConfChangeV2,
  isConfChangeV2,
  tryConfChange,
} from "./conf-change.ts";
export {
  type CompleteConfState,
  compactConfState,
  completeConfState,
  confStateMembers,
  isJoint,
} from "./conf-state.ts";
export { pendingReadsMax, type RawNodeConfig } from "./config.ts";
export type { Entry, EntryType } from "./entry.ts";
export { InvariantError } from "./errors.ts";
export type {
  AppendMessage,
  AppendRejection,
  AppendResponseMessage,
  HeartbeatMessage,
  HeartbeatResponseMessage,
  Message,
  PreVoteMessage,
  PreVoteResponseMessage,
  ReadIndexMessage,
  ReadIndexResponseMessage,
  SnapshotMessage,
  TimeoutNowMessage,
  TransferLeaderMessage,
  VoteMessage,
  VoteResponseMessage,
} from "./message.ts";
export type { ProposeResult, RefusalReason } from "./proposal.ts";
export { compareRaftIds, isRaftId, type RaftId } from "./raft-id.ts";
export { RawNode } from "./raft-node.ts";
export type { ReadIndexResult, ReadState } from "./read-index.ts";
export type { Ready } from "./ready.ts";
export type {
  ConfState,
  HardState,
  Role,
  Snapshot,
  SnapshotMetadata,
  SoftState,
} from "./state.ts";
export type { MemberProgress, Status } from "./status.ts";
export { MemoryStorage, type Storage } from "./storage.ts";
export type { ProgressState } from "./tracker/progress.ts";
export type { TransferResult } from "./transfer.ts";
