// All that a manager decides: its replica of the store, and, while it leads, the components that turn
// services into running tasks. The shell gives it files, connections and timers; the simulator gives it
// others. What it is about to do to the outside goes to the observer.
import type { RaftMember } from "@swarmkit/proto/types";
import type { ConfChangeType, RaftId } from "@swarmkit/raft";
import { bootstrap } from "../leader/bootstrap.ts";
import { createComponents } from "../leader/components.ts";
import { LeaderLoop } from "../leader/leader-loop.ts";
import { assert } from "../lib/assert.ts";
import type { IdSource } from "../lib/ids.ts";
import { type Outcome, refuse, succeed } from "../lib/outcome.ts";
import type { Millis } from "../lib/time.ts";
import type { ClusterMember } from "../model/cluster-member.ts";
import type { ClusterFounding } from "../model/new-cluster.ts";
import type { EntryCodec, MembershipCodec } from "../replica/codec.ts";
import type { Replica } from "../replica/replica.ts";
import type { AppliedEntry, ReplicaHost } from "../replica/replica-host.ts";
import { ReplicatedStore } from "../replica/replicated-store.ts";
import { type RoleEffect, type RoleEffects, RoleManager } from "../role-manager/role-manager.ts";
import type { DroppedUpdate } from "../store/batch-writer.ts";
import type { Batch, Commit } from "../store/types.ts";

/** What the surroundings of a manager are told. */
export interface ManagerObserver {
  /** This manager leads from now on: the swarm's objects are there, and the components have started. */
  leadTaken(): void;
  leadLost(): void;
  /** There is no cluster object, and nothing to make one of: the founding was cut short. */
  neverFounded(): void;
  /** A commit, after the components have seen it. */
  committed(commit: Commit): void;
  leaderChanged(): void;
  membersChanged(): void;
  /** This manager is no member any more. */
  removed(): void;
  /** An update that no entry can hold was left out. */
  updateDropped(update: DroppedUpdate): void;
}

export interface ManagerCoreOptions {
  readonly nodeId: string;
  readonly codec: EntryCodec & MembershipCodec;
  readonly ids: IdSource;
  /** The time of the event that is being handled. */
  readonly now: () => Millis;
  /** What a new swarm is made of; undefined when this manager has been in one before. */
  readonly founding: ClusterFounding | undefined;
  /** Whether the last message to a member arrived. */
  readonly isReachable: (raftId: RaftId) => boolean;
  readonly observer: ManagerObserver;
}

export class ManagerCore implements ReplicaHost {
  readonly store: ReplicatedStore;
  readonly #options: ManagerCoreOptions;
  #replica: Replica | undefined;
  #loop: LeaderLoop | undefined;
  #roles: RoleManager | undefined;
  #lastChangeId = 0n;

  constructor(options: ManagerCoreOptions) {
    const { codec, now, observer } = options;
    this.#options = options;
    this.store = new ReplicatedStore({
      codec,
      firstRequestId: BigInt(Math.floor(now())) << 20n,
      updateDropped: (update) => observer.updateDropped(update),
    });
    this.store.onCommit((commit) => this.#handleCommit(commit));
  }

  /** The replica whose host this is; to be called before it starts. */
  attach(replica: Replica): void {
    this.#replica = replica;
    this.store.attach(replica);
  }

  get replica(): Replica {
    assert(this.#replica !== undefined, "the replica is attached first");
    return this.#replica;
  }

  /** Whether this manager leads and its components run. */
  get isLeading(): boolean {
    return this.#loop !== undefined;
  }

  /** A raft tick has passed. */
  tickRaft(): void {
    this.replica.tick();
    this.store.tick();
  }

  /** To be called when nextDeadline() has come. */
  tick(): void {
    const now = this.#options.now();
    this.#loop?.tick(now);
    const isRolesDue = (this.#roles?.nextDeadline() ?? Infinity) <= now;
    if (isRolesDue) this.#runRoles((roles, ...args) => roles.tick(...args));
  }

  nextDeadline(): Millis | undefined {
    const deadlines = [this.#loop?.nextDeadline(), this.#roles?.nextDeadline()];
    const known = deadlines.filter((deadline) => deadline !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** Begins or ceases to reach a member. */
  reachabilityChanged(): void {
    this.#runRoles((roles, ...args) => roles.membersChanged(...args));
  }

  /**
   * Hands leadership over to the member that is most up to date; false when there is none that answers.
   * leaderChanged() tells when it came about.
   */
  handOver(): boolean {
    const { raftId, leader } = this.replica;
    if (leader !== raftId) return false;
    const { progress, voters } = this.replica.status();
    const successor = progress
      .filter(({ id, isActive }) => id !== raftId && isActive && voters.includes(id))
      .filter(({ id }) => this.#options.isReachable(id))
      .reduce<(typeof progress)[number] | undefined>(
        (best, member) => (best === undefined || member.match > best.match ? member : best),
        undefined,
      );
    return successor !== undefined && this.replica.transferLeadership(successor.id).ok;
  }

  /** Adds, updates or removes a member of the raft group; answered when it is in force. */
  changeMembership(
    change: {
      readonly type: ConfChangeType;
      readonly raftId: RaftId;
      readonly member?: RaftMember;
    },
    done: (outcome: Outcome<void>) => void,
  ): void {
    const { type, raftId, member } = change;
    const context =
      member === undefined ? new Uint8Array() : this.#options.codec.encodeMember(member);
    this.#lastChangeId += 1n;
    const id = String(BigInt(Math.floor(this.#options.now())) * 1000n + this.#lastChangeId);
    this.store.changeMembership({ id, type, nodeId: raftId, context }, done);
  }

  /** The members of the raft group as this one sees them. */
  members(): readonly ClusterMember[] {
    const { leader, raftId: ownId } = this.replica;
    return this.replica.membership.members().map(({ raftId, nodeId, addr }: RaftMember) => {
      const isReachable = raftId === ownId || this.#options.isReachable(raftId);
      const reachability = isReachable ? "REACHABLE" : "UNREACHABLE";
      return { raftId, nodeId, addr, isLeader: raftId === leader, reachability } as const;
    });
  }

  applyEntry(entry: AppliedEntry): void {
    this.store.applyEntry(entry);
  }

  confChangeApplied(index: number): void {
    this.store.confChangeApplied(index);
  }

  restoreSnapshot(store: Uint8Array, index: number): void {
    this.store.restore(this.#options.codec.decodeStore(store), index);
  }

  leadershipChanged(isLeader: boolean): void {
    if (isLeader) this.#found();
    else this.#loseLead();
  }

  leaderChanged(): void {
    this.#options.observer.leaderChanged();
  }

  membersChanged(): void {
    this.#runRoles((roles, ...args) => roles.membersChanged(...args));
    this.#options.observer.membersChanged();
  }

  removed(): void {
    this.#options.observer.removed();
  }

  readReady(context: Uint8Array): void {
    this.store.readReady(context);
  }

  /** The cluster and this node have their objects before anything else is done. */
  #found(): void {
    const { nodeId, founding, now, observer } = this.#options;
    this.store.write(
      now(),
      (transaction) => {
        const { ok } = bootstrap(transaction, { nodeId, founding });
        return ok ? succeed(undefined) : refuse("not-found", "no cluster object");
      },
      (outcome) => {
        if (outcome.ok) this.#lead();
        else if (outcome.code === "not-found") observer.neverFounded();
      },
    );
  }

  #lead(): void {
    const { ids, now, observer } = this.#options;
    const components = createComponents({ ids });
    this.#loop = new LeaderLoop({
      batch: (at, run) => this.store.batch(at, run),
      components,
    });
    this.#roles = new RoleManager();
    this.#loop.start(now());
    this.#runRoles((roles, ...args) => roles.start(...args));
    observer.leadTaken();
  }

  /** What the components know is of no use any more: the next leadership has new ones. */
  #loseLead(): void {
    const wasLeading = this.isLeading;
    this.#loop?.stop();
    this.#loop = undefined;
    this.#roles = undefined;
    this.store.abandon();
    if (wasLeading) this.#options.observer.leadLost();
  }

  #handleCommit(commit: Commit): void {
    this.#loop?.handle(commit, this.#options.now());
    // Most commits are about tasks, and cost nothing here.
    if (commit.events.some(({ table }) => table === "node")) {
      this.#runRoles((roles, ...args) => roles.handle(commit, ...args));
    }
    this.#options.observer.committed(commit);
  }

  #runRoles(
    run: (
      roles: RoleManager,
      store: Batch,
      members: readonly ClusterMember[],
      now: Millis,
    ) => RoleEffects,
  ): void {
    const roles = this.#roles;
    if (roles === undefined) return;
    const now = this.#options.now();
    let effects: RoleEffects = [];
    this.store.batch(now, (batch) => {
      effects = run(roles, batch, this.members(), now);
    });
    for (const effect of effects) this.#performRole(roles, effect);
  }

  #performRole(roles: RoleManager, effect: RoleEffect): void {
    if (effect.kind === "transfer-leadership") {
      if (!this.handOver()) roles.effectFailed(effect);
      return;
    }
    const change = { type: "remove-node", raftId: effect.raftId } as const;
    this.changeMembership(change, ({ ok }) => {
      if (!ok) roles.effectFailed(effect);
    });
  }
}
