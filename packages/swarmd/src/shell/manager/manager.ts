// A manager: its share of the replicated store, the services on both listeners, and, while it leads,
// the components that turn services into running tasks.
import { randomBytes } from "node:crypto";
import type { Cluster } from "@swarmkit/proto/types";
import { findCluster } from "../../core/ca/certificates.ts";
import type { ControlContext } from "../../core/control/context.ts";
import type { IdSource } from "../../core/lib/ids.ts";
import { type Outcome, succeed } from "../../core/lib/outcome.ts";
import type { Prng } from "../../core/lib/prng.ts";
import { ManagerCore, type ManagerObserver } from "../../core/manager/manager-core.ts";
import type { ClusterFounding } from "../../core/model/new-cluster.ts";
import { isTaskDirty } from "../../core/orchestrator/task-dirty.ts";
import type { Replica } from "../../core/replica/replica.ts";
import type { Commit } from "../../core/store/types.ts";
import type { FreshState } from "../backup/backup-service.ts";
import { CaService } from "../ca/ca-service.ts";
import type { CancelTimer, Clock } from "../clock.ts";
import type { SwarmdFlags } from "../flags.ts";
import type { Trust } from "../grpc/client.ts";
import { LeaderConnections } from "../grpc/leader-route.ts";
import { LocalListener } from "../grpc/local-listener.ts";
import { RemoteListener } from "../grpc/remote-listener.ts";
import type { Logger } from "../log.ts";
import {
  dropUnusedRaftId,
  hasLog,
  lostLogError,
  noteUnusedRaftId,
  readUnusedRaftId,
} from "../node/raft-state.ts";
import { RaftDriver } from "../raft/raft-driver.ts";
import { replicaCodec } from "../raft/replica-codec.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";
import { findCertificateExpiry } from "../tls/node-identity.ts";
import type { SecurityConfig } from "../tls/security-config.ts";
import { Transport } from "../transport/transport.ts";
import { DispatcherService } from "./dispatcher-service.ts";
import { HealthService } from "./health-service.ts";
import { KeyKeeper } from "./key-keeper.ts";
import { ManagerMembership } from "./manager-membership.ts";
import { chooseOwnAddress } from "./own-address.ts";
import { createRaftHost } from "./raft-host.ts";
import { addServices, createServer, type ManagerServices } from "./services.ts";
import { StoreClient } from "./store-client.ts";

/** Longest time that a leader that stops waits for its successor, in milliseconds. */
const handOverTimeoutMs = 1000;

export interface ManagerOptions {
  readonly security: SecurityConfig;
  /** What a new swarm is made of; undefined when this manager has been in one before, or joins one. */
  readonly founding: ClusterFounding | undefined;
  /** This node has never got as far as to run tasks: its log may be of a founding that was cut short. */
  readonly mayBeUnfounded: boolean;
  /** A manager to join the Raft group at, `host:port`, where there is no log yet. */
  readonly joinAddress: string | undefined;
  /** Addresses of managers that this node knows, whether or not its log tells of them. */
  readonly otherManagers: () => readonly string[];
  readonly flags: SwarmdFlags;
  readonly paths: StatePaths;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly prng: Prng;
  readonly log: Logger;
  /** Told when this manager cannot go on and the process has to end. */
  fatal(error: Error): void;
  /** Told when the others have removed this manager from the Raft group. */
  removed(): void;
  /** Asks for a new certificate: this one's private key has been on disk in clear. */
  renewCertificate(): void;
}

/** What starting a manager came to. */
export type ManagerStart =
  | "serving"
  /** The state directory is of a swarm whose founding was cut short: nobody has ever used it. */
  | "never-founded";

export class Manager {
  readonly #options: ManagerOptions;
  readonly #core: ManagerCore;
  readonly #store: StoreClient;
  readonly #ca: CaService;
  readonly #dispatcher: DispatcherService;
  readonly #health = { remote: new HealthService(), local: new HealthService() };
  readonly #grpc = { remote: createServer(), local: createServer() };
  readonly #remote: RemoteListener;
  readonly #local: LocalListener;
  readonly #leader: LeaderConnections;
  readonly #membership: ManagerMembership;
  readonly #keyKeeper: KeyKeeper;
  readonly #settled = Promise.withResolvers<ManagerStart>();
  readonly #leaderWaiters = new Set<() => void>();
  readonly #forgetSecurity: () => void;
  /** The cluster object whose unlock key was looked at last. */
  #cluster: Cluster | undefined;
  #opening: Promise<RaftDriver> | undefined;
  #raft: RaftDriver | undefined;
  #transport: Transport | undefined;
  #timer: { readonly atMs: number; readonly cancel: CancelTimer } | undefined;
  #address = "";
  #isStopped = false;

  constructor(options: ManagerOptions) {
    const { security, flags, founding, clock, ids, prng, log } = options;
    const { identity } = security;
    const { nodeId } = identity;
    this.#options = options;
    this.#core = new ManagerCore({
      nodeId,
      codec: replicaCodec,
      ids,
      now: () => clock.now(),
      founding,
      isReachable: (raftId) => this.#transport?.isActive(raftId) ?? false,
      observer: this.#observer(),
    });
    this.#store = new StoreClient(this.#core.store, clock);
    this.#ca = new CaService({ store: this.#store, ids, wallNow: Date.now, log });
    this.#dispatcher = new DispatcherService({ store: this.#store, nodeId, clock, ids, prng, log });
    this.#remote = new RemoteListener(this.#grpc.remote, identity, log);
    const path = flags.listenControlApi;
    this.#local = new LocalListener(this.#grpc.local, { path, identity, log });
    this.#leader = new LeaderConnections({ clock, trust: () => this.#trust() });
    this.#membership = new ManagerMembership({
      ...{ core: this.#core, nodeId, clock, log },
      trust: () => this.#trust(),
      heardFrom: (raftId) => this.#transport?.heardFrom(raftId),
    });
    this.#keyKeeper = new KeyKeeper({
      ...{ keys: security.keys, log },
      renewCertificate: () => options.renewCertificate(),
    });
    this.#forgetSecurity = security.onChange((changed) => {
      this.#remote.setIdentity(changed);
      this.#local.setIdentity(changed);
      this.#leader.identityChanged();
      this.#transport?.reconnect();
    });
  }

  /**
   * Opens the log and serves. A founder leads by then; a manager that has served before resolves without
   * knowing who leads, so that all of them can start at once. Rejects with coded errors; also when it is
   * stopped meanwhile.
   */
  async start(): Promise<ManagerStart> {
    try {
      return await this.#start();
    } catch (error) {
      // What was about to listen when the stop came does so by now.
      if (this.#isStopped) this.#closeListeners();
      throw error;
    }
  }

  async #start(): Promise<ManagerStart> {
    const { flags, paths, security, founding, joinAddress, clock, prng, log } = this.#options;
    const { keys } = security;
    const isNew = !hasLog(paths);
    // Without a log there is nothing that an older key would be needed for.
    const dataKeys = await keys.loadDataKeys({ create: isNew || founding !== undefined });
    const { host, port } = flags.listenRemoteApi;
    const boundPort = await this.#remote.listen(host === "" ? "0.0.0.0" : host, port);
    this.#address = chooseOwnAddress(flags, boundPort);
    this.#goOn();
    this.#serve();
    const unusedId = await readUnusedRaftId(paths);
    const joined =
      isNew && joinAddress !== undefined
        ? await this.#membership.join(joinAddress, this.#address, unusedId)
        : undefined;
    this.#goOn();
    if (joined !== undefined) await noteUnusedRaftId(paths, joined.raftId);
    this.#opening = RaftDriver.open({
      directories: { wal: paths.wal, snapshots: paths.snapshots },
      keys: dataKeys,
      keyRotated: () => this.#keyKeeper.keyRotated(),
      nodeId: security.identity.nodeId,
      address: this.#address,
      ...(joined === undefined ? {} : { raftId: joined.raftId }),
      isJoining: joined !== undefined || unusedId !== undefined,
      forceNewCluster: flags.forceNewCluster,
      clock,
      prng,
      log,
      host: createRaftHost(this.#core, (error) => this.#fail(error)),
      send: (messages) => this.#transport?.send(messages),
      ticked: () => this.#core.store.tick(),
      snapshotPolicy: () => this.#snapshotPolicy(),
      electionTicks: flags.electionTicks,
      heartbeatTicks: flags.heartbeatTicks,
    });
    const raft = await this.#opening;
    await dropUnusedRaftId(paths);
    this.#goOn();
    this.#raft = raft;
    const { replica } = raft;
    this.#core.attach(replica);
    this.#membership.attach(raft);
    this.#transport = this.#createTransport(replica);
    this.#transport.setMembers(joined?.members ?? []);
    raft.start();
    this.#keyKeeper.start((key) => raft.rotateDataKey(key));
    if (joined !== undefined || !this.#options.mayBeUnfounded) this.#settled.resolve("serving");
    if ((await this.#settled.promise) === "never-founded") return "never-founded";
    // Whoever can connect finds the keys as locked as the swarm says.
    await this.#keyKeeper.settled();
    this.#goOn();
    await this.#local.listen();
    this.#goOn();
    this.#health.local.set("ControlAPI", "SERVING");
    const shown = { remote: this.#address, control: flags.listenControlApi };
    log.info("this manager serves", shown);
    return "serving";
  }

  /** Hands leadership over, ends all sessions and closes the log; what is committed stays so. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#forgetSecurity();
    // Who waits for the swarm to be founded goes on, and finds that it is over.
    this.#settled.resolve("serving");
    await this.#handOver();
    this.#timer?.cancel();
    this.#dispatcher.stop();
    this.#ca.stop();
    this.#membership.stop();
    this.#local.close();
    this.#leader.close();
    // One that is being opened is nobody's otherwise. Why it cannot be opened, start() tells.
    const raft = await this.#opening?.catch(() => undefined);
    await raft?.stop();
    await this.#keyKeeper.stop();
    await this.#transport?.stop();
    this.#closeListeners();
  }

  #closeListeners(): void {
    this.#local.close();
    this.#remote.close();
    for (const server of Object.values(this.#grpc)) server.forceShutdown();
  }

  /** To be called where start() has waited. */
  #goOn(): void {
    if (this.#isStopped) throw new Error("the manager was stopped while it started");
  }

  #trust(): Trust {
    const { identity } = this.#options.security;
    const { rootPem } = identity;
    return { kind: "swarm", serverName: "swarm-manager", rootPem, identity };
  }

  #createTransport(replica: Replica): Transport {
    const { clock, log, security } = this.#options;
    return new Transport({
      raftId: replica.raftId,
      clock,
      log,
      identity: () => security.identity,
      guides: this.#options.otherManagers,
      reportUnreachable: (raftId) => replica.reportUnreachable(raftId),
      reportSnapshot: (raftId, isDone) => replica.reportSnapshot(raftId, isDone),
      removed: () => this.#leaveGroup(),
      activityChanged: () => this.#core.reachabilityChanged(),
    });
  }

  #observer(): ManagerObserver {
    return {
      leadTaken: () => {
        this.#dispatcher.start(this.#peers());
        this.#ca.start();
        this.#armTimer();
        this.#showLeader();
        this.#settled.resolve("serving");
      },
      leadLost: () => {
        this.#dispatcher.stop();
        this.#ca.stop();
        this.#armTimer();
        this.#showLeader();
      },
      neverFounded: () => {
        this.#settled.resolve("never-founded");
        const { mayBeUnfounded, paths } = this.#options;
        if (!mayBeUnfounded) this.#fail(lostLogError(paths, "holds no swarm"));
      },
      committed: (commit) => this.#handleCommit(commit),
      leaderChanged: () => this.#showLeader(),
      membersChanged: () => {
        const members = this.#core.replica.membership.members();
        this.#transport?.setMembers(members);
        // A founding that was cut short has nobody else in its log.
        if (members.length > 1) this.#settled.resolve("serving");
        this.#dispatcher.setManagers(this.#peers());
        // A member that has just joined hears of the leader before it learns its address.
        this.#showLeader();
      },
      removed: () => this.#leaveGroup(),
      updateDropped: (dropped) => {
        const message = "an update is too large for a Raft entry and was left out";
        this.#options.log.error(message, { ...dropped });
      },
    };
  }

  #peers(): readonly { readonly nodeId: string; readonly addr: string }[] {
    return this.#core.members().map(({ nodeId, addr }) => ({ nodeId, addr }));
  }

  /** Calls go to the leader; to this manager only once its components run. */
  #showLeader(): void {
    const { replica, isLeading } = this.#core;
    const member = replica.leaderMember();
    const isOther = member !== undefined && member.raftId !== replica.raftId;
    this.#leader.setLeader(isLeading ? "self" : isOther ? member : undefined);
    for (const wake of [...this.#leaderWaiters]) wake();
    this.#membership.correctAddress(this.#address);
  }

  /** A restored snapshot brings a cluster object as well, so commits are not asked for one. */
  #followCluster(): void {
    const cluster = findCluster(this.#store.view());
    if (cluster === this.#cluster || cluster === undefined) return;
    this.#cluster = cluster;
    this.#keyKeeper.handleCluster(cluster);
  }

  #handleCommit(commit: Commit): void {
    this.#followCluster();
    for (const event of commit.events) {
      // A removed node's certificate is still good for TLS; its connections must not be.
      if (event.table === "node" && event.kind === "remove")
        this.#remote.disconnect(event.object.id);
    }
    if (!this.#core.isLeading) return;
    this.#ca.handle(commit);
    this.#dispatcher.handle(commit);
    this.#armTimer();
  }

  /** One timer for the core, moved only when its deadline moved. */
  #armTimer(): void {
    const atMs = this.#core.nextDeadline();
    if (this.#timer?.atMs === atMs) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (atMs === undefined) return;
    const cancel = this.#options.clock.setTimer(atMs, () => {
      this.#timer = undefined;
      this.#core.tick();
      this.#armTimer();
    });
    this.#timer = { atMs, cancel };
  }

  #serve(): void {
    const { log, prng, security } = this.#options;
    const { organization, nodeId } = security.identity;
    const common: Omit<ManagerServices, "health"> = {
      ca: this.#ca,
      dispatcher: this.#dispatcher,
      membership: this.#membership,
      store: this.#store,
      leader: this.#leader,
      authorization: {
        organization,
        nodeId,
        isBlacklisted: (id) =>
          Object.hasOwn(findCluster(this.#store.view())?.blacklistedCertificates ?? {}, id),
      },
      log,
      prng,
      trust: () => this.#trust(),
      controlContext: () => this.#controlContext(),
      takeState: () => this.#takeState(),
    };
    const local = { kind: "local", address: this.#address } as const;
    addServices(
      this.#grpc.local,
      { isRemote: false, peerOf: () => local },
      { ...common, health: this.#health.local },
    );
    addServices(
      this.#grpc.remote,
      { isRemote: true, peerOf: (address) => this.#remote.peerOf(address) },
      { ...common, health: this.#health.remote },
    );
    this.#health.remote.set("Raft", "SERVING");
    this.#remote.serve();
  }

  /** For a backup: the whole state, after a read barrier. */
  async #takeState(): Promise<Outcome<FreshState>> {
    const fresh = await this.#store.readFresh();
    if (!fresh.ok) return fresh;
    const { replica, store } = this.#core;
    const { appliedIndex: index } = replica;
    return succeed({ store: store.save(), index, term: replica.status().term });
  }

  #controlContext(): ControlContext {
    const { clock, ids } = this.#options;
    const members = this.#core.members();
    return { now: clock.now(), ids, randomBytes, members, findCertificateExpiry, isTaskDirty };
  }

  #snapshotPolicy(): ReturnType<
    NonNullable<Parameters<typeof RaftDriver.open>[0]["snapshotPolicy"]>
  > {
    const raft = findCluster(this.#store.view())?.spec.raft;
    if (raft === undefined) return {};
    return {
      snapshotIntervalEntries: raft.snapshotInterval,
      slowFollowerEntries: raft.logEntriesForSlowFollowers,
      oldSnapshotsMax: raft.keepOldSnapshots,
    };
  }

  /** The next leader is one that answers, and calls wait for it no longer than it takes. */
  async #handOver(): Promise<void> {
    if (this.#raft === undefined || !this.#core.handOver()) return;
    const { replica } = this.#core;
    await new Promise<void>((resolve) => {
      const isOver = (): boolean => ![undefined, replica.raftId].includes(replica.leader);
      const cancel = this.#options.clock.setTimer(
        this.#options.clock.now() + handOverTimeoutMs,
        () => resolve(),
      );
      this.#leaderWaiters.add(() => {
        if (!isOver()) return;
        cancel();
        resolve();
      });
    });
  }

  #leaveGroup(): void {
    if (this.#isStopped) return;
    this.#options.log.warn("this manager was removed from the raft group");
    this.#options.removed();
  }

  #fail(error: Error): void {
    this.#settled.reject(error);
    this.#options.fatal(error);
  }
}
