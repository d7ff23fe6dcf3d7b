// How a few fields look in memory when the plain rule for their wire type would not do. The
// generator reads these tables; after a change run `pnpm generate`.
//
// Keys are `Message.field` in the .proto's own words, without the package docker.swarmkit.v1.

/**
 * 64-bit fields held as decimal strings, each with the reason. Everything else of 64 bits is a
 * `number`, which the codec asserts to be a safe integer.
 */
export const decimalStringFields: Readonly<Record<string, string>> = {
  "RaftMember.raft_id": "Raft ids are random over 63 bits.",
  "ManagerStatus.raft_id": "Raft ids are random over 63 bits.",
  "ResolveAddressRequest.raft_id": "Raft ids are random over 63 bits.",
  "JoinResponse.raft_id": "Raft ids are random over 63 bits.",
  "JoinResponse.removed_members": "Raft ids are random over 63 bits.",
  "ClusterSnapshot.removed": "Raft ids are random over 63 bits.",
  "raftpb.Message.to": "Raft ids are random over 63 bits.",
  "raftpb.Message.from": "Raft ids are random over 63 bits.",
  "raftpb.HardState.vote": "Raft ids are random over 63 bits.",
  "raftpb.ConfState.voters": "Raft ids are random over 63 bits.",
  "raftpb.ConfState.learners": "Raft ids are random over 63 bits.",
  "raftpb.ConfState.voters_outgoing": "Raft ids are random over 63 bits.",
  "raftpb.ConfState.learners_next": "Raft ids are random over 63 bits.",
  "raftpb.ConfChange.id": "A request id fills 64 bits: member prefix, time, counter.",
  "raftpb.ConfChange.node_id": "Raft ids are random over 63 bits.",
  "raftpb.ConfChangeSingle.node_id": "Raft ids are random over 63 bits.",
  "InternalRaftRequest.id": "A request id fills 64 bits: member prefix, time, counter.",
  "EncryptionKey.lamport_time": "A peer's clock, only compared and passed on.",
  "Cluster.encryption_key_lamport_clock": "A peer's clock, only compared and passed on.",
};

/** Enum fields that carry a set of values as a bit mask; they are numbers, each with the reason. */
export const bitMaskFields: Readonly<Record<string, string>> = {
  "WatchRequest.WatchEntry.action": "Several kinds of action may be watched at once.",
};
