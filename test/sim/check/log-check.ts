// Raft's own guarantees (the extended paper, figure 3), each at the cost of a look-up for each entry:
//
// - Election Safety: whoever speaks as the leader of a term is the same all along.
// - Log Matching: an entry of one index and term is the same everywhere and follows the same one, from
//   which it follows for all before.
// - Leader Completeness: a new leader has the newest entry that was ever committed, and by Log Matching all.
// - State Machine Safety: an index is committed with one term only, and nobody replaces what it committed.
import type { Entry, MemoryStorage, Message, Snapshot } from "../../../packages/raft/src/index.ts";
import type { Work } from "../../../packages/swarmd/src/core/replica/replica.ts";
import { Violation } from "../engine/world.ts";
import type { BadMoment } from "../run-config.ts";

interface KnownEntry {
  readonly previousTerm: number;
  readonly entry: Entry;
}

/** Terms of one run stay far below. */
const termsMax = 2 ** 20;

export class LogCheck {
  /** Told of moments at which a crash is worth a try. */
  momentFound: ((moment: BadMoment, raftId: string) => void) | undefined;
  readonly #leaders = new Map<number, string>();
  readonly #entries = new Map<number, KnownEntry>();
  /** Term of the committed entry at each index. */
  readonly #committed: number[] = [0];
  /** What each member committed. */
  readonly #commits = new Map<string, number>();
  /** Term of the newest message that each member sent as a leader. */
  readonly #lastLed = new Map<string, number>();
  /** The newest work's entries of each member: it may not have saved them yet. */
  readonly #taken = new Map<string, readonly Entry[]>();

  get leadersCount(): number {
    return this.#leaders.size;
  }

  get committedCount(): number {
    return this.#committed.length - 1;
  }

  /** Term with which `index` was committed, if it was. */
  committedTerm(index: number): number | undefined {
    return this.#committed[index];
  }

  /** What the disk gave back must still fit the others' logs. */
  sawStart(raftId: string, storage: MemoryStorage): void {
    const first = storage.firstIndex();
    const entries = storage.entries(first, storage.lastIndex() + 1, Number.MAX_SAFE_INTEGER);
    if (entries === "compacted") return;
    this.#matchEntries(raftId, entries, storage, undefined);
    this.#commits.set(raftId, 0);
    this.#taken.delete(raftId);
    this.#lastLed.delete(raftId);
    this.#sawCommitted(raftId, storage, [], storage.initialState().hardState.commit);
  }

  sawWork(raftId: string, storage: MemoryStorage, work: Work): void {
    const { entries, hardState, snapshot } = work;
    this.#taken.set(raftId, entries);
    if (entries.length > 0) {
      this.#refuseRewriting(raftId, entries, storage);
      this.#matchEntries(raftId, entries, storage, snapshot);
    }
    if (hardState === undefined) return;
    if (snapshot === undefined) this.#sawCommitted(raftId, storage, entries, hardState.commit);
    // Only a leader commits by itself; the others have not heard of it yet.
    if (this.#leaders.get(hardState.term) === raftId) this.momentFound?.("commit", raftId);
  }

  /** Every message, before it is sent; `storage` is what its sender has saved. */
  sawSent(raftId: string, storage: MemoryStorage, message: Message): void {
    const { type, term } = message;
    if (type === "vote-response" && message.granted) this.momentFound?.("vote", raftId);
    if (type === "append-response" && message.rejection === undefined) {
      this.momentFound?.("append", raftId);
    }
    if (
      type !== "append" &&
      type !== "heartbeat" &&
      type !== "snapshot" &&
      type !== "timeout-now"
    ) {
      return;
    }
    if (this.#lastLed.get(raftId) === term) return;
    this.#lastLed.set(raftId, term);
    const leader = this.#leaders.get(term);
    if (leader !== undefined && leader !== raftId) {
      throw new Violation("election safety", `${leader} and ${raftId} both lead term ${term}`);
    }
    this.#leaders.set(term, raftId);
    this.#sawLead(raftId, storage, term);
    this.momentFound?.("lead", raftId);
  }

  #sawLead(raftId: string, storage: MemoryStorage, term: number): void {
    const index = this.#committed.length - 1;
    const committedTerm = this.#committed[index] ?? 0;
    const taken = this.#taken.get(raftId) ?? [];
    const unsaved = taken.find((entry) => entry.index === index);
    const own = unsaved?.term ?? storage.term(index);
    if (own === committedTerm || own === "compacted" || committedTerm >= term) return;
    throw new Violation(
      "leader completeness",
      `${raftId} leads term ${term} without the committed entry ${committedTerm}/${index}; it has ${own}`,
    );
  }

  sawSnapshot(raftId: string, { metadata }: Snapshot): void {
    const { index, term } = metadata;
    const known = this.#committed[index];
    if (known !== term) {
      const message = `${raftId} installs a snapshot of ${term}/${index}, committed is ${known}`;
      throw new Violation("state machine safety", message);
    }
    this.#commits.set(raftId, index);
    this.momentFound?.("install", raftId);
  }

  #matchEntries(
    raftId: string,
    entries: readonly Entry[],
    storage: MemoryStorage,
    snapshot: Snapshot | undefined,
  ): void {
    const [first] = entries;
    if (first === undefined) return;
    const before = snapshot?.metadata.term ?? storage.term(first.index - 1);
    let previousTerm = typeof before === "number" ? before : undefined;
    for (const entry of entries) {
      if (previousTerm !== undefined) this.#matchEntry(raftId, entry, previousTerm);
      previousTerm = entry.term;
    }
  }

  #matchEntry(raftId: string, entry: Entry, previousTerm: number): void {
    const key = entry.index * termsMax + entry.term;
    const known = this.#entries.get(key);
    if (known === undefined) {
      if (previousTerm > entry.term) {
        const message = `${raftId} has ${entry.term}/${entry.index} after an entry of term ${previousTerm}`;
        throw new Violation("log matching", message);
      }
      this.#entries.set(key, { previousTerm, entry });
      return;
    }
    if (known.entry === entry && known.previousTerm === previousTerm) return;
    const isSame = known.previousTerm === previousTerm && isSameEntry(known.entry, entry);
    if (isSame) return;
    const what = `${entry.term}/${entry.index}, which is another one elsewhere or follows another`;
    throw new Violation("log matching", `${raftId} has the entry ${what}`);
  }

  #refuseRewriting(raftId: string, entries: readonly Entry[], storage: MemoryStorage): void {
    const commit = this.#commits.get(raftId) ?? 0;
    for (const { index, term } of entries) {
      if (index > commit) return;
      if (storage.term(index) === term) continue;
      const message = `${raftId} replaces entry ${index}, which it has committed, by one of term ${term}`;
      throw new Violation("state machine safety", message);
    }
  }

  #sawCommitted(
    raftId: string,
    storage: MemoryStorage,
    entries: readonly Entry[],
    commit: number,
  ): void {
    const before = this.#commits.get(raftId) ?? 0;
    if (commit <= before) return;
    this.#commits.set(raftId, commit);
    const [first] = entries;
    for (let index = before + 1; index <= commit; index += 1) {
      const unsaved = first !== undefined && index >= first.index;
      const term = unsaved ? entries[index - first.index]?.term : storage.term(index);
      if (typeof term !== "number") continue;
      const known = this.#committed[index] ?? term;
      if (known !== term) {
        const message = `${raftId} commits ${term}/${index}, where ${known}/${index} was committed`;
        throw new Violation("state machine safety", message);
      }
      this.#committed[index] = term;
    }
  }
}

function isSameEntry(left: Entry, right: Entry): boolean {
  if (left.type !== right.type || left.data.length !== right.data.length) return false;
  return left.data === right.data || left.data.every((byte, at) => byte === right.data[at]);
}
