/**
 * Drives a replica: gives it time, saves what it says, sends its messages. Saving is asynchronous, and
 * everything that arrives meanwhile shares the next write and fsync. A failed write ends the driver.
 */
import type { Message } from "@swarmkit/raft";
import type { Prng } from "../../core/lib/prng.ts";
import type { Millis } from "../../core/lib/time.ts";
import { Replica, type Work } from "../../core/replica/replica.ts";
import type { CancelTimer, Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import { beginKeyRotation } from "./log-key-rotation.ts";
import type { DataKeys } from "./log-keys.ts";
import type { RaftHost } from "./raft-host.ts";
import { drawRaftId } from "./raft-id.ts";
import { openRaftLog, type RaftLog } from "./raft-log.ts";
import { replicaCodec } from "./replica-codec.ts";
import { type SnapshotPolicy, Snapshotter } from "./snapshotter.ts";
import { segmentBytesDefault } from "./wal.ts";
import { systemWalFiles, type WalFiles } from "./wal-files.ts";

/** How a member runs. */
export interface RaftDriverOptions {
  readonly directories: { readonly wal: string; readonly snapshots: string };
  /** The data encryption keys of the key file. */
  readonly keys: DataKeys;
  /** Makes the key file keep only the pending key: nothing needs the other any more. */
  readonly keyRotated?: () => Promise<void>;
  /** This node's id, and the address that other managers reach it at. */
  readonly nodeId: string;
  readonly address: string;
  /** Where there is no log yet: drawn when absent, and then a new group is founded. */
  readonly raftId?: string;
  /** Where there is no log yet: an existing group, which knows this member, will bring it. */
  readonly isJoining?: boolean;
  /** Go on alone with what this member has; see recovery.ts. */
  readonly forceNewCluster?: boolean;
  readonly clock: Clock;
  readonly prng: Prng;
  readonly log: Logger;
  readonly host: RaftHost;
  /** Takes messages to other members; they may be lost. */
  readonly send?: (messages: readonly Message[]) => void;
  /** Told of each raft tick, after the replica. */
  readonly ticked?: () => void;
  /** When to take snapshots; asked each time. */
  readonly snapshotPolicy?: () => SnapshotPolicy;
  /** Default 100. */
  readonly tickMs?: Millis;
  /** Ticks without a leader before an election. Default 10. */
  readonly electionTicks?: number;
  /** Ticks between heartbeats. Default 1. */
  readonly heartbeatTicks?: number;
  /** For tests: default 64,000,000. */
  readonly segmentBytes?: number;
  /** For tests: default the machine's files. */
  readonly files?: WalFiles;
}

/** One member of the raft group. */
export class RaftDriver {
  readonly replica: Replica;
  readonly #options: RaftDriverOptions;
  readonly #raftLog: RaftLog;
  readonly #snapshotter: Snapshotter;
  #cancelTick: CancelTimer = () => undefined;
  #isStarted = false;
  #isStopped = false;
  #isFailed = false;
  #isRunning = false;
  #work: Promise<void> = Promise.resolve();

  /** Opens the log; start() comes next. Rejects with a coded error. */
  static async open(options: RaftDriverOptions): Promise<RaftDriver> {
    const raftLog = await openRaftLog({
      files: options.files ?? systemWalFiles,
      directories: options.directories,
      keys: options.keys,
      ...(options.keyRotated === undefined ? {} : { keyRotated: options.keyRotated }),
      segmentBytes: options.segmentBytes ?? segmentBytesDefault,
      log: options.log,
      isJoining: options.isJoining ?? false,
      forceNewCluster: options.forceNewCluster ?? false,
      founder: {
        raftId: options.raftId ?? drawRaftId(options.prng),
        nodeId: options.nodeId,
        addr: options.address,
      },
    });
    return new RaftDriver(options, raftLog);
  }

  private constructor(options: RaftDriverOptions, raftLog: RaftLog) {
    this.#options = options;
    this.#raftLog = raftLog;
    this.replica = new Replica({
      raftId: raftLog.raftId,
      storage: raftLog.storage,
      snapshot: raftLog.snapshot,
      host: options.host,
      codec: replicaCodec,
      prng: options.prng,
      electionTicks: options.electionTicks ?? 10,
      heartbeatTicks: options.heartbeatTicks ?? 1,
      wake: () => this.#schedule(),
    });
    const policy = options.snapshotPolicy ?? (() => ({}));
    const snapshotIndex = raftLog.snapshot?.metadata.index ?? 0;
    this.#snapshotter = new Snapshotter({ raftLog, policy, log: options.log, snapshotIndex });
  }

  /** Restores the host from the log, and goes on from there. Throws a coded error. */
  start(): void {
    this.#isStarted = true;
    this.replica.start();
    this.#armTick(this.#options.clock.now());
    this.#schedule();
  }

  /**
   * Takes a message of another member. One that contradicts what was acknowledged here ends the driver: a
   * member without it must not count, and least of all vote.
   */
  step(message: Message): void {
    try {
      this.replica.step(message);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** Whether the data key is being replaced. */
  get isRotatingKey(): boolean {
    return this.#raftLog.keys.isRotating;
  }

  /**
   * Writes everything under `key` from now on, which the key file must have as pending. `keyRotated` is
   * called once nothing needs the old key any more: when a snapshot was taken, and after a restart at most.
   */
  rotateDataKey(key: Uint8Array): void {
    beginKeyRotation(this.#raftLog, key, this.#snapshotter.snapshotIndex);
    if (!this.#isStopped) this.#snapshotIfDue();
  }

  /**
   * Ends the driver: finishes the write that is under way and closes the files. Proposals that are not
   * applied by then are lost to the host, as when leadership ends.
   */
  async stop(): Promise<void> {
    this.#halt();
    await this.#work;
    await this.#snapshotter.settled();
    await this.#raftLog.wal.close().catch((error: Error) => {
      // A failure before the stop was told to the host already.
      if (!this.#isFailed) throw error;
    });
  }

  #armTick(previousMs: Millis): void {
    const { clock, tickMs = 100 } = this.#options;
    // After a pause of the process, missed ticks are not made up for: nobody could answer in between.
    const atMs = Math.max(previousMs + tickMs, clock.now());
    this.#cancelTick = clock.setTimer(atMs, () => {
      this.#armTick(atMs);
      this.replica.tick();
      this.#options.ticked?.();
      // What needs no fsync waits in memory; it shall not wait for long.
      this.#raftLog.wal.flush({ sync: false }).catch((error: Error) => this.#fail(error));
      if (!this.#isRunning) this.#snapshotIfDue();
    });
  }

  /** Runs the loop once the current turn is over, so that all that the turn brings shares a write. */
  #schedule(): void {
    if (this.#isRunning || this.#isStopped || !this.#isStarted) return;
    this.#isRunning = true;
    this.#work = Promise.resolve()
      .then(() => this.#run())
      .catch((error: Error) => this.#fail(error));
  }

  async #run(): Promise<void> {
    for (;;) {
      const work = this.#isStopped ? undefined : this.replica.takeWork();
      if (work === undefined) break;
      await this.#process(work);
    }
    this.#isRunning = false;
  }

  async #process(work: Work): Promise<void> {
    const { wal } = this.#raftLog;
    this.#send(work.early);
    if (work.snapshot !== undefined) await this.#snapshotter.receive(work.snapshot);
    wal.append(work.entries, work.hardState);
    const saved = work.mustSync ? wal.flush({ sync: true }) : undefined;
    try {
      // Committed entries were saved before, so they need not wait for this write.
      this.replica.apply(work);
    } finally {
      await saved;
    }
    // Saved first, so that those whose answer it is find it so; sending causes no work.
    this.#send(work.messages);
    this.replica.saved(work);
    this.#snapshotIfDue();
  }

  #send(messages: readonly Message[]): void {
    const { send } = this.#options;
    if (send === undefined || messages.length === 0) return;
    const plain = messages.filter(({ type }) => type !== "snapshot");
    if (plain.length > 0) send(plain);
    for (const message of messages) if (message.type === "snapshot") this.#sendSnapshot(message);
  }

  /** Snapshots are on disk only, and must not hold up the messages beside them. */
  #sendSnapshot(message: Message & { readonly type: "snapshot" }): void {
    const { send, log } = this.#options;
    this.#snapshotter.withData(message).then(
      (whole) => {
        if (whole === undefined) this.replica.reportSnapshot(message.to, false);
        else send?.([whole]);
      },
      (error: Error) => {
        log.error("a snapshot for another manager cannot be read", { error: error.message });
        this.replica.reportSnapshot(message.to, false);
      },
    );
  }

  #snapshotIfDue(): void {
    const { replica } = this;
    const { appliedIndex: index, confState } = replica;
    if (!this.#snapshotter.isDue(index)) return;
    const encodeStore = this.#options.host.takeSnapshot();
    const membership = replicaCodec.encodeMembership(replica.membership.toSnapshot());
    const saved = (keepEntries: number): void =>
      replica.snapshotSaved({ index, confState }, keepEntries);
    this.#snapshotter.take({ index, confState, membership, encodeStore, saved });
  }

  /** Ends the driver after a failure that leaves the log or the host in doubt. */
  #fail(error: Error): void {
    if (this.#isStopped) return;
    this.#isFailed = true;
    this.#options.log.error("the raft log can no longer be kept", { error: error.message });
    this.#halt();
    this.#options.host.fatal(error);
  }

  #halt(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#cancelTick();
    this.replica.stop();
  }
}
