import type { ReplicaLog, ReplicatedStore } from "../core/replica/replicated-store.ts";

/** A log of one member that commits when it is told to. */
export class ManualLog implements ReplicaLog {
  isLeader = true;
  /** Takes nothing any more, although it has not noticed that it does not lead. */
  isStopped = false;
  /** Entries that fit at once. */
  capacity: number = Number.POSITIVE_INFINITY;
  /** Whether leadership is being handed over. */
  isTransferring = false;
  readonly entries: {
    readonly index: number;
    readonly data: Uint8Array;
    readonly isConfChange?: boolean;
  }[] = [];
  /** Contexts of the reads that were asked for. */
  readonly reads: Uint8Array[] = [];
  committed = 0;

  lastIndex(): number {
    return this.entries.length;
  }

  propose(data: Uint8Array): ReturnType<ReplicaLog["propose"]> {
    return this.#append(data, false);
  }

  proposeConfChange(): ReturnType<ReplicaLog["proposeConfChange"]> {
    return this.#append(new Uint8Array(), true);
  }

  readIndex(context: Uint8Array): ReturnType<ReplicaLog["readIndex"]> {
    this.reads.push(context);
    return { ok: true };
  }

  /** A quorum confirms the oldest question. */
  confirmRead(store: ReplicatedStore): void {
    const context = this.reads.shift();
    if (context !== undefined) store.readReady(context);
  }

  /** Gives the next entry to the store; false when all are committed. */
  commitNext(store: ReplicatedStore): boolean {
    const entry = this.entries[this.committed];
    if (entry === undefined) return false;
    this.committed += 1;
    if (entry.isConfChange === true) store.confChangeApplied(entry.index);
    else store.applyEntry(entry);
    return true;
  }

  commitAll(store: ReplicatedStore): void {
    while (this.commitNext(store));
  }

  #append(data: Uint8Array, isConfChange: boolean): ReturnType<ReplicaLog["propose"]> {
    if (!this.isLeader) return { ok: false, reason: "not-leader" };
    if (this.isStopped) return { ok: false, reason: "stopped" };
    if (this.isTransferring) return { ok: false, reason: "transfer-pending" };
    if (this.entries.length - this.committed >= this.capacity) {
      return { ok: false, reason: "queue-full" };
    }
    const index = this.entries.length + 1;
    this.entries.push({ index, data, isConfChange });
    return { ok: true, index };
  }
}
