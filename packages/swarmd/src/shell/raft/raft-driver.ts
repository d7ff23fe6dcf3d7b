/**
 * Drives raft: gives it time, saves what it says, applies what is committed. Saving is asynchronous, and
 * everything that arrives meanwhile shares the next write and fsync. A failed write ends the driver.
 */
import type { RaftMember } from "@swarmkit/proto";
import { type Message, RawNode, type Ready, type RefusalReason, type Status } from "@swarmkit/raft";
import { assert } from "../../core/lib/assert.ts";
import type { Prng } from "../../core/lib/prng.ts";
import type { Millis } from "../../core/lib/time.ts";
import type { CancelTimer, Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import { Applier } from "./applier.ts";
import type { RaftHost } from "./raft-host.ts";
import { openRaftLog, type RaftLog } from "./raft-log.ts";
import { type SnapshotPolicy, Snapshotter } from "./snapshotter.ts";
import { segmentBytesDefault } from "./wal.ts";
import { systemWalFiles, type WalFiles } from "./wal-files.ts";

/** Limit of the entries that are proposed and not applied yet, in bytes of data and overhead. */
export const uncommittedBytesMax: number = 32 * 1024 * 1024;

/** Limit of the entries in one message to a follower, in bytes. SwarmKit's value. */
export const appendBytesMax = 65_535;

/** Limit of the unanswered appends to one follower. SwarmKit's value. */
export const inflightAppendsMax = 256;

/** How a member runs. */
export interface RaftDriverOptions extends SnapshotPolicy {
  readonly directories: { readonly wal: string; readonly snapshots: string };
  /** The data encryption key, 32 bytes. */
  readonly key: Uint8Array;
  /** This node's id, and the address that other managers reach it at. */
  readonly nodeId: string;
  readonly address: string;
  /** For a new group; drawn when absent. */
  readonly raftId?: string;
  readonly clock: Clock;
  readonly prng: Prng;
  readonly log: Logger;
  readonly host: RaftHost;
  /** Takes messages to other members; they may be lost. */
  readonly send?: (messages: readonly Message[]) => void;
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

/** What became of a proposal: where it will be in the log if it is committed, or why it was refused. */
export type DriverProposal =
  | { readonly ok: true; readonly index: number }
  | { readonly ok: false; readonly reason: RefusalReason | "stopped" };

/** One member of the raft group. */
export class RaftDriver {
  private readonly options: RaftDriverOptions;
  private readonly raftLog: RaftLog;
  private readonly node: RawNode;
  private readonly applier: Applier;
  private readonly snapshotter: Snapshotter;
  private endIndex: number;
  private cancelTick: CancelTimer = () => undefined;
  private isStopped = false;
  private isFailed = false;
  private isRunning = false;
  private work: Promise<void> = Promise.resolve();

  /** Opens the log, restores the host from it, and starts. Rejects with a coded error. */
  static async open(options: RaftDriverOptions): Promise<RaftDriver> {
    const raftLog = await openRaftLog({
      files: options.files ?? systemWalFiles,
      directories: options.directories,
      key: options.key,
      segmentBytes: options.segmentBytes ?? segmentBytesDefault,
      log: options.log,
      founder: {
        raftId: options.raftId ?? drawRaftId(options.prng),
        nodeId: options.nodeId,
        addr: options.address,
      },
    });
    try {
      const driver = new RaftDriver(options, raftLog);
      driver.start();
      return driver;
    } catch (error) {
      await raftLog.wal.close();
      throw error;
    }
  }

  private constructor(options: RaftDriverOptions, raftLog: RaftLog) {
    this.options = options;
    this.raftLog = raftLog;
    const snapshotIndex = raftLog.snapshot?.metadata.index ?? 0;
    this.node = new RawNode({
      id: raftLog.raftId,
      electionTicks: options.electionTicks ?? 10,
      heartbeatTicks: options.heartbeatTicks ?? 1,
      storage: raftLog.storage,
      applied: snapshotIndex,
      entryBytesMax: appendBytesMax,
      inflightMessagesMax: inflightAppendsMax,
      uncommittedBytesMax,
      prng: options.prng,
    });
    this.applier = new Applier(options.host, this.node);
    this.snapshotter = new Snapshotter(raftLog, options, options.log, snapshotIndex);
    this.endIndex = raftLog.storage.lastIndex();
  }

  /** Whether this member leads and has applied all that came before its leadership. */
  get isLeader(): boolean {
    return this.applier.isLeader;
  }

  /** This member's id in the group. */
  get raftId(): string {
    return this.raftLog.raftId;
  }

  /** Index of the last entry in the log, committed or not. */
  lastIndex(): number {
    return this.endIndex;
  }

  /** Raft's own view. */
  status(): Status {
    return this.node.status();
  }

  /** The members, with node ids and addresses. */
  members(): readonly RaftMember[] {
    return this.applier.membership.members();
  }

  /**
   * Appends an entry to the log, at lastIndex() + 1. It is committed when the host is given it to apply,
   * and lost when leadership ends before that.
   */
  propose(data: Uint8Array): DriverProposal {
    assert(data.length > 0, "an entry without data is raft's own");
    if (this.isStopped) return { ok: false, reason: "stopped" };
    if (!this.isLeader) {
      const isLedByOther = ![undefined, this.raftId].includes(this.applier.leader);
      return { ok: false, reason: isLedByOther ? "not-leader" : "no-leader" };
    }
    const result = this.node.propose(data);
    if (!result.ok) return result;
    assert(result.index === this.endIndex + 1, "a proposal was not appended at the log's end");
    this.endIndex = result.index;
    this.schedule();
    return { ok: true, index: result.index };
  }

  /** Takes a message of another member. */
  step(message: Message): void {
    if (this.isStopped) return;
    this.node.step(message);
    this.schedule();
  }

  /**
   * Ends the driver: finishes the write that is under way and closes the files. Proposals that are not
   * applied by then are lost to the host, as when leadership ends.
   */
  async stop(): Promise<void> {
    this.halt();
    await this.work;
    await this.snapshotter.settled();
    await this.raftLog.wal.close().catch((error: Error) => {
      // A failure before the stop was told to the host already.
      if (!this.isFailed) throw error;
    });
  }

  private start(): void {
    const { snapshot } = this.raftLog;
    if (snapshot !== undefined) this.applier.restore(snapshot);
    this.armTick(this.options.clock.now());
    this.campaignAlone();
    this.schedule();
  }

  private armTick(previousMs: Millis): void {
    const { clock, tickMs = 100 } = this.options;
    // After a pause of the process, missed ticks are not made up for: nobody could answer in between.
    const atMs = Math.max(previousMs + tickMs, clock.now());
    this.cancelTick = clock.setTimer(atMs, () => {
      this.armTick(atMs);
      this.node.tick();
      // What needs no fsync waits in memory; it shall not wait for long.
      this.raftLog.wal.flush({ sync: false }).catch((error: Error) => this.fail(error));
      this.schedule();
    });
  }

  /** Runs the loop once the current turn is over, so that all that the turn brings shares a write. */
  private schedule(): void {
    if (this.isRunning || this.isStopped) return;
    this.isRunning = true;
    this.work = Promise.resolve()
      .then(() => this.run())
      .catch((error: Error) => this.fail(error))
      .finally(() => {
        this.isRunning = false;
        // Work may have come after the loop's last look.
        if (!this.isStopped && this.node.hasReady()) this.schedule();
      });
  }

  private async run(): Promise<void> {
    while (!this.isStopped && this.node.hasReady()) {
      const ready = this.node.ready();
      const last = ready.entries.at(-1)?.index ?? ready.snapshot?.metadata.index;
      this.endIndex = last ?? this.endIndex;
      await this.process(ready);
      this.node.advance(ready);
      this.campaignAlone();
    }
  }

  private async process(ready: Ready): Promise<void> {
    const { storage, wal } = this.raftLog;
    if (ready.snapshot !== undefined) await this.snapshotter.receive(ready.snapshot);
    wal.append(ready.entries, ready.hardState);
    const saved = ready.mustSync ? wal.flush({ sync: true }) : undefined;
    try {
      // Committed entries were saved before, so they need not wait for this write.
      if (ready.snapshot !== undefined) this.applier.restore(ready.snapshot);
      this.applier.noteRole(ready.softState, ready.hardState, ready.entries.at(-1));
      this.applier.applyEntries(ready.committedEntries);
      this.applier.showLeadership();
    } finally {
      await saved;
    }
    storage.append(ready.entries);
    if (ready.hardState !== undefined) storage.setHardState(ready.hardState);
    await this.sendAll(ready.messages);
    this.snapshotIfDue();
  }

  private async sendAll(messages: readonly Message[]): Promise<void> {
    const { send } = this.options;
    if (send === undefined || messages.length === 0) return;
    send(await Promise.all(messages.map((message) => this.snapshotter.withData(message))));
  }

  private snapshotIfDue(): void {
    const { appliedIndex: index, confState, membership } = this.applier;
    if (!this.snapshotter.isDue(index)) return;
    const encodeStore = this.options.host.takeSnapshot();
    this.snapshotter.take({ index, confState, membership: membership.encode(), encodeStore });
  }

  /** A single member need not wait for an election timeout: nobody else could win. */
  private campaignAlone(): void {
    const { confState, leader } = this.applier;
    if (leader !== undefined || confState.voters.length !== 1) return;
    if (confState.voters[0] === this.raftId) this.node.campaign();
  }

  /** Ends the driver after a failure that leaves the log or the host in doubt. */
  private fail(error: Error): void {
    if (this.isStopped) return;
    this.isFailed = true;
    this.options.log.error("the raft log can no longer be kept", { error: error.message });
    this.halt();
    this.options.host.fatal(error);
  }

  private halt(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.cancelTick();
    this.applier.endLeadership();
  }
}

/** A new member's id: a positive 63-bit number. */
function drawRaftId(prng: Prng): string {
  const high = BigInt(Math.floor(prng() * 2 ** 31));
  const low = BigInt(Math.floor(prng() * 2 ** 32));
  return String((high << 32n) + low + 1n);
}
