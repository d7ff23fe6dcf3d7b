// A manager's snapshots: its own, taken while the log goes on, and those of a leader. In the steps of
// packages/swarmd/src/shell/raft/snapshotter.ts: the log's record first, then the file.
import type { ConfState, Snapshot } from "../../../packages/raft/src/index.ts";
import type { Work } from "../../../packages/swarmd/src/core/replica/replica.ts";
import type { SimManager } from "./manager.ts";

/** The state at one moment, to be encoded later. */
export interface CapturedSnapshot {
  readonly index: number;
  readonly encode: () => Uint8Array;
}

interface OwnSnapshot extends CapturedSnapshot {
  readonly confState: ConfState;
}

export interface SnapshotsOptions {
  readonly capture: () => CapturedSnapshot;
  /** A leader's snapshot is on disk; the rest of its work can be saved. */
  readonly received: (work: Work) => void;
}

export class Snapshots {
  readonly #manager: SimManager;
  readonly #options: SnapshotsOptions;
  #own: OwnSnapshot | undefined;
  /** Waits until the own snapshot is done. */
  #waiting: Work | undefined;
  #lastIndex = 0;

  constructor(manager: SimManager, options: SnapshotsOptions) {
    this.#manager = manager;
    this.#options = options;
  }

  /** The manager starts from the snapshot at this index, 0 for none. */
  start(index: number): void {
    this.#lastIndex = index;
    this.#own = undefined;
    this.#waiting = undefined;
  }

  takeIfDue(): void {
    const { options, random, replica } = this.#manager;
    const { appliedIndex, confState } = replica;
    if (this.#own !== undefined) return;
    if (appliedIndex - this.#lastIndex < options.snapshotIntervalEntries) return;
    this.#own = { ...this.#options.capture(), confState };
    options.world.post(random.between(1, 30), this.#manager, "snapshot-encoded");
  }

  receive(work: Work): void {
    if (work.snapshot === undefined) return;
    if (this.#own !== undefined) {
      this.#waiting = work;
      return;
    }
    this.#manager.disk.appendSnapshot(work.snapshot.metadata);
    this.#manager.sync("received-recorded", work);
  }

  handle(kind: string, first: unknown, second: unknown): boolean {
    switch (kind) {
      case "snapshot-encoded":
        this.#record();
        return true;
      case "snapshot-recorded":
        if (this.#manager.isSynced(second)) this.#manager.sync("snapshot-written", first);
        return true;
      case "snapshot-written":
        if (this.#manager.isSynced(second)) this.#finishOwn(first as Snapshot);
        return true;
      case "received-recorded":
        if (this.#manager.isSynced(second)) this.#manager.sync("received-written", first);
        return true;
      case "received-written":
        if (this.#manager.isSynced(second)) this.#finishReceived(first as Work);
        return true;
      default:
        return false;
    }
  }

  #record(): void {
    if (this.#own === undefined) return;
    const { index, confState, encode } = this.#own;
    const term = this.#manager.storage.term(index);
    if (typeof term !== "number") {
      // A leader's snapshot came meanwhile.
      this.#lastIndex = index;
      this.#ownIsOver();
      return;
    }
    const metadata = { index, term, confState };
    this.#manager.disk.appendSnapshot(metadata);
    this.#manager.sync("snapshot-recorded", { metadata, data: encode() });
  }

  #finishOwn(snapshot: Snapshot): void {
    const { disk, options, replica } = this.#manager;
    const { index, confState } = snapshot.metadata;
    disk.saveSnapshot(snapshot);
    replica.snapshotSaved({ index, confState }, options.keptEntries);
    this.#lastIndex = index;
    this.#ownIsOver();
  }

  #ownIsOver(): void {
    this.#own = undefined;
    const work = this.#waiting;
    this.#waiting = undefined;
    if (work !== undefined) this.receive(work);
  }

  #finishReceived(work: Work): void {
    if (work.snapshot === undefined) return;
    this.#manager.disk.saveSnapshot(work.snapshot);
    this.#lastIndex = work.snapshot.metadata.index;
    this.#manager.options.checks.sawSnapshotInstalled(this.#manager, work.snapshot);
    this.#options.received(work);
  }
}
