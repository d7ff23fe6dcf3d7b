// One log out of two halves: what storage holds, and what is not saved yet (log-unstable.ts).
import { type Entry, limitEntries } from "./entry.ts";
import { assert, assertCounter } from "./errors.ts";
import { UnstableLog } from "./log-unstable.ts";
import type { AppendMessage, AppendRejection } from "./message.ts";
import type { Snapshot } from "./state.ts";
import type { Storage } from "./storage.ts";

/** Invariants: applied <= committed <= lastIndex(); none of the three ever goes back. */
export class RaftLog {
  readonly unstable: UnstableLog;
  committed: number;
  applied: number;
  private readonly storage: Storage;

  constructor(storage: Storage, commit: number, applied: number) {
    this.storage = storage;
    this.unstable = new UnstableLog(storage.lastIndex() + 1);
    assert(
      commit <= storage.lastIndex(),
      `the saved commit index ${commit} is beyond the saved log, which ends at ` +
        `${storage.lastIndex()}: entries were lost`,
    );
    // A snapshot covers only committed entries, even when the commit index was not flushed with it.
    const compacted = storage.firstIndex() - 1;
    this.committed = Math.max(commit, compacted);
    this.applied = Math.max(applied, compacted);
    assert(
      this.applied <= this.committed,
      `applied ${applied} is beyond the commit index ${commit}`,
    );
  }

  firstIndex(): number {
    const snapshot = this.unstable.snapshot;
    return snapshot === undefined ? this.storage.firstIndex() : snapshot.metadata.index + 1;
  }

  lastIndex(): number {
    return this.unstable.lastIndex() ?? this.storage.lastIndex();
  }

  lastTerm(): number {
    return this.knownTerm(this.lastIndex());
  }

  /** The last index that is saved and belongs to this log. */
  stableIndex(): number {
    return this.unstable.offset - 1;
  }

  term(index: number): number | "compacted" | "unavailable" {
    assertCounter(index, "index");
    const term = this.unstable.term(index);
    if (term !== undefined) return term;
    if (index < this.firstIndex() - 1) return "compacted";
    if (index > this.lastIndex()) return "unavailable";
    return this.storage.term(index);
  }

  /** The term of an entry that must be there. */
  knownTerm(index: number): number {
    const term = this.term(index);
    assert(typeof term === "number", `the term of entry ${index} is ${term}`);
    return term;
  }

  hasEntry(index: number, term: number): boolean {
    return this.term(index) === term;
  }

  /** Entries from `low` up to but without `high`, cut at `bytesMax` but never to nothing. */
  slice(low: number, high: number, bytesMax: number): readonly Entry[] | "compacted" {
    assert(high <= this.lastIndex() + 1, `entries up to ${high} were asked, beyond the log`);
    if (low < this.firstIndex()) return "compacted";
    if (low >= high) return [];
    const { offset } = this.unstable;
    if (low >= offset) return limitEntries(this.unstable.slice(low, high), bytesMax);
    const saved = this.storage.entries(low, Math.min(high, offset), bytesMax);
    if (saved === "compacted" || low + saved.length < Math.min(high, offset)) return saved;
    if (high <= offset) return saved;
    return limitEntries([...saved, ...this.unstable.slice(offset, high)], bytesMax);
  }

  /** §5.4.1: the later last term wins; with equal terms, the longer log. */
  isUpToDate(lastIndex: number, lastTerm: number): boolean {
    const ownTerm = this.lastTerm();
    return lastTerm > ownTerm || (lastTerm === ownTerm && lastIndex >= this.lastIndex());
  }

  /** Appends a leader's own entries; a leader never replaces any (§5.3, Leader Append-Only). */
  append(entries: readonly Entry[]): void {
    assert(
      entries[0]?.index === this.lastIndex() + 1,
      "a leader must append at the end of its log",
    );
    this.unstable.truncateAndAppend(entries);
  }

  /**
   * The receiver's steps 2 to 5 of AppendEntries (figure 2). Answers the last index that now agrees with
   * the leader's log, or undefined when the logs do not meet at the message's previous entry.
   */
  maybeAppend(message: AppendMessage): number | undefined {
    if (!this.hasEntry(message.previousIndex, message.previousTerm)) return undefined;
    const firstIndex = message.entries[0]?.index ?? message.previousIndex + 1;
    assert(
      firstIndex === message.previousIndex + 1,
      "an append must start after its previous entry",
    );
    const lastNewIndex = message.previousIndex + message.entries.length;
    const conflict = message.entries.findIndex((entry) => !this.hasEntry(entry.index, entry.term));
    if (conflict >= 0) {
      const fresh = message.entries.slice(conflict);
      const first = message.previousIndex + conflict + 1;
      assert(first > this.committed, `entry ${first} conflicts with a committed entry`);
      this.unstable.truncateAndAppend(fresh);
    }
    this.commitTo(Math.min(message.commit, lastNewIndex));
    return lastNewIndex;
  }

  /**
   * The newest entry at or before `index` whose term is at most `term`: beyond it the two logs cannot
   * agree, since terms never decrease along a log (the optimisation at the end of §5.3). Both sides use
   * it, so that one exchange skips a whole term.
   */
  findMeetingPoint(index: number, term: number): AppendRejection {
    for (let hintIndex = index; hintIndex > 0; hintIndex -= 1) {
      const ownTerm = this.term(hintIndex);
      if (typeof ownTerm !== "number") return { hintIndex, hintTerm: 0 };
      if (ownTerm <= term) return { hintIndex, hintTerm: ownTerm };
    }
    return { hintIndex: 0, hintTerm: 0 };
  }

  commitTo(index: number): void {
    if (index <= this.committed) return;
    assert(
      index <= this.lastIndex(),
      `the group committed entry ${index}, but this log ends at ${this.lastIndex()}: ` +
        "entries that were acknowledged are gone",
    );
    this.committed = index;
  }

  appliedTo(index: number): void {
    assert(index <= this.committed, `entry ${index} was applied before it was committed`);
    this.applied = Math.max(this.applied, index);
  }

  hasNextCommitted(): boolean {
    return this.unstable.snapshot === undefined && this.applied < this.applicableIndex();
  }

  /**
   * Committed, saved, not applied. Unsaved ones wait for their own Ready to be done, which lets the host
   * apply these while it saves others.
   */
  nextCommitted(bytesMax: number): readonly Entry[] {
    if (!this.hasNextCommitted()) return [];
    const entries = this.slice(this.applied + 1, this.applicableIndex() + 1, bytesMax);
    assert(
      entries !== "compacted",
      `entry ${this.applied + 1} was compacted before it was applied`,
    );
    return entries;
  }

  /** The newest snapshot there is to send. */
  snapshot(): Snapshot {
    return this.unstable.snapshot ?? this.storage.snapshot();
  }

  /** Replaces the whole log by a leader's snapshot (§7). */
  restore(snapshot: Snapshot): void {
    assert(snapshot.metadata.index > this.committed, "a snapshot must not take the log back");
    this.committed = snapshot.metadata.index;
    this.unstable.restore(snapshot);
  }

  private applicableIndex(): number {
    return Math.min(this.committed, this.stableIndex());
  }
}
