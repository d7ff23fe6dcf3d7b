// The machines of a run: who there is, who may be asked, and what a swarm is founded of.
import type { ClusterFounding } from "../../../packages/swarmd/src/core/model/new-cluster.ts";
import type { Checks } from "../check/checks.ts";
import type { History } from "../check/history.ts";
import { type Endpoint, Network } from "../engine/network.ts";
import { Random } from "../engine/random.ts";
import type { World } from "../engine/world.ts";
import type { RunConfig } from "../run-config.ts";
import { SimAgent } from "./agent.ts";
import { SimClient } from "./client.ts";
import type { SimManager, SimManagerOptions } from "./manager.ts";
import { Operator } from "./operator.ts";

export type MakeManager = (options: SimManagerOptions) => SimManager;

export interface ClusterOptions {
  readonly world: World;
  readonly config: RunConfig;
  readonly checks: Checks;
  readonly history: History;
  readonly makeManager: MakeManager;
}

const founding: ClusterFounding = {
  id: "cluster-1",
  rootCertificatePem: new Uint8Array([1]),
  rootKeyPem: new Uint8Array([2]),
  rootDigest: "sha256:00",
  joinTokens: { worker: "SWMTKN-worker", manager: "SWMTKN-manager" },
  heartbeatTicks: 1,
  electionTicks: 10,
};

export class Cluster {
  readonly network: Network;
  readonly managers: SimManager[] = [];
  readonly agents: SimAgent[] = [];
  readonly clients: SimClient[] = [];
  readonly operator: Operator;
  readonly #options: ClusterOptions;
  readonly #random: Random;
  readonly #byRaftId = new Map<string, SimManager>();
  #lastAddress = -1;

  constructor(options: ClusterOptions) {
    const { world, config } = options;
    this.#options = options;
    this.#random = new Random(config.seed, "cluster");
    this.network = new Network(world, new Random(config.seed, "network"));
    this.operator = new Operator(this, world, config, this.#takeAddress());
    this.#makeManager(founding).start();
  }

  /** Everybody on the network. */
  endpoints(): readonly Endpoint[] {
    return [...this.managers, ...this.agents, ...this.clients, this.operator];
  }

  findManager(raftId: string): SimManager | undefined {
    return this.#byRaftId.get(raftId);
  }

  /** Managers that a client knows: those that were not removed, up or not. */
  known(): readonly SimManager[] {
    return this.managers.filter(({ isRetired, epoch }) => !isRetired && epoch > 0);
  }

  leader(): SimManager | undefined {
    return this.managers.find((manager) => manager.isUp && manager.core.isLeading);
  }

  /** A machine that is to become a manager; it starts once it has asked to join. */
  addManager(): SimManager {
    return this.#makeManager(undefined);
  }

  addAgent(nodeId: string): void {
    const { world, config } = this.#options;
    const agent = new SimAgent({
      world,
      network: this.network,
      seed: config.seed,
      address: this.#takeAddress(),
      nodeId,
      skewMs: this.#random.between(-30_000, 30_000),
      managers: () => this.known(),
    });
    this.agents.push(agent);
    agent.start();
  }

  addClients(): void {
    const { world, config, history } = this.#options;
    const keys = Array.from({ length: config.keysCount }, (_, number) => `register-${number + 1}`);
    for (let number = 1; number <= config.clientsCount; number += 1) {
      const client = new SimClient({
        world,
        network: this.network,
        history,
        seed: config.seed,
        address: this.#takeAddress(),
        name: `client-${number}`,
        keys,
        pauseMs: config.clientPauseMs,
        valueBytes: config.valueBytes,
        managers: () => this.known(),
      });
      this.clients.push(client);
      client.start();
    }
  }

  #takeAddress(): number {
    this.#lastAddress += 1;
    return this.#lastAddress;
  }

  #makeManager(foundingOrJoin: ClusterFounding | undefined): SimManager {
    const { world, config, checks, makeManager } = this.#options;
    const raftId = String(this.managers.length + 1);
    const manager = makeManager({
      world,
      network: this.network,
      checks,
      seed: config.seed,
      address: this.#takeAddress(),
      raftId,
      founding: foundingOrJoin,
      snapshotIntervalEntries: config.snapshotIntervalEntries,
      keptEntries: config.keptEntries,
      skewMs: this.#random.between(-30_000, 30_000),
      findManager: (id) => this.#byRaftId.get(id),
    });
    this.managers.push(manager);
    this.#byRaftId.set(raftId, manager);
    return manager;
  }
}
