// One node of a swarm: its identity, its agent, and the manager while it is one. The place where the
// parts are put together.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { formatId, idEntropyBytes } from "../../core/lib/ids.ts";
import type { ClusterFounding } from "../../core/model/new-cluster.ts";
import { Agent } from "../agent/agent.ts";
import { Journal } from "../agent/journal.ts";
import { prepareStateDir } from "../backup/prepare-state-dir.ts";
import { CertificateRenewer } from "../ca/certificate-renewer.ts";
import { fetchUnlockKey } from "../ca/fetch-unlock-key.ts";
import { renewIdentity } from "../ca/renew.ts";
import { systemClock } from "../clock.ts";
import { SwarmdError } from "../errors.ts";
import type { Executor } from "../executor/port.ts";
import type { SwarmdFlags } from "../flags.ts";
import type { Logger } from "../log.ts";
import { Manager } from "../manager/manager.ts";
import { openStateDir, type StateDir } from "../state-dir/state-dir.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";
import { SecurityConfig } from "../tls/security-config.ts";
import { chooseExecutor } from "./choose-executor.ts";
import { describeNode } from "./describe-node.ts";
import { createExecutorFactory } from "./executor-factory.ts";
import { IdentityKeeper } from "./identity-keeper.ts";
import { askInTurn, connectDispatcher } from "./manager-calls.ts";
import { ManagerRoute } from "./manager-route.ts";
import { ManagerSupervisor } from "./manager-supervisor.ts";
import { findMembership } from "./membership.ts";
import {
  becomeWorker,
  clearRaftState,
  hasLog,
  isJoining,
  lostLogError,
  markJoining,
  unmarkJoining,
} from "./raft-state.ts";
import { Remotes } from "./remotes.ts";
import { SessionNews } from "./session-news.ts";

export interface SwarmNodeOptions {
  readonly flags: SwarmdFlags;
  readonly log: Logger;
  /** Told when the node cannot go on and the process has to end. */
  fatal(error: Error): void;
}

/** What exists once the node knows who it is. */
interface Parts {
  readonly paths: StatePaths;
  readonly executor: Executor;
  readonly security: SecurityConfig;
  readonly remotes: Remotes;
  readonly route: ManagerRoute;
  readonly renewer: CertificateRenewer;
  readonly news: SessionNews;
  readonly supervisor: ManagerSupervisor;
}

const ids = (): string => formatId(randomBytes(idEntropyBytes));
const prng = Math.random;

export class SwarmNode {
  readonly #options: SwarmNodeOptions;
  #stateDir: StateDir | undefined;
  #executor: Executor | undefined;
  #parts: Parts | undefined;
  #agent: Agent | undefined;

  constructor(options: SwarmNodeOptions) {
    this.#options = options;
  }

  /** Resolves when the node is in its swarm and runs its tasks. Rejects with coded errors. */
  async start(): Promise<void> {
    const { flags, log } = this.#options;
    this.#stateDir = await openStateDir(flags.stateDir);
    const { paths } = this.#stateDir;
    const factory = createExecutorFactory(flags, paths, log);
    this.#executor = await chooseExecutor(flags, factory, { paths, log });
    const { security } = await this.#enterSwarm(paths);
    const { nodeId, role } = security.identity;
    log.info("node is ready", { node: nodeId, role });
  }

  /** Leaves no connection and no lock behind. Tasks keep running. */
  async stop(): Promise<void> {
    this.#parts?.renewer.stop();
    await this.#agent?.stop();
    await this.#parts?.supervisor.stop();
    await this.#executor?.close();
    await this.#stateDir?.close();
  }

  /** Becomes a member, runs tasks, and serves if a manager. */
  async #enterSwarm(paths: StatePaths): Promise<Parts> {
    const { flags, log } = this.#options;
    const nowMs = Date.now();
    await prepareStateDir({ paths, flags, ids, nowMs, log });
    const { credentials, founding } = await findMembership({ flags, paths, ids, nowMs });
    const { role } = credentials.identity;
    if (role === "swarm-worker" && flags.mustBeManager) {
      const remedy = "start it without --manager, or join with the managers' token";
      throw new SwarmdError("role-mismatch", `--manager, but this node is a worker; ${remedy}`);
    }
    if (role === "swarm-worker") await becomeWorker(paths, credentials.keys);
    const hasServed = existsSync(journalPath(paths));
    const parts = await this.#assemble(paths, new SecurityConfig(credentials), founding);
    this.#parts = parts;
    const mayJoin = flags.join !== undefined || isJoining(paths);
    if (role === "swarm-manager" && hasServed && !mayJoin && !hasLog(paths)) {
      throw lostLogError(paths, "is gone");
    }
    // Tasks do not wait for a manager that may have a long log. One that begins anew must not have its
    // agent register with the managers of before.
    const isAgentFirst = hasServed && !flags.forceNewCluster;
    if (isAgentFirst) await this.#startAgent(parts);
    const isPatient = hasServed && flags.join === undefined && isJoining(paths);
    if ((await parts.supervisor.start({ isPatient })) === "never-founded") {
      if (hasServed) throw lostLogError(paths, "holds no swarm");
      return await this.#foundAgain(paths);
    }
    if (!isAgentFirst) await this.#startAgent(parts);
    parts.renewer.start();
    return parts;
  }

  async #foundAgain(paths: StatePaths): Promise<Parts> {
    const { flags, log } = this.#options;
    log.warn("the last start was cut short before a swarm was founded; founding it now");
    for (const path of [paths.certificates, paths.raft]) {
      await rm(path, { recursive: true, force: true });
    }
    await this.#stateDir?.close();
    this.#stateDir = await openStateDir(flags.stateDir);
    return await this.#enterSwarm(paths);
  }

  async #assemble(
    paths: StatePaths,
    security: SecurityConfig,
    founding: ClusterFounding | undefined,
  ): Promise<Parts> {
    const { fatal, flags, log } = this.#options;
    const { executor, remotes } = await this.#prepare(paths);
    const ownSocket = (): string | undefined =>
      supervisor.isServing ? flags.listenControlApi : undefined;
    const route = new ManagerRoute({ security, remotes, prng, ownSocket });
    const keeper = new IdentityKeeper({
      security,
      paths,
      wallNow: Date.now,
      log,
      fetchUnlockKey: (identity) =>
        askInTurn(route.renewalTargets(), (target) => fetchUnlockKey(target, identity)),
    });
    const renewer = new CertificateRenewer({
      security,
      clock: systemClock,
      wallNow: Date.now,
      prng,
      log,
      renew: (current) =>
        askInTurn(route.renewalTargets(), (target) => renewIdentity(current, target, Date.now())),
      refused: (error) => {
        // A worker's tasks go on; a manager has nothing left to do.
        if (security.identity.role === "swarm-manager") fatal(error);
      },
      adopt: (identity) => keeper.adopt(identity),
    });
    const supervisor = this.#supervise({ paths, security, founding, route, renewer });
    const news = new SessionNews({ security, keeper, renewer, remotes, log });
    return { paths, executor, security, remotes, route, renewer, news, supervisor };
  }

  async #prepare(paths: StatePaths): Promise<Pick<Parts, "executor" | "remotes">> {
    const executor = this.#executor;
    if (executor === undefined) throw new Error("the executor is chosen first");
    return {
      executor,
      remotes: await Remotes.open(paths.stateFile, this.#options.flags.join?.address),
    };
  }

  #supervise(
    parts: Pick<Parts, "paths" | "security" | "route" | "renewer"> & {
      readonly founding: ClusterFounding | undefined;
    },
  ): ManagerSupervisor {
    const { flags, log, fatal } = this.#options;
    const { paths, security, route, renewer } = parts;
    const clock = systemClock;
    let founding = parts.founding;
    return new ManagerSupervisor({
      security,
      clock,
      log,
      create: (removed) => {
        const joinAddress =
          hasLog(paths) || founding !== undefined ? undefined : this.#joinAddress(route, paths);
        const mayBeUnfounded = !existsSync(journalPath(paths));
        const renewCertificate = (): void => renewer.force();
        return new Manager({
          otherManagers: () => route.remotes(),
          ...{ security, founding, mayBeUnfounded, joinAddress, flags, paths, clock, ids, prng },
          ...{ log, fatal, removed, renewCertificate },
        });
      },
      started: async () => {
        founding = undefined;
        await unmarkJoining(paths);
      },
      forget: async () => {
        const { identity, keys } = security;
        if (identity.role === "swarm-worker") return await becomeWorker(paths, keys);
        // Removed, and still a manager by its certificate: it may join anew.
        await markJoining(paths);
        await clearRaftState(paths, keys);
      },
      renewCertificate: () => renewer.force(),
      isWanted: () => this.#parts?.news.isManagerWanted ?? false,
    });
  }

  /** Where a manager without a log gets in. */
  #joinAddress(route: ManagerRoute, paths: StatePaths): string | undefined {
    return (
      this.#options.flags.join?.address ?? (isJoining(paths) ? route.remote()?.address : undefined)
    );
  }

  async #startAgent(parts: Parts): Promise<void> {
    const { executor, news, paths, renewer, route, security, supervisor } = parts;
    const { flags, log } = this.#options;
    const connect = async (): ReturnType<typeof connectDispatcher> => {
      const target = route.next();
      if (target !== undefined) return await connectDispatcher(target, security.identity);
      // There may be none but the one in this process, which takes its time to start.
      await supervisor.firstStart;
      return await connectDispatcher(route.next(), security.identity);
    };
    this.#agent = new Agent({
      executor,
      journal: await Journal.open(journalPath(paths), log),
      connect,
      clock: systemClock,
      prng,
      describe: () => describeNode(executor, { identity: security.identity, flags }),
      log,
      observer: {
        sessionMessage: (message) => news.observe(message),
        registered: () => route.reached(),
        sessionLost: (message) => {
          route.lost();
          // To know for certain, a certificate is asked for.
          const isRemoved = message.includes("was removed from swarm");
          if (isRemoved && security.identity.role === "swarm-manager") renewer.force();
        },
      },
    });
    await this.#agent.start();
  }
}

/** Made when a node has entered its swarm for the first time. */
function journalPath(paths: StatePaths): string {
  return join(paths.worker, "tasks");
}
