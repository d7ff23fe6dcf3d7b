// The real codec, which decodes each entry and snapshot once: all managers of a run share the bytes, and
// what is decoded never changes.
import type {
  ClusterSnapshot,
  InternalRaftRequest,
  StoreSnapshot,
} from "../../../packages/proto/gen/types.ts";
import type {
  EntryCodec,
  MembershipCodec,
} from "../../../packages/swarmd/src/core/replica/codec.ts";
import { replicaCodec } from "../../../packages/swarmd/src/shell/raft/replica-codec.ts";

const entries = new WeakMap<Uint8Array, InternalRaftRequest>();
const stores = new WeakMap<Uint8Array, StoreSnapshot>();
const snapshots = new WeakMap<
  Uint8Array,
  { readonly membership: ClusterSnapshot; readonly store: Uint8Array }
>();

export const codec: EntryCodec & MembershipCodec = {
  ...replicaCodec,
  decodeEntry: (data) => once(entries, data, () => replicaCodec.decodeEntry(data)),
  decodeStore: (store) => once(stores, store, () => replicaCodec.decodeStore(store)),
  splitSnapshot: (data, what) =>
    once(snapshots, data, () => replicaCodec.splitSnapshot(data, what)),
};

function once<T>(known: WeakMap<Uint8Array, T>, bytes: Uint8Array, decode: () => T): T {
  const before = known.get(bytes);
  if (before !== undefined) return before;
  const decoded = decode();
  known.set(bytes, decoded);
  return decoded;
}
