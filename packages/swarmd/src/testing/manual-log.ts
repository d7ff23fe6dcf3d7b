import type { RaftLog, ReplicatedStore } from "../shell/manager/replicated-store.ts";

/** A log of one member that commits when it is told to. */
export class ManualLog implements RaftLog {
  isLeader = true;
  /** Takes nothing any more, although it has not noticed that it does not lead. */
  isStopped = false;
  /** Entries that fit at once. */
  capacity: number = Number.POSITIVE_INFINITY;
  readonly entries: { readonly index: number; readonly data: Uint8Array }[] = [];
  committed = 0;

  lastIndex(): number {
    return this.entries.length;
  }

  propose(data: Uint8Array): ReturnType<RaftLog["propose"]> {
    if (!this.isLeader) return { ok: false, reason: "not-leader" };
    if (this.isStopped) return { ok: false, reason: "stopped" };
    if (this.entries.length - this.committed >= this.capacity) {
      return { ok: false, reason: "queue-full" };
    }
    this.entries.push({ index: this.entries.length + 1, data });
    return { ok: true };
  }

  /** Gives the next entry to the store; false when all are committed. */
  commitNext(store: ReplicatedStore): boolean {
    const entry = this.entries[this.committed];
    if (entry === undefined) return false;
    this.committed += 1;
    store.applyEntry(entry);
    return true;
  }

  commitAll(store: ReplicatedStore): void {
    while (this.commitNext(store));
  }
}
