// A manager: the real core around a simulated disk, clock and network. What it does with the replica's
// work is what shell/raft/raft-driver.ts and snapshotter.ts do, with events in place of promises.

import type { RaftMember } from "../../../packages/proto/gen/types.ts";
import { getCodec } from "../../../packages/proto/src/index.ts";
import {
  bootstrapLog,
  type MemoryStorage,
  type Message,
} from "../../../packages/raft/src/index.ts";
import type { IdSource } from "../../../packages/swarmd/src/core/lib/ids.ts";
import { ManagerCore } from "../../../packages/swarmd/src/core/manager/manager-core.ts";
import type { ClusterFounding } from "../../../packages/swarmd/src/core/model/new-cluster.ts";
import {
  Replica,
  type ReplicaOptions,
  type Work,
} from "../../../packages/swarmd/src/core/replica/replica.ts";
import type { ReadView } from "../../../packages/swarmd/src/core/store/types.ts";
import { composeSnapshotData } from "../../../packages/swarmd/src/shell/raft/snapshot-data.ts";
import type { Checks } from "../check/checks.ts";
import { LocalClock } from "../engine/local-clock.ts";
import type { Endpoint, Network } from "../engine/network.ts";
import { Random } from "../engine/random.ts";
import { Violation, type World } from "../engine/world.ts";
import type { Call, Reply } from "./calls.ts";
import { codec } from "./codec.ts";
import { SimDisk } from "./disk.ts";
import { type AgentStream, DispatcherHost, type StreamMessage } from "./dispatcher-host.ts";
import { PeerLinks } from "./peer-links.ts";
import { type CapturedSnapshot, Snapshots } from "./snapshots.ts";
import { Timers } from "./timers.ts";

export interface SimManagerOptions {
  readonly world: World;
  readonly network: Network;
  readonly checks: Checks;
  readonly seed: number;
  readonly address: number;
  readonly raftId: string;
  /** Undefined for a manager that joins. */
  readonly founding: ClusterFounding | undefined;
  readonly snapshotIntervalEntries: number;
  readonly keptEntries: number;
  readonly skewMs: number;
  readonly findManager: (raftId: string) => SimManager | undefined;
}

const tickMs = 100;
const electionTicks = 10;
const heartbeatTicks = 1;

export class SimManager implements Endpoint {
  readonly name: string;
  readonly nodeId: string;
  readonly address: number;
  readonly raftId: string;
  readonly options: SimManagerOptions;
  readonly clock: LocalClock;
  readonly random: Random;
  readonly disk: SimDisk;
  readonly timers: Timers;
  dispatcher: DispatcherHost;
  readonly links: PeerLinks;
  readonly #snapshots: Snapshots;
  epoch = 0;
  pausedUntilMs = 0;
  isUp = false;
  /** It learnt that it is no member any more, and will not come back. */
  isRetired = false;
  #storage: MemoryStorage | undefined;
  #replica: Replica | undefined;
  #core: ManagerCore | undefined;
  #saving: Work | undefined;
  #idCount = 0;

  constructor(options: SimManagerOptions) {
    this.options = options;
    this.address = options.address;
    this.raftId = options.raftId;
    this.name = `manager-${options.raftId}`;
    this.nodeId = this.name;
    this.random = new Random(options.seed, this.name);
    this.clock = new LocalClock(options.skewMs);
    this.timers = new Timers(options.world, this, this.clock);
    this.disk = this.createDisk(new Random(options.seed, `${this.name} disk`));
    this.dispatcher = new DispatcherHost(this);
    this.links = new PeerLinks(this);
    this.#snapshots = new Snapshots(this, {
      capture: () => this.captureSnapshot(),
      received: (work) => this.save(work),
    });
  }

  get core(): ManagerCore {
    if (this.#core === undefined) throw new Error(`${this.name} is down`);
    return this.#core;
  }

  get replica(): Replica {
    if (this.#replica === undefined) throw new Error(`${this.name} is down`);
    return this.#replica;
  }

  /** The saved log as raft reads it. */
  get storage(): MemoryStorage {
    if (this.#storage === undefined) throw new Error(`${this.name} is down`);
    return this.#storage;
  }

  /** Unlike those of any other manager and of any other life of this one. */
  readonly ids: IdSource = () => {
    this.#idCount += 1;
    const tail = `${this.raftId}x${this.epoch}x${this.#idCount.toString(36)}`;
    return tail.padStart(25, "0");
  };

  /** How the group knows it. */
  member(): RaftMember {
    const { raftId, nodeId, name: addr } = this;
    return getCodec("RaftMember").create({ raftId, nodeId, addr });
  }

  now(): number {
    return this.timers.now();
  }

  view(): ReadView {
    return this.core.store.view();
  }

  // --- life

  start(): void {
    const { founding, checks } = this.options;
    this.isUp = true;
    this.pausedUntilMs = 0;
    this.epoch += 1;
    if (founding !== undefined && this.disk.isEmpty) this.#foundLog();
    const { storage, snapshot } = this.disk.recover();
    this.#storage = storage;
    this.#snapshots.start(snapshot?.metadata.index ?? 0);
    this.dispatcher = new DispatcherHost(this);
    this.#core = this.createCore(founding);
    this.#replica = this.createReplica({
      raftId: this.raftId,
      storage,
      snapshot,
      host: this.#core,
      codec,
      prng: this.random.next,
      electionTicks,
      heartbeatTicks,
      wake: () => undefined,
    });
    this.#core.attach(this.#replica);
    this.options.world.note(this.name, "starts", storage.lastIndex(), snapshot?.metadata.index);
    checks.sawStart(this, storage, snapshot);
    this.#replica.start();
    this.timers.arm("tick", this.now() + tickMs * this.random.next());
    this.#settle();
  }

  crash(kind: "killed" | "power"): void {
    if (!this.isUp) return;
    const lostCount = this.disk.crash(kind);
    this.options.world.note(this.name, `is gone (${kind})`, lostCount);
    this.#end();
  }

  /** Ends in order: who waits for an answer gets one, and all that was written is kept. */
  stop(): void {
    if (!this.isUp) return;
    this.options.world.note(this.name, "stops");
    this.replica.stop();
    this.disk.flush();
    this.disk.crash("killed");
    this.#end();
  }

  /** Ends for good: it is no member any more. */
  retire(): void {
    if (!this.isUp || this.isRetired) return;
    this.isRetired = true;
    this.options.world.note(this.name, "is no member any more");
    this.disk.crash("killed");
    this.#end();
  }

  /** Stands still until then; what arrives waits. */
  pause(untilMs: number): void {
    this.pausedUntilMs = Math.max(this.pausedUntilMs, untilMs);
  }

  handle(kind: string, first: unknown, second: unknown): boolean {
    if (!this.isUp) return false;
    const isHandled = this.#dispatch(kind, first, second);
    if (isHandled) this.afterStep();
    return isHandled;
  }

  /** Does what there is to do after something was asked of it. */
  afterStep(): void {
    if (this.isUp) this.#settle();
  }

  // --- what planted bugs replace

  protected createDisk(random: Random): SimDisk {
    return new SimDisk(random);
  }

  protected createReplica(options: ReplicaOptions): Replica {
    return new Replica(options);
  }

  protected createCore(founding: ClusterFounding | undefined): ManagerCore {
    return new ManagerCore({
      nodeId: this.nodeId,
      codec,
      ids: this.ids,
      now: () => this.now(),
      founding,
      isReachable: (raftId) => this.links.isReachable(raftId),
      observer: {
        leadTaken: () => {
          this.options.world.note(this.name, "leads", this.replica.lastIndex());
          this.dispatcher.start();
        },
        leadLost: () => {
          this.options.world.note(this.name, "leads no more");
          this.dispatcher.stop();
        },
        neverFounded: () => {
          throw new Violation("founding", `${this.name} leads a log without a cluster object`);
        },
        committed: (commit) => {
          this.options.checks.sawCommit(this, commit);
          this.dispatcher.handle(commit);
        },
        leaderChanged: () => undefined,
        membersChanged: () => undefined,
        removed: () => this.options.world.post(0, this, "removed"),
        updateDropped: () => undefined,
      },
    });
  }

  /** Saves work without a snapshot, and applies it meanwhile. */
  protected save(work: Work): void {
    this.disk.append(work.entries, work.hardState);
    if (work.mustSync) {
      this.#saving = work;
      this.sync("saved", work);
    }
    this.replica.apply(work);
    if (!work.mustSync) this.finish(work);
  }

  /** All of it is durable. */
  protected finish(work: Work): void {
    this.#saving = undefined;
    this.send(work.messages);
    this.replica.saved(work);
    this.#snapshots.takeIfDue();
  }

  /** State and index of a snapshot belong together. */
  protected captureSnapshot(): CapturedSnapshot {
    const { core, replica } = this;
    const store = core.store.save();
    const membership = codec.encodeMembership(replica.membership.toSnapshot());
    const encode = (): Uint8Array =>
      composeSnapshotData({ membership, store: getCodec("StoreSnapshot").encode(store) });
    return { index: replica.appliedIndex, encode };
  }

  protected step(message: Message): void {
    this.replica.step(message);
  }

  protected send(messages: readonly Message[]): void {
    for (const message of messages) {
      this.options.checks.sawSent(this, message);
      this.links.send(message);
    }
  }

  /** Has the disk save what was written; `kind` happens when it is done. */
  sync(kind: string, first: unknown): void {
    const { nowMs } = this.options.world;
    const { doneAtMs, position } = this.disk.beginSync(nowMs);
    this.options.world.post(doneAtMs - nowMs, this, kind, first, position);
  }

  // --- calls and streams

  sendOnStream(stream: AgentStream, message: StreamMessage): void {
    if (stream.isOver) return;
    const { network, world } = this.options;
    const arrivalMs = network.streamArrival(this, stream.agent, stream.lastArrivalMs);
    if (arrivalMs === undefined) {
      this.#breakStream(stream);
      return;
    }
    stream.lastArrivalMs = arrivalMs;
    world.postAny(arrivalMs - world.nowMs, stream.agent, "stream", stream, message);
  }

  /** Both sides find out by themselves, each in its time. */
  #breakStream(stream: AgentStream): void {
    const { world } = this.options;
    stream.isOver = true;
    world.post(this.random.between(500, 8000), this, "stream-closed", stream);
    world.postAny(this.random.between(500, 8000), stream.agent, "stream", stream, undefined);
  }

  #takeCall(call: Call): void {
    const { replica } = this;
    const { leader } = replica;
    if (!replica.isLeader && call.via === undefined && leader !== undefined) {
      const target = this.options.findManager(leader);
      if (target !== undefined && target !== this) {
        this.options.network.deliver(this, target, "call", { ...call, via: this });
        return;
      }
    }
    const { epoch } = this;
    call.perform(this, (answer) => {
      if (this.epoch !== epoch) return;
      this.#reply({ call, answer });
    });
  }

  #reply(reply: Reply): void {
    const { call } = reply;
    if (call.via !== undefined && call.via !== this) {
      this.options.network.deliver(this, call.via, "reply", reply);
    } else this.options.network.deliver(this, call.caller, "reply", reply);
  }

  // --- events

  #dispatch(kind: string, first: unknown, second: unknown): boolean {
    switch (kind) {
      case "timer":
        return this.#onTimer(first, second);
      case "raft":
        return this.links.receive(first as Message, second, (message) => this.step(message));
      case "saved":
        if (this.isSynced(second)) this.finish(first as Work);
        return true;
      case "call":
        this.#takeCall(first as Call);
        return true;
      case "reply":
        this.#reply(first as Reply);
        return true;
      case "stream-closed":
        this.dispatcher.closeStream(first as AgentStream);
        return true;
      case "removed":
        this.retire();
        return true;
      default:
        return (
          this.links.handle(kind, first, second) || this.#snapshots.handle(kind, first, second)
        );
    }
  }

  #onTimer(name: unknown, armed: unknown): boolean {
    if (!this.timers.take(name, armed)) return false;
    if (name === "tick") {
      this.timers.arm("tick", this.now() + tickMs);
      this.core.tickRaft();
      this.disk.flush();
    } else if (name === "core") this.core.tick();
    else this.dispatcher.tick();
    return true;
  }

  /** Whether the disk did it; a failed fsync ends the process. */
  isSynced(position: unknown): boolean {
    if (this.disk.synced(position as number)) return true;
    this.options.world.note(this.name, "cannot write to its disk");
    this.crash("killed");
    return false;
  }

  /** Does all work there is, then arms timers for what comes next. */
  #settle(): void {
    while (this.isUp && this.#saving === undefined) {
      const work = this.replica.takeWork();
      if (work === undefined) break;
      this.options.checks.sawWork(this, work);
      this.send(work.early);
      if (work.snapshot === undefined) this.save(work);
      else {
        this.#saving = work;
        this.#snapshots.receive(work);
      }
    }
    if (!this.isUp) return;
    this.timers.arm("core", this.core.nextDeadline());
    this.timers.arm("dispatcher", this.dispatcher.nextDeadline());
  }

  /** A new group's first entry makes its founder a member. */
  #foundLog(): void {
    const context = codec.encodeMember(this.member());
    const change = { id: "0", type: "add-node", nodeId: this.raftId, context } as const;
    const { entries, hardState } = bootstrapLog([codec.encodeConfChange(change)]);
    this.disk.append(entries, hardState);
    this.disk.synced(this.disk.beginSync(0).position);
  }

  #end(): void {
    this.isUp = false;
    this.epoch += 1;
    this.timers.clear();
    this.links.clear();
    this.#saving = undefined;
  }
}
