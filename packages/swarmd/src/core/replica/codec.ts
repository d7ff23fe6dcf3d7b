import type {
  ClusterSnapshot,
  InternalRaftRequest,
  RaftMember,
  StoreAction,
  StoreSnapshot,
} from "@swarmkit/proto/types";
import type { ConfChange, ConfChangeV2, Entry } from "@swarmkit/raft";

/** What stands in entries and snapshots besides the store's own part. Codecs are the shell's. */
export interface MembershipCodec {
  encodeConfChange(change: ConfChange): Uint8Array;
  /** The membership change in an entry; throws for one that this version does not know. */
  decodeConfChange(entry: Entry): ConfChange | ConfChangeV2;
  encodeMember(member: RaftMember): Uint8Array;
  decodeMember(bytes: Uint8Array): RaftMember;
  encodeMembership(membership: ClusterSnapshot): Uint8Array;
  /** Takes a snapshot's data apart; `what` names it for the error that is thrown. */
  splitSnapshot(
    data: Uint8Array,
    what: string,
  ): { readonly membership: ClusterSnapshot; readonly store: Uint8Array };
}

/** What stands in an entry of the store. */
export interface EntryCodec {
  encodeAction(action: StoreAction): Uint8Array;
  /** An entry from actions that are encoded already: each is encoded once. */
  encodeEntry(requestId: bigint, encodedActions: readonly Uint8Array[]): Uint8Array;
  decodeEntry(data: Uint8Array): InternalRaftRequest;
  decodeStore(store: Uint8Array): StoreSnapshot;
}
