/** A committed entry with data in it: an encoded InternalRaftRequest. */
export interface AppliedEntry {
  readonly index: number;
  readonly term: number;
  readonly data: Uint8Array;
}

/**
 * What the driver drives: the store and the manager around it. All methods are called one at a time, never
 * from within a call of the driver's. Throwing means that the store cannot go on: it ends the driver.
 */
export interface RaftHost {
  /**
   * A committed entry, in the order of the log, each once. `isOwn` tells that this member proposed it
   * and has led ever since, so that it is in the speculative state already.
   */
  applyEntry(entry: AppliedEntry, isOwn: boolean): void;
  /** Replace the store by an encoded StoreSnapshot, which stands for all entries up to `index`. */
  restoreSnapshot(store: Uint8Array, index: number): void;
  /** Captures the store as it is now; what is returned encodes it as a StoreSnapshot, later. */
  takeSnapshot(): () => Uint8Array;
  /**
   * Leadership as the manager shall act on it: begins when all earlier entries are applied. When it ends,
   * proposals in flight are lost to this member, even if they are committed after all.
   */
  leadershipChanged(isLeader: boolean): void;
  /** The log can no longer be kept; the process has to end. Comes after leadershipChanged(false). */
  fatal(error: Error): void;
}
