// One run from one seed: a swarm is founded, things go wrong for a while, all faults end, and then all has to
// work again. Whatever is broken on the way ends the run with a RunFailure.
import type { Task } from "../../packages/proto/gen/types.ts";
import { compareTaskStates } from "../../packages/swarmd/src/core/model/task-state.ts";
import { Checks } from "./check/checks.ts";
import { History } from "./check/history.ts";
import { Violation, World } from "./engine/world.ts";
import { Cluster, type MakeManager } from "./machine/cluster.ts";
import { Faults } from "./machine/faults.ts";
import { SimManager } from "./machine/manager.ts";
import { RunFailure } from "./report.ts";
import { drawConfig, healingMsMax, type RunConfig } from "./run-config.ts";

export interface RunOptions {
  readonly config?: Partial<RunConfig>;
  /** For planted bugs. */
  readonly makeManager?: MakeManager;
  /** Told of all that happens. */
  readonly watcher?: World["watcher"];
}

/** What a run amounted to. */
export interface RunResult {
  readonly seed: number;
  readonly steps: number;
  readonly simulatedMs: number;
  readonly faultsCount: number;
  readonly leadersCount: number;
  readonly committedCount: number;
  /** Snapshots that one manager installed from another. */
  readonly snapshotsCount: number;
  readonly operationsCount: number;
  readonly answeredCount: number;
  /** From the end of the faults until all worked again. */
  readonly healingMs: number;
}

/** Longest wait for the first managers and agents, when nothing goes wrong meanwhile. */
const foundingMsMax = 60_000;
const serviceChangeMs = 3000;
const probeMs = 250;
const lastReadsMsMax = 10_000;

export function runSimulation(seed: number, options: RunOptions = {}): RunResult {
  return new Simulation(drawConfig(seed, options.config), options).run();
}

class Simulation {
  readonly #config: RunConfig;
  readonly #world = new World();
  readonly #checks = new Checks();
  readonly #history: History;
  readonly #cluster: Cluster;
  readonly #faults: Faults;

  constructor(config: RunConfig, { makeManager, watcher }: RunOptions) {
    this.#config = config;
    this.#world.watcher = watcher;
    this.#history = new History(this.#checks.store);
    this.#cluster = new Cluster({
      world: this.#world,
      config,
      checks: this.#checks,
      history: this.#history,
      makeManager: makeManager ?? ((managerOptions) => new SimManager(managerOptions)),
    });
    this.#faults = new Faults(this.#world, this.#cluster, config);
    this.#checks.log.momentFound = (moment, raftId) => this.#faults.momentFound(moment, raftId);
  }

  run(): RunResult {
    try {
      this.#found();
      this.#suffer();
      const healingMs = this.#heal();
      this.#finish();
      return this.#result(healingMs);
    } catch (error) {
      const { nowMs, steps, trace } = this.#world;
      throw new RunFailure({ config: this.#config, nowMs, steps, trace, error });
    }
  }

  #found(): void {
    const { managersCount, agentsCount } = this.#config;
    const { operator } = this.#cluster;
    for (let count = 1; count < managersCount; count += 1) operator.joinManager();
    for (let count = 1; count <= agentsCount; count += 1) operator.joinAgent(`agent-${count}`);
    // Now and then a swarm has a hard youth.
    if (this.#config.seed % 5 === 0) return;
    this.#world.runUntil(foundingMsMax, () => operator.isContent);
    this.#expect(operator.isContent, "the managers and agents did not come together");
  }

  #suffer(): void {
    const { faultsMs, hasServices } = this.#config;
    this.#cluster.addClients();
    this.#faults.start();
    const untilMs = this.#world.nowMs + faultsMs;
    while (this.#world.nowMs < untilMs) {
      if (hasServices) this.#cluster.operator.changeServices();
      this.#world.runUntil(Math.min(untilMs, this.#world.nowMs + serviceChangeMs));
    }
  }

  #heal(): number {
    const { clients } = this.#cluster;
    this.#faults.heal();
    this.#world.note("faults", "end");
    const sinceMs = this.#world.nowMs;
    const before = clients.map(({ doneCount }) => doneCount);
    for (;;) {
      this.#world.runUntil(this.#world.nowMs + probeMs);
      const isServed = clients.every(({ doneCount }, at) => doneCount > (before[at] ?? 0));
      const trouble = isServed ? this.#findTrouble() : "a client gets no answer";
      const healingMs = this.#world.nowMs - sinceMs;
      if (trouble === undefined) return healingMs;
      this.#expect(healingMs < healingMsMax, `after ${healingMs} ms without faults: ${trouble}`);
    }
  }

  /** Everybody comes to rest, reads all keys once more, and is compared. */
  #finish(): void {
    const { clients, managers } = this.#cluster;
    for (const client of clients) client.stop();
    this.#world.runUntil(this.#world.nowMs + 5000);
    const unread = new Set<string>();
    for (let number = 1; number <= this.#config.keysCount; number += 1) {
      unread.add(`register-${number}`);
    }
    const untilMs = this.#world.nowMs + lastReadsMsMax;
    for (const key of unread) this.#readUntilAnswered(key, unread);
    this.#world.runUntil(untilMs, () => unread.size === 0);
    this.#expect(unread.size === 0, "a read at the very end was not answered");
    this.#history.check();
    for (const manager of managers) {
      if (manager.isUp) this.#checks.store.compareView(manager, manager.view());
    }
  }

  /** Some managers do not know yet that they are none any more, and cannot answer. */
  #readUntilAnswered(key: string, unread: Set<string>): void {
    this.#cluster.clients[0]?.run(key, { kind: "read" }, (output) => {
      if (output === undefined) this.#readUntilAnswered(key, unread);
      else unread.delete(key);
    });
  }

  #expect(condition: boolean, message: string): void {
    if (!condition) throw new Violation("progress", message);
  }

  /** What is not yet as it should be; undefined when all is well. */
  #findTrouble(): string | undefined {
    const { operator } = this.#cluster;
    if (!operator.isContent) return "the operator's wishes are not fulfilled";
    return this.#findManagerTrouble() ?? this.#findAgentTrouble();
  }

  #findManagerTrouble(): string | undefined {
    const { managers, operator } = this.#cluster;
    const leading = managers.filter((manager) => manager.isUp && manager.core.isLeading);
    const [leader] = leading;
    if (leader === undefined || leading.length > 1) return `${leading.length} managers lead`;
    const members = leader.replica.membership.members().map(({ raftId }) => raftId);
    const wanted = [...operator.wantedManagers];
    if (members.length !== wanted.length) return `${members.length} members, not ${wanted.length}`;
    for (const raftId of wanted) {
      const manager = this.#cluster.findManager(raftId);
      if (manager?.isUp !== true) return `manager ${raftId} is not up`;
      if (!members.includes(raftId)) return `manager ${raftId} is no member`;
      if (manager.replica.leader !== leader.raftId) return `manager ${raftId} follows another`;
      const lag = leader.replica.appliedIndex - manager.replica.appliedIndex;
      if (lag > 50) return `manager ${raftId} is ${lag} entries behind`;
    }
    return this.#findRoleTrouble(leader);
  }

  /** A demoted manager's node is a worker's, whether its machine has heard of it or not. */
  #findRoleTrouble(leader: SimManager): string | undefined {
    const { managers, operator } = this.#cluster;
    const view = leader.view();
    for (const { epoch, nodeId, raftId } of managers) {
      if (epoch === 0) continue;
      const expected = operator.wantedManagers.has(raftId) ? "MANAGER" : "WORKER";
      const role = view.get("node", nodeId)?.role;
      if (role !== expected) return `the role of ${nodeId} is ${role}`;
    }
    return undefined;
  }

  #findAgentTrouble(): string | undefined {
    const { agents, operator } = this.#cluster;
    const view = this.#cluster.leader()?.view();
    if (view === undefined) return "nobody leads";
    for (const { name } of agents) {
      const state = view.get("node", name)?.status.state;
      if (state !== "READY") return `${name} is ${state}`;
    }
    if (agents.length === 0) return undefined;
    for (const [name, replicas] of operator.replicas) {
      const [service] = view.find("service", { by: "name", name });
      if (service === undefined) return `${name} is not there`;
      const tasks = view.find("task", { by: "service", serviceId: service.id });
      const running = tasks.filter(isRunning).length;
      if (running !== replicas) return `${name} has ${running} of ${replicas} replicas`;
      const lost = tasks.find((task) => isRunning(task) && !this.#isReallyRunning(task));
      if (lost !== undefined) return `task ${lost.id} is not running on ${lost.nodeId}`;
    }
    return undefined;
  }

  #isReallyRunning({ id, nodeId }: Task): boolean {
    const agent = this.#cluster.agents.find(({ name }) => name === nodeId);
    return agent?.executor.isRunning(id) === true;
  }

  #result(healingMs: number): RunResult {
    return {
      seed: this.#config.seed,
      steps: this.#world.steps,
      simulatedMs: this.#world.nowMs,
      faultsCount: this.#faults.count,
      leadersCount: this.#checks.log.leadersCount,
      committedCount: this.#checks.log.committedCount,
      snapshotsCount: this.#checks.store.snapshotsCount,
      operationsCount: this.#history.operations.length,
      answeredCount: this.#history.answeredCount,
      healingMs,
    };
  }
}

function isRunning({ desiredState, status }: Task): boolean {
  return desiredState === "RUNNING" && compareTaskStates(status.state, "RUNNING") === 0;
}
