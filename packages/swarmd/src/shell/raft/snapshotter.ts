import { setImmediate } from "node:timers/promises";
import type { ConfState, Snapshot, SnapshotMessage, SnapshotMetadata } from "@swarmkit/raft";
import type { Logger } from "../log.ts";
import { endKeyRotation } from "./log-key-rotation.ts";
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
  readonly encodeStore: () => Uint8Array | Promise<Uint8Array>;
  /** Told when it is on disk, and how many entries shall stay behind it. */
  readonly saved: (keepEntries: number) => void;
}

/** Takes snapshots while the log goes on, and removes what they make superfluous. */
export class Snapshotter {
  private readonly raftLog: RaftLog;
  private readonly policy: () => SnapshotPolicy;
  private readonly log: Logger;
  private lastIndex: number;
  private running: Promise<void> | undefined;

  constructor(options: {
    readonly raftLog: RaftLog;
    readonly policy: () => SnapshotPolicy;
    readonly log: Logger;
    /** Of the newest snapshot, 0 for none. */
    readonly snapshotIndex: number;
  }) {
    this.raftLog = options.raftLog;
    this.policy = options.policy;
    this.log = options.log;
    this.lastIndex = options.snapshotIndex;
  }

  /** Index of the newest snapshot. */
  get snapshotIndex(): number {
    return this.lastIndex;
  }

  /** Whether a snapshot should be taken once `index` is applied; also to end the rotation of a key. */
  isDue(index: number): boolean {
    if (this.running !== undefined) return false;
    const { keys, wal } = this.raftLog;
    if (keys.isSnapshotNeeded(index, this.lastIndex)) return true;
    if (!keys.isRotating && wal.isSnapshotUseful(index, this.lastIndex)) return true;
    const { snapshotIntervalEntries: interval = snapshotIntervalEntriesDefault } = this.policy();
    return interval > 0 && index - this.lastIndex >= interval;
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
    const key = await this.persist(snapshot);
    this.lastIndex = snapshot.metadata.index;
    await this.collect(snapshot.metadata);
    await this.endKeyRotation(snapshot.metadata, key);
  }

  /**
   * A message as it is to be sent: the data is kept on disk only. The membership stays the message's own,
   * in which the receiver has its place. Undefined when there is a newer snapshot by now.
   */
  async withData(message: SnapshotMessage): Promise<SnapshotMessage | undefined> {
    const { snapshot } = await this.raftLog.snapshots.load();
    const { metadata } = message.snapshot;
    if (snapshot?.metadata.index !== metadata.index) return undefined;
    return { ...message, snapshot: { metadata, data: snapshot.data } };
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
    const term = storage.term(index);
    if (typeof term !== "number") throw new Error(`entry ${index} is no longer in the log`);
    const data = composeSnapshotData({ membership, store: await view.encodeStore() });
    const metadata = { index, term, confState };
    const key = await this.persist({ metadata, data });
    const { slowFollowerEntries = slowFollowerEntriesDefault } = this.policy();
    view.saved(slowFollowerEntries);
    this.lastIndex = index;
    await this.collect(metadata);
    await this.endKeyRotation(metadata, key);
  }

  /**
   * The log's record comes first, so that a snapshot file always has one. Answers under which key the
   * snapshot is.
   */
  private async persist(snapshot: Snapshot): Promise<Uint8Array> {
    this.raftLog.wal.appendSnapshot(snapshot.metadata);
    await this.raftLog.wal.flush({ sync: true });
    return this.raftLog.snapshots.save(snapshot);
  }

  private async collect(metadata: SnapshotMetadata): Promise<void> {
    const { oldSnapshotsMax = 0 } = this.policy();
    const oldestIndex = await this.raftLog.snapshots.removeOlderThan(metadata, oldSnapshotsMax);
    await this.raftLog.wal.removeSegmentsBefore(oldestIndex);
  }

  /** Two keys do as well as one, so a failure is not the snapshot's: the next one tries again. */
  private async endKeyRotation(metadata: SnapshotMetadata, key: Uint8Array): Promise<void> {
    try {
      if (!(await endKeyRotation(this.raftLog, metadata, key))) return;
      this.log.info("the data key of the raft log was replaced", { index: metadata.index });
    } catch (error) {
      const message = "the old data key of the raft log could not be removed, and is kept for now";
      this.log.error(message, { error: (error as Error).message });
    }
  }
}
