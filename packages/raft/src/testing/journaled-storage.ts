import type { Entry } from "../entry.ts";
import type { ConfState, HardState, Snapshot } from "../state.ts";
import { MemoryStorage } from "../storage.ts";

/**
 * A disk with a write cache. Writes reach it in order; a power failure keeps everything up to the last
 * sync, and of what came after as much as the test decides.
 */
export class JournaledStorage extends MemoryStorage {
  private readonly founders: ConfState;
  private readonly journal: ((storage: MemoryStorage) => void)[] = [];
  private syncedCount = 0;

  constructor(founders: ConfState) {
    super(founders);
    this.founders = founders;
  }

  /** Everything written up to now survives from here on. */
  sync(): void {
    this.syncedCount = this.journal.length;
  }

  unsyncedCount(): number {
    return this.journal.length - this.syncedCount;
  }

  /** What is found after a power failure that spared the first `keptCount` unsynced writes. */
  afterPowerFailure(keptCount: number): JournaledStorage {
    const found = new JournaledStorage(this.founders);
    for (const write of this.journal.slice(0, this.syncedCount + keptCount)) write(found);
    found.sync();
    return found;
  }

  override append(entries: readonly Entry[]): void {
    super.append(entries);
    this.journal.push((storage) => storage.append(entries));
  }

  override setHardState(hardState: HardState): void {
    super.setHardState(hardState);
    this.journal.push((storage) => storage.setHardState(hardState));
  }

  override applySnapshot(snapshot: Snapshot): void {
    super.applySnapshot(snapshot);
    this.journal.push((storage) => storage.applySnapshot(snapshot));
  }

  override createSnapshot(index: number, confState: ConfState, data: Uint8Array): Snapshot {
    const snapshot = super.createSnapshot(index, confState, data);
    this.journal.push((storage) => storage.createSnapshot(index, confState, data));
    return snapshot;
  }

  override compact(index: number): void {
    super.compact(index);
    this.journal.push((storage) => storage.compact(index));
  }
}
