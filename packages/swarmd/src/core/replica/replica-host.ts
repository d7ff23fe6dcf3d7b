/** A committed entry with data in it: an encoded InternalRaftRequest. */
export interface AppliedEntry {
  readonly index: number;
  readonly term: number;
  readonly data: Uint8Array;
}

/**
 * What a replica brings its decisions to: the store and the manager around it. Called from within the
 * replica's apply(), one at a time; proposing from there is allowed. Throwing means that the store
 * cannot go on.
 */
export interface ReplicaHost {
  /** A committed entry, in the order of the log, each once. */
  applyEntry(entry: AppliedEntry): void;
  /** The membership change at `index` is committed and in force. */
  confChangeApplied(index: number): void;
  /** Replace the store by an encoded StoreSnapshot, which stands for all entries up to `index`. */
  restoreSnapshot(store: Uint8Array, index: number): void;
  /**
   * Leadership as the manager shall act on it: begins when all earlier entries are applied. When it ends,
   * proposals in flight are lost to this member, even if they are committed after all.
   */
  leadershipChanged(isLeader: boolean): void;
  /** Another member leads, or none is known; also told of this member's own leadership. */
  leaderChanged(): void;
  /** The members, or their addresses, are others. */
  membersChanged(): void;
  /** This member was removed from the group: it must stop. */
  removed(): void;
  /** The read that was asked for with this context may be served now. */
  readReady(context: Uint8Array): void;
}
