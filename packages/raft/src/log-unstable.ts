// The tail of the log that the host has not confirmed as saved, and a received snapshot likewise.
import type { Entry } from "./entry.ts";
import { assert } from "./errors.ts";
import type { Snapshot } from "./state.ts";

/**
 * Invariants: `entries[k].index === offset + k`; every entry below `offset` is saved and agrees with this
 * log; `offset <= offsetInProgress <= offset + entries.length`. What lies in storage at or above `offset`
 * may be older than the entries here, and is never read.
 */
export class UnstableLog {
  entries: Entry[] = [];
  offset: number;
  /** Entries below this one were handed out in a Ready and are being saved. */
  offsetInProgress: number;
  snapshot: Snapshot | undefined = undefined;
  private snapshotInProgress = false;

  constructor(offset: number) {
    this.offset = offset;
    this.offsetInProgress = offset;
  }

  /** Undefined when nothing is unsaved: storage knows. */
  lastIndex(): number | undefined {
    if (this.entries.length > 0) return this.offset + this.entries.length - 1;
    return this.snapshot?.metadata.index;
  }

  /** Undefined for an index that storage must answer for. */
  term(index: number): number | undefined {
    if (index === this.snapshot?.metadata.index) return this.snapshot.metadata.term;
    return this.entries[index - this.offset]?.term;
  }

  slice(low: number, high: number): readonly Entry[] {
    return this.entries.slice(low - this.offset, high - this.offset);
  }

  hasNext(): boolean {
    return this.nextSnapshot() !== undefined || this.offsetInProgress <= (this.lastIndex() ?? 0);
  }

  /** What the next Ready hands out: everything not handed out before. */
  nextEntries(): readonly Entry[] {
    return this.entries.slice(this.offsetInProgress - this.offset);
  }

  nextSnapshot(): Snapshot | undefined {
    return this.snapshotInProgress ? undefined : this.snapshot;
  }

  acceptInProgress(): void {
    this.offsetInProgress = this.offset + this.entries.length;
    this.snapshotInProgress = this.snapshot !== undefined;
  }

  /**
   * The host saved everything up to `index`, whose entry had `term`. A new leader may have replaced that
   * entry while it was being saved; then the confirmation is about entries that no longer count.
   */
  stableTo(index: number, term: number): void {
    if (index < this.offset || this.entries[index - this.offset]?.term !== term) return;
    this.entries = this.entries.slice(index + 1 - this.offset);
    this.offset = index + 1;
    this.offsetInProgress = Math.max(this.offsetInProgress, this.offset);
  }

  stableSnapshotTo(index: number): void {
    if (this.snapshot?.metadata.index !== index) return;
    this.snapshot = undefined;
    this.snapshotInProgress = false;
  }

  restore(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    this.snapshotInProgress = false;
    this.entries = [];
    this.offset = snapshot.metadata.index + 1;
    this.offsetInProgress = this.offset;
  }

  /** Appends, after dropping whatever conflicts: entries at or above the first new index. */
  truncateAndAppend(entries: readonly Entry[]): void {
    const first = entries[0]?.index;
    if (first === undefined) return;
    const end = this.offset + this.entries.length;
    assert(first <= end, `entry ${first} leaves a gap after ${end - 1}`);
    if (first < end) {
      this.entries = this.entries.slice(0, Math.max(0, first - this.offset));
      this.offset = Math.min(this.offset, first);
      this.offsetInProgress = Math.min(this.offsetInProgress, first);
    }
    for (const entry of entries) this.entries.push(entry);
  }
}
