import { getCodec } from "@swarmkit/proto";
import type { EntryCodec, MembershipCodec } from "../../core/replica/codec.ts";
import { decodeConfChange, encodeConfChange } from "./conf-change-codec.ts";
import { decodeRaftEntry, encodeAction, encodeRaftEntry } from "./raft-entry.ts";
import { splitSnapshotData } from "./snapshot-data.ts";

/** The core's codecs, in SwarmKit's formats. */
export const replicaCodec: EntryCodec & MembershipCodec = {
  encodeConfChange,
  decodeConfChange,
  encodeMember: (member) => getCodec("RaftMember").encode(member),
  decodeMember: (bytes) => getCodec("RaftMember").decode(bytes),
  encodeMembership: (membership) => getCodec("ClusterSnapshot").encode(membership),
  splitSnapshot: (data, what) => {
    const { membership, store } = splitSnapshotData(data, what);
    return { membership: getCodec("ClusterSnapshot").decode(membership), store };
  },
  encodeAction,
  encodeEntry: encodeRaftEntry,
  decodeEntry: decodeRaftEntry,
  decodeStore: (store) => getCodec("StoreSnapshot").decode(store),
};
