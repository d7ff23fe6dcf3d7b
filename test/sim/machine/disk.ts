// One manager's disk, record by record as swarmd's log writes them: appended in memory, handed to the
// kernel, durable. A killed process loses what the kernel does not have; a power failure loses any
// end of what is not durable. Starting again reads it as shell/raft/raft-log.ts does.
import {
  type Entry,
  type HardState,
  MemoryStorage,
  type Snapshot,
  type SnapshotMetadata,
} from "../../../packages/raft/src/index.ts";
import type { Random } from "../engine/random.ts";

export type DiskRecord =
  | { readonly kind: "entry"; readonly entry: Entry }
  | { readonly kind: "state"; readonly hardState: HardState }
  | { readonly kind: "snapshot"; readonly metadata: SnapshotMetadata };

export interface DiskConditions {
  /** Mean time of an fsync. */
  readonly syncMs: number;
  /** Share of the fsyncs that take up to `stallMsMax` longer. */
  readonly stallShare: number;
  readonly stallMsMax: number;
  /** Share of the fsyncs that fail. */
  readonly failureShare: number;
  readonly isFull: boolean;
}

export const goodDisk: DiskConditions = {
  syncMs: 0.8,
  stallShare: 0,
  stallMsMax: 0,
  failureShare: 0,
  isFull: false,
};

/** What a start finds. */
export interface Recovered {
  readonly storage: MemoryStorage;
  readonly snapshot: Snapshot | undefined;
}

export class SimDisk {
  conditions: DiskConditions = goodDisk;
  protected records: DiskRecord[] = [];
  protected snapshots: Snapshot[] = [];
  /** Records that the kernel has, or is being given. */
  #handedCount = 0;
  /** Records that the kernel has for certain. */
  #writtenCount = 0;
  #durableCount = 0;
  #freeAtMs = 0;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Whether anything was ever saved. */
  get isEmpty(): boolean {
    return this.#durableCount === 0;
  }

  append(entries: readonly Entry[], hardState: HardState | undefined): void {
    for (const entry of entries) this.records.push({ kind: "entry", entry });
    if (hardState !== undefined) this.records.push({ kind: "state", hardState });
  }

  appendSnapshot(metadata: SnapshotMetadata): void {
    this.records.push({ kind: "snapshot", metadata });
  }

  /** Hands everything to the kernel, and waits for nothing. */
  flush(): void {
    this.#handedCount = this.records.length;
    this.#writtenCount = this.records.length;
  }

  /** Begins a write and an fsync; `synced(position)` is to be called when the time has passed. */
  beginSync(nowMs: number): { readonly doneAtMs: number; readonly position: number } {
    this.#handedCount = this.records.length;
    const { syncMs, stallShare, stallMsMax } = this.conditions;
    const stallMs = this.#random.chance(stallShare) ? this.#random.next() * stallMsMax : 0;
    const begunAtMs = Math.max(nowMs, this.#freeAtMs);
    this.#freeAtMs = begunAtMs + syncMs * (0.5 + this.#random.next()) + stallMs;
    return { doneAtMs: this.#freeAtMs, position: this.records.length };
  }

  /** False when the fsync failed: what is on the disk is unknown then. */
  synced(position: number): boolean {
    const { failureShare, isFull } = this.conditions;
    if (isFull || this.#random.chance(failureShare)) return false;
    this.#writtenCount = Math.max(this.#writtenCount, position);
    this.#durableCount = Math.max(this.#durableCount, position);
    return true;
  }

  /** A snapshot file and its directory are on disk; older ones are removed. */
  saveSnapshot(snapshot: Snapshot): void {
    this.snapshots = [snapshot];
  }

  newestSnapshot(): Snapshot | undefined {
    return this.snapshots.at(-1);
  }

  /** Answers how many records were lost. */
  crash(kind: "killed" | "power"): number {
    const safeCount = kind === "killed" ? this.#writtenCount : this.#durableCount;
    // A write that is under way leaves any part of itself; the torn record is dropped at the start.
    const keptCount = this.#random.whole(safeCount, Math.max(safeCount, this.#handedCount));
    const lostCount = this.records.length - keptCount;
    this.records.length = keptCount;
    this.#durableCount = Math.min(this.#durableCount, keptCount);
    this.#handedCount = keptCount;
    this.#writtenCount = keptCount;
    this.#freeAtMs = 0;
    return lostCount;
  }

  /** Opening the log makes durable what it reads, also what a killed process had only written. */
  recover(): Recovered {
    this.#durableCount = this.records.length;
    const snapshot = this.newestSnapshot();
    const storage = new MemoryStorage();
    const start = snapshot?.metadata ?? noSnapshot;
    if (snapshot !== undefined) {
      storage.applySnapshot({ metadata: snapshot.metadata, data: new Uint8Array() });
    }
    const { entries, hardState } = this.replay(start);
    const { term, vote, commit } = hardState ?? { term: 0, vote: undefined, commit: 0 };
    storage.setHardState({ term, vote, commit: Math.max(commit, start.index) });
    storage.append(entries);
    return { storage, snapshot };
  }

  /** As shell/raft/wal-replay.ts, from the snapshot at `start` on. */
  protected replay(start: SnapshotMetadata): {
    readonly entries: readonly Entry[];
    readonly hardState: HardState | undefined;
  } {
    const entries: Entry[] = [];
    let hardState: HardState | undefined;
    /** Of the log's own entry at the snapshot's index. */
    let termAtStart: number | undefined;
    for (const record of this.records) {
      if (record.kind === "state") hardState = record.hardState;
      else if (record.kind === "entry") {
        const { index, term } = record.entry;
        if (index <= start.index) termAtStart = index === start.index ? term : undefined;
        entries.length = Math.max(0, Math.min(entries.length, index - start.index - 1));
        if (index > start.index) entries.push(record.entry);
      } else if (record.metadata.index === start.index && termAtStart !== record.metadata.term) {
        // A leader's snapshot, of another history than the log: what follows in the log is not its own.
        entries.length = 0;
        termAtStart = record.metadata.term;
      }
    }
    return { entries, hardState };
  }
}

const noSnapshot: SnapshotMetadata = { index: 0, term: 0, confState: { voters: [] } };
