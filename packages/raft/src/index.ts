export { type Bootstrap, bootstrapLog } from "./bootstrap.ts";
export type { ConfChange } from "./conf-change.ts";
export type { RawNodeConfig } from "./config.ts";
export type { Entry, EntryType } from "./entry.ts";
export { InvariantError } from "./errors.ts";
export type {
  AppendMessage,
  AppendRejection,
  AppendResponseMessage,
  HeartbeatMessage,
  HeartbeatResponseMessage,
  Message,
  SnapshotMessage,
  VoteMessage,
  VoteResponseMessage,
} from "./message.ts";
export type { ProposeResult, RefusalReason } from "./proposal.ts";
export { compareRaftIds, isRaftId, type RaftId } from "./raft-id.ts";
export { RawNode } from "./raft-node.ts";
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
