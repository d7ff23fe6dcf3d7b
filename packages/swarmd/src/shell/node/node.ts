// One node of a swarm: its identity, its agent, and the manager while it is one. The place where the
// parts are put together.
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { NodeDescription, SessionMessage } from "@swarmkit/proto/types";
import { formatId, idEntropyBytes } from "../../core/lib/ids.ts";
import type { ClusterFounding } from "../../core/model/new-cluster.ts";
import { Agent } from "../agent/agent.ts";
import { DispatcherError } from "../agent/dispatcher-connection.ts";
import { Journal } from "../agent/journal.ts";
import { joinSwarm } from "../ca/join.ts";
import { systemClock } from "../clock.ts";
import { SwarmdError } from "../errors.ts";
import type { Executor } from "../executor/port.ts";
import type { SwarmdFlags } from "../flags.ts";
import { dialDispatcher } from "../grpc/dispatcher-client.ts";
import type { Logger } from "../log.ts";
import { Manager } from "../manager/manager.ts";
import { openStateDir, type StateDir } from "../state-dir/state-dir.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";
import {
  loadNodeIdentity,
  type NodeIdentity,
  saveNodeIdentity,
  toNodeIdentity,
} from "../tls/node-identity.ts";
import { readSubject } from "../tls/x509.ts";
import { chooseExecutor } from "./choose-executor.ts";
import { createExecutorFactory } from "./executor-factory.ts";
import { foundSwarm } from "./founding.ts";
import { Remotes } from "./remotes.ts";

export interface SwarmNodeOptions {
  readonly flags: SwarmdFlags;
  readonly log: Logger;
  /** Told when the node cannot go on and the process has to end. */
  fatal(error: Error): void;
}

/** Who the node is, and the swarm that it is about to found if it is the first. */
interface Membership {
  readonly identity: NodeIdentity;
  readonly founding: ClusterFounding | undefined;
}

const ids = (): string => formatId(randomBytes(idEntropyBytes));
const prng = Math.random;

export class SwarmNode {
  readonly #options: SwarmNodeOptions;
  #stateDir: StateDir | undefined;
  #manager: Manager | undefined;
  #executor: Executor | undefined;
  #agent: Agent | undefined;
  #remotes: Remotes | undefined;

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
    const identity = await this.#enterSwarm(paths);
    this.#remotes = await Remotes.open(paths.stateFile, flags.join?.address);
    await this.#startAgent(identity, paths);
    log.info("node is ready", { node: identity.nodeId, role: identity.role });
  }

  /** Leaves no connection and no lock behind. Tasks keep running. */
  async stop(): Promise<void> {
    await this.#agent?.stop();
    await this.#manager?.stop();
    await this.#executor?.close();
    await this.#stateDir?.close();
  }

  /** Becomes a member, and serves if a manager. */
  async #enterSwarm(paths: StatePaths): Promise<NodeIdentity> {
    const { flags, log } = this.#options;
    const { identity, founding } = await this.#findMembership(paths);
    if (identity.role === "swarm-worker") {
      if (!flags.mustBeManager) return identity;
      const remedy = "start it without --manager, or join with the managers' token";
      throw new SwarmdError("role-mismatch", `--manager, but this node is a worker; ${remedy}`);
    }
    const hasServed = existsSync(journalPath(paths));
    if (hasServed && !hasLog(paths)) throw lostLogError(paths, "is gone");
    const manager = this.#createManager(paths, { identity, founding });
    if ((await manager.start()) === "serving") return identity;
    await manager.stop();
    if (hasServed) throw lostLogError(paths, "holds no swarm");
    if (this.#manager === manager) this.#manager = undefined;
    log.warn("the last start was cut short before a swarm was founded; founding it now");
    for (const path of [paths.certificates, paths.raft]) {
      await rm(path, { recursive: true, force: true });
    }
    await this.#stateDir?.close();
    this.#stateDir = await openStateDir(flags.stateDir);
    return await this.#enterSwarm(paths);
  }

  #createManager(paths: StatePaths, membership: Membership): Manager {
    const { flags, log, fatal } = this.#options;
    const clock = systemClock;
    const options = { ...membership, flags, paths, clock, ids, prng, log, fatal };
    this.#manager = new Manager(options);
    return this.#manager;
  }

  /** From the state directory, by joining, or by founding a swarm. */
  async #findMembership(paths: StatePaths): Promise<Membership> {
    const { flags } = this.#options;
    const nowMs = systemClock.now();
    const known = await loadNodeIdentity(paths, nowMs);
    if (known !== undefined) return { identity: known, founding: undefined };
    if (flags.join !== undefined) {
      const { mustBeManager } = flags;
      const files = await joinSwarm({ ...flags.join, mustBeManager });
      const identity = toNodeIdentity(files, "the certificate that the manager issued");
      await saveNodeIdentity(paths, identity);
      return { identity, founding: undefined };
    }
    const { heartbeatTicks, electionTicks } = flags;
    const { identity, cluster } = foundSwarm({ ids, nowMs, heartbeatTicks, electionTicks });
    await saveNodeIdentity(paths, identity);
    return { identity, founding: cluster };
  }

  async #startAgent(identity: NodeIdentity, paths: StatePaths): Promise<void> {
    const { log } = this.#options;
    const executor = this.#executor;
    if (executor === undefined) throw new Error("the executor is chosen first");
    this.#agent = new Agent({
      executor,
      journal: await Journal.open(journalPath(paths), log),
      connect: () => this.#connect(identity),
      clock: systemClock,
      prng,
      describe: () => this.#describe(identity, executor),
      log,
      observer: { sessionMessage: (message) => this.#observe(message) },
    });
    await this.#agent.start();
  }

  /** A manager's agent talks to its own manager over the control socket. */
  #connect(identity: NodeIdentity): Promise<ReturnType<typeof dialDispatcher>> {
    if (this.#manager !== undefined) {
      const target = `unix:${this.#options.flags.listenControlApi}`;
      return Promise.resolve(dialDispatcher(target, { kind: "local" }));
    }
    const address = this.#remotes?.pick(prng);
    if (address === undefined) {
      const message = "no manager is known: start swarmd with --join-addr, a manager's host:port";
      return Promise.reject(new DispatcherError("unavailable", message));
    }
    const { rootPem } = identity;
    const trust = { kind: "swarm", serverName: "swarm-manager", rootPem, identity } as const;
    return Promise.resolve(dialDispatcher(address, trust));
  }

  async #describe(identity: NodeIdentity, executor: Executor): Promise<NodeDescription> {
    const { flags } = this.#options;
    const description = await executor.describe();
    const issuer = readSubject(identity.rootPem);
    const resources = description.resources;
    return {
      ...description,
      hostname: flags.hostname ?? (description.hostname || hostname()),
      resources: resources && { ...resources, generic: flags.genericResources },
      tlsInfo: {
        trustRoot: Buffer.from(identity.rootPem),
        certIssuerSubject: issuer.name,
        certIssuerPublicKey: issuer.publicKey,
      },
      fips: false,
      csiInfo: [],
    };
  }

  #observe(message: SessionMessage): void {
    const { log } = this.#options;
    const peers = message.managers.flatMap(({ peer }) => (peer === undefined ? [] : [peer]));
    this.#remotes?.observe(peers).catch((error: Error) => {
      log.warn("cannot remember the managers", { reason: error.message });
    });
  }
}

/** Made when a node has entered its swarm for the first time. */
function journalPath(paths: StatePaths): string {
  return join(paths.worker, "tasks");
}

function hasLog(paths: StatePaths): boolean {
  return existsSync(paths.wal) && readdirSync(paths.wal).length > 0;
}

/** To found a new swarm in its place would hide the loss, and throw away the node's identity. */
function lostLogError(paths: StatePaths, what: string): SwarmdError {
  const remedy = "restore the state directory from a backup, or found a new swarm in an empty one";
  const message = `this manager has been in a swarm, but the raft log ${paths.wal} ${what}; ${remedy}`;
  return new SwarmdError("wal-corrupt", message);
}
