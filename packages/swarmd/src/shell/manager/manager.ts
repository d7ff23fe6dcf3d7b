// A manager: its share of the replicated store, the services on both listeners, and, while it leads,
// the components that turn services into running tasks.
import { existsSync } from "node:fs";
import { Server } from "@grpc/grpc-js";
import { getCodec } from "@swarmkit/proto";
import type { AuthorizationContext } from "../../core/ca/authorize.ts";
import { findCluster } from "../../core/ca/certificates.ts";
import type { ControlContext } from "../../core/control/context.ts";
import { bootstrap } from "../../core/leader/bootstrap.ts";
import { createComponents } from "../../core/leader/components.ts";
import type { IdSource } from "../../core/lib/ids.ts";
import { refuse, succeed } from "../../core/lib/outcome.ts";
import type { Prng } from "../../core/lib/prng.ts";
import type { ClusterFounding } from "../../core/model/new-cluster.ts";
import { isTaskDirty } from "../../core/orchestrator/task-dirty.ts";
import type { Commit } from "../../core/store/types.ts";
import { CaService } from "../ca/ca-service.ts";
import type { Clock } from "../clock.ts";
import { isUnspecified, type SwarmdFlags } from "../flags.ts";
import { LocalListener } from "../grpc/local-listener.ts";
import { RemoteListener } from "../grpc/remote-listener.ts";
import type { Gate } from "../grpc/service.ts";
import type { Logger } from "../log.ts";
import { RaftDriver } from "../raft/raft-driver.ts";
import type { RaftHost } from "../raft/raft-host.ts";
import { loadDataKey } from "../state-dir/data-key.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";
import { findCertificateExpiry, type NodeIdentity } from "../tls/node-identity.ts";
import { addControlService } from "./control-service.ts";
import { DispatcherService } from "./dispatcher-service.ts";
import { HealthService } from "./health-service.ts";
import { LeaderLoop } from "./leader-loop.ts";
import { ReplicatedStore } from "./replicated-store.ts";

/** Largest message that the listeners take, as in SwarmKit. */
const messageBytesMax = 4 * 1024 * 1024;

/** Calls in progress on one connection: an agent has two streams open, a busy client some hundreds. */
const connectionStreamsMax = 1000;

export interface ManagerOptions {
  readonly identity: NodeIdentity;
  /** What a new swarm is made of; undefined when this manager has been in one before. */
  readonly founding: ClusterFounding | undefined;
  readonly flags: SwarmdFlags;
  readonly paths: StatePaths;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly prng: Prng;
  readonly log: Logger;
  /** Told when this manager cannot go on and the process has to end. */
  fatal(error: Error): void;
}

/** What starting a manager came to. */
export type ManagerStart =
  | "serving"
  /** The state directory is of a swarm whose founding was cut short: nobody has ever used it. */
  | "never-founded";

export class Manager {
  readonly #options: ManagerOptions;
  readonly #store: ReplicatedStore;
  readonly #ca: CaService;
  readonly #dispatcher: DispatcherService;
  readonly #health = { remote: new HealthService(), local: new HealthService() };
  readonly #grpc = { remote: createServer(), local: createServer() };
  readonly #remote: RemoteListener;
  readonly #local: LocalListener;
  readonly #leading = Promise.withResolvers<void>();
  #raft: RaftDriver | undefined;
  #loop: LeaderLoop | undefined;
  #isFounded = false;
  #address = "";

  constructor(options: ManagerOptions) {
    const { identity, flags, clock, ids, prng, log } = options;
    this.#options = options;
    this.#store = new ReplicatedStore({ clock, log });
    this.#ca = new CaService({ store: this.#store, ids, wallNow: Date.now, log });
    this.#dispatcher = new DispatcherService({
      store: this.#store,
      nodeId: identity.nodeId,
      clock,
      ids,
      prng,
      log,
    });
    this.#remote = new RemoteListener(this.#grpc.remote, identity, log);
    this.#local = new LocalListener(this.#grpc.local, {
      path: flags.listenControlApi,
      identity,
      log,
    });
    this.#store.onCommit((commit) => this.#handleCommit(commit));
  }

  /** Opens the log, takes the lead, and serves. Rejects with coded errors. */
  async start(): Promise<ManagerStart> {
    const { flags, paths, identity, founding, clock, prng, log } = this.#options;
    // Without a log there is nothing that an older key would be needed for.
    const isNew = founding !== undefined || !existsSync(paths.wal);
    const key = await loadDataKey(paths.nodeKey, { create: isNew });
    const { host, port } = flags.listenRemoteApi;
    const boundPort = await this.#remote.listen(host === "" ? "0.0.0.0" : host, port);
    this.#address = flags.advertiseRemoteApi ?? formatAddress(host, boundPort);
    this.#raft = await RaftDriver.open({
      directories: { wal: paths.wal, snapshots: paths.snapshots },
      key,
      nodeId: identity.nodeId,
      address: this.#address,
      clock,
      prng,
      log,
      host: this.#raftHost(),
      electionTicks: flags.electionTicks,
      heartbeatTicks: flags.heartbeatTicks,
    });
    this.#store.attach(this.#raft);
    await this.#leading.promise;
    if (!(await this.#found())) return "never-founded";
    this.#isFounded = true;
    this.#lead();
    this.#serve();
    await this.#local.listen();
    this.#health.local.set("ControlAPI", "SERVING");
    const shown = { remote: this.#address, control: flags.listenControlApi };
    log.info("this manager serves", shown);
    return "serving";
  }

  /** Ends all sessions and closes the log; what is committed stays so. */
  async stop(): Promise<void> {
    this.#loop?.stop();
    this.#dispatcher.stop();
    this.#local.close();
    this.#remote.close();
    for (const server of Object.values(this.#grpc)) server.forceShutdown();
    await this.#raft?.stop();
  }

  /** The cluster and this node have their objects; false when there is nothing to make them of. */
  async #found(): Promise<boolean> {
    const { identity, founding } = this.#options;
    const options = { nodeId: identity.nodeId, founding };
    const outcome = await this.#store.write((transaction) => {
      const result = bootstrap(transaction, options);
      return result.ok ? succeed(result.cluster) : refuse("not-found", "no cluster object");
    });
    if (!outcome.ok && outcome.code !== "not-found") throw new Error(outcome.message);
    return outcome.ok;
  }

  #lead(): void {
    const { clock, ids } = this.#options;
    const components = createComponents({ ids });
    this.#loop = new LeaderLoop({ store: this.#store, clock, components });
    this.#dispatcher.start([{ nodeId: this.#options.identity.nodeId, addr: this.#address }]);
    this.#loop.start();
    this.#ca.start();
  }

  /** The first time `start` goes on from here. */
  #takeLead(): void {
    this.#leading.resolve();
    if (this.#isFounded) this.#lead();
  }

  /** What the components know is of no use any more: the next leadership has new ones. */
  #loseLead(): void {
    this.#store.abandon();
    this.#loop?.stop();
    this.#loop = undefined;
    this.#dispatcher.stop();
  }

  #handleCommit(commit: Commit): void {
    if (this.#loop === undefined) return;
    this.#loop.handle(commit);
    this.#ca.handle(commit);
    this.#dispatcher.handle(commit);
    for (const event of commit.events) {
      // A removed node's certificate is still good for TLS; its connections must not be.
      if (event.table === "node" && event.kind === "remove")
        this.#remote.disconnect(event.object.id);
    }
  }

  #serve(): void {
    const { log, identity } = this.#options;
    const context: AuthorizationContext = {
      organization: identity.organization,
      nodeId: identity.nodeId,
      isBlacklisted: (nodeId) =>
        Object.hasOwn(findCluster(this.#store.view())?.blacklistedCertificates ?? {}, nodeId),
    };
    const local: Gate = { context, peerOf: () => ({ kind: "local", address: this.#address }) };
    const remote: Gate = { context, peerOf: (address) => this.#remote.peerOf(address) };
    for (const [side, gate] of [["local", local] as const, ["remote", remote] as const]) {
      const server = this.#grpc[side];
      this.#ca.addTo(server, gate);
      this.#dispatcher.addTo(server, gate);
      this.#health[side].addTo(server, { gate, log });
      const options = { gate, log, store: this.#store, context: () => this.#controlContext() };
      addControlService(server, options);
    }
    this.#health.remote.set("Raft", "SERVING");
    this.#remote.serve();
  }

  #controlContext(): ControlContext {
    const { clock, ids } = this.#options;
    const raft = this.#raft;
    const leader = raft?.status().leader;
    const members = (raft?.members() ?? []).map(({ raftId, nodeId, addr }) => {
      const isLeader = raftId === leader;
      return { raftId, nodeId, addr, isLeader, reachability: "REACHABLE" } as const;
    });
    return { now: clock.now(), ids, members, findCertificateExpiry, isTaskDirty };
  }

  #raftHost(): RaftHost {
    return {
      applyEntry: (entry) => this.#store.applyEntry(entry),
      restoreSnapshot: (store, index) =>
        this.#store.restore(getCodec("StoreSnapshot").decode(store), index),
      takeSnapshot: () => {
        const snapshot = this.#store.save();
        return () => getCodec("StoreSnapshot").encode(snapshot);
      },
      leadershipChanged: (isLeader) => {
        if (isLeader) this.#takeLead();
        else this.#loseLead();
      },
      fatal: (error) => {
        this.#leading.reject(error);
        this.#options.fatal(error);
      },
    };
  }
}

function createServer(): Server {
  return new Server({
    "grpc.enable_channelz": 0,
    "grpc.max_receive_message_length": messageBytesMax,
    "grpc.max_concurrent_streams": connectionStreamsMax,
  });
}

function formatAddress(host: string, port: number): string {
  const known = isUnspecified(host) ? "0.0.0.0" : host;
  return known.includes(":") ? `[${known}]:${port}` : `${known}:${port}`;
}
