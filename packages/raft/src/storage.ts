// The saved part of the log as raft reads it. The host owns writing: it saves what a Ready carries and only
// then calls advance(). Reading is synchronous, so a host with a file keeps the entries in memory as well.
import { compactConfState } from "./conf-state.ts";
import { type Entry, limitEntries } from "./entry.ts";
import { assert } from "./errors.ts";
import type { ConfState, HardState, Snapshot } from "./state.ts";

/** Answers must agree with what was saved; raft never asks about entries that it still holds unsaved. */
export interface Storage {
  /** Read once at start. `confState` is the membership at the `applied` index given in the config. */
  initialState(): { readonly hardState: HardState; readonly confState: ConfState };
  /** The oldest entry that can still be read: one after the compaction point. 1 in an empty log. */
  firstIndex(): number;
  /** firstIndex() - 1 when there is no entry. */
  lastIndex(): number;
  /** Also answers for firstIndex() - 1: its term is needed to append the entry after it. */
  term(index: number): number | "compacted" | "unavailable";
  /** Entries from `low` up to but without `high`, cut at `bytesMax` but never to nothing. */
  entries(low: number, high: number, bytesMax: number): readonly Entry[] | "compacted";
  /** The newest snapshot. Its index is never below firstIndex() - 1. */
  snapshot(): Snapshot;
}

/**
 * A log in memory: the read side of a host that also writes to a file, and the whole storage in tests.
 * Invariant: `entries[k].index === compactedIndex + 1 + k`.
 */
export class MemoryStorage implements Storage {
  private hardState: HardState = { term: 0, vote: undefined, commit: 0 };
  private newestSnapshot: Snapshot;
  private compactedIndex = 0;
  private compactedTerm = 0;
  private log: Entry[] = [];

  /** `confState` founds a group whose membership does not come from its log. */
  constructor(confState: ConfState = { voters: [] }) {
    const metadata = { index: 0, term: 0, confState: compactConfState(confState) };
    this.newestSnapshot = { metadata, data: new Uint8Array() };
  }

  initialState(): { readonly hardState: HardState; readonly confState: ConfState } {
    return { hardState: this.hardState, confState: this.newestSnapshot.metadata.confState };
  }

  firstIndex(): number {
    return this.compactedIndex + 1;
  }

  lastIndex(): number {
    return this.compactedIndex + this.log.length;
  }

  term(index: number): number | "compacted" | "unavailable" {
    if (index < this.compactedIndex) return "compacted";
    if (index === this.compactedIndex) return this.compactedTerm;
    return this.log[index - this.firstIndex()]?.term ?? "unavailable";
  }

  entries(low: number, high: number, bytesMax: number): readonly Entry[] | "compacted" {
    if (low < this.firstIndex()) return "compacted";
    assert(high <= this.lastIndex() + 1, `entries up to ${high} were asked, beyond the log`);
    const first = this.firstIndex();
    return limitEntries(this.log.slice(low - first, high - first), bytesMax);
  }

  snapshot(): Snapshot {
    return this.newestSnapshot;
  }

  /** Replaces everything from the first given index on, as the log of a new leader does (§5.3). */
  append(entries: readonly Entry[]): void {
    const retained = entries.filter((entry) => entry.index > this.compactedIndex);
    const first = retained[0];
    if (first === undefined) return;
    assert(first.index <= this.lastIndex() + 1, `entry ${first.index} leaves a gap in the log`);
    this.log.length = first.index - this.firstIndex();
    for (const entry of retained) {
      assert(entry.index === this.lastIndex() + 1, `entry ${entry.index} is out of order`);
      this.log.push(entry);
    }
  }

  setHardState(hardState: HardState): void {
    this.hardState = hardState;
  }

  /** Installs a snapshot of a leader. Entries up to its index go; none after it can be trusted. */
  applySnapshot(snapshot: Snapshot): void {
    const { index, term } = snapshot.metadata;
    assert(index > this.newestSnapshot.metadata.index, `snapshot ${index} is not newer`);
    this.newestSnapshot = snapshot;
    this.compactedIndex = index;
    this.compactedTerm = term;
    this.log = [];
  }

  /** Records the host's own snapshot at an applied index. The log stays until compact(). */
  createSnapshot(index: number, confState: ConfState, data: Uint8Array): Snapshot {
    assert(index > this.newestSnapshot.metadata.index, `snapshot ${index} is not newer`);
    const term = this.term(index);
    assert(typeof term === "number", `snapshot ${index} is outside the log`);
    this.newestSnapshot = {
      metadata: { index, term, confState: compactConfState(confState) },
      data,
    };
    return this.newestSnapshot;
  }

  /**
   * Forgets entries up to and including `index`. Never beyond the newest snapshot: a follower that needs
   * a forgotten entry can only be helped by a snapshot that covers it.
   */
  compact(index: number): void {
    assert(index <= this.newestSnapshot.metadata.index, `no snapshot covers entry ${index}`);
    if (index <= this.compactedIndex) return;
    const term = this.term(index);
    assert(typeof term === "number", `entry ${index} is outside the log`);
    this.log = this.log.slice(index - this.compactedIndex);
    this.compactedIndex = index;
    this.compactedTerm = term;
  }
}
