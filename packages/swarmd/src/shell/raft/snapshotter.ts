import { setImmediate } from "node:timers/promises";
import type { ConfState, Message, Snapshot, SnapshotMetadata } from "@swarmkit/raft";
import type { Logger } from "../log.ts";
import type { RaftLog } from "./raft-log.ts";
import { composeSnapshotData } from "./snapshot-data.ts";

/** Entries between two snapshots. SwarmKit's value. */
export const snapshotIntervalEntriesDefault = 10_000;

/** Entries kept behind a snapshot for followers that are a little late. SwarmKit's value. */
export const slowFollowerEntriesDefault = 500;

/** When to take snapshots, and what to keep. */
export interface SnapshotPolicy {
  /** 0 for no snapshots. */
  readonly snapshotIntervalEntries?: number;
  readonly slowFollowerEntries?: number;
  /** Snapshots kept besides the newest. */
  readonly oldSnapshotsMax?: number;
}

/** The applied state at one moment. */
export interface SnapshotView {
  readonly index: number;
  readonly confState: ConfState;
  /** An encoded ClusterSnapshot. */
  readonly membership: Uint8Array;
  /** Encodes the host's part; called later. */
  readonly encodeStore: () => Uint8Array;
}

/** Takes snapshots while the log goes on, and removes what they make superfluous. */
export class Snapshotter {
  private readonly raftLog: RaftLog;
  private readonly policy: SnapshotPolicy;
  private readonly log: Logger;
  private lastIndex: number;
  private running: Promise<void> | undefined;

  /** `lastIndex` is that of the newest snapshot, 0 for none. */
  constructor(raftLog: RaftLog, policy: SnapshotPolicy, log: Logger, lastIndex: number) {
    this.raftLog = raftLog;
    this.policy = policy;
    this.log = log;
    this.lastIndex = lastIndex;
  }

  /** Index of the newest snapshot. */
  get snapshotIndex(): number {
    return this.lastIndex;
  }

  /** Whether a snapshot should be taken once `index` is applied. */
  isDue(index: number): boolean {
    const { snapshotIntervalEntries: interval = snapshotIntervalEntriesDefault } = this.policy;
    return this.running === undefined && interval > 0 && index - this.lastIndex >= interval;
  }

  /**
   * Saves a snapshot of the view. A failure is logged and tried again when the next one is due: the log
   * has everything. Only when the log itself failed does the next flush tell.
   */
  take(view: SnapshotView): void {
    this.running = this.save(view)
      .catch((error: Error) => {
        this.log.error("a snapshot of the raft log could not be saved; the log is kept instead", {
          index: view.index,
          error: error.message,
        });
        // As if it were taken: one attempt per interval.
        this.lastIndex = view.index;
      })
      .finally(() => {
        this.running = undefined;
      });
  }

  /** Saves a leader's snapshot, which replaces the log. */
  async receive(snapshot: Snapshot): Promise<void> {
    await this.running;
    await this.persist(snapshot);
    this.raftLog.storage.applySnapshot({ ...snapshot, data: new Uint8Array() });
    this.lastIndex = snapshot.metadata.index;
    await this.collect(snapshot.metadata);
  }

  /** A message as it is to be sent: snapshots are kept on disk only. */
  async withData(message: Message): Promise<Message> {
    if (message.type !== "snapshot") return message;
    const { snapshot } = await this.raftLog.snapshots.load();
    return snapshot === undefined ? message : { ...message, snapshot };
  }

  /** Resolves when no snapshot is under way. */
  async settled(): Promise<void> {
    await this.running;
  }

  private async save(view: SnapshotView): Promise<void> {
    // Encoding may take long: entries that are waiting go first.
    await setImmediate();
    const { storage } = this.raftLog;
    const { confState, index, membership } = view;
    const data = composeSnapshotData({ membership, store: view.encodeStore() });
    const term = storage.term(index);
    if (typeof term !== "number") throw new Error(`entry ${index} is no longer in the log`);
    const metadata = { index, term, confState };
    await this.persist({ metadata, data });
    storage.createSnapshot(index, confState, new Uint8Array());
    this.lastIndex = index;
    const { slowFollowerEntries: keep = slowFollowerEntriesDefault } = this.policy;
    if (index > keep) storage.compact(index - keep);
    await this.collect(metadata);
  }

  /** The log's record comes first, so that a snapshot file always has one. */
  private async persist(snapshot: Snapshot): Promise<void> {
    this.raftLog.wal.appendSnapshot(snapshot.metadata);
    await this.raftLog.wal.flush({ sync: true });
    await this.raftLog.snapshots.save(snapshot);
  }

  private async collect(metadata: SnapshotMetadata): Promise<void> {
    const { oldSnapshotsMax = 0 } = this.policy;
    const oldestIndex = await this.raftLog.snapshots.removeOlderThan(metadata, oldSnapshotsMax);
    await this.raftLog.wal.removeSegmentsBefore(oldestIndex);
  }
}
