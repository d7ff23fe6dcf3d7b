// What goes wrong, and when: each kind of fault comes by itself, lasts a while, and ends.
import type { Endpoint } from "../engine/network.ts";
import { goodNetwork } from "../engine/network.ts";
import { Random } from "../engine/random.ts";
import type { World } from "../engine/world.ts";
import type { BadMoment, FaultName, RunConfig } from "../run-config.ts";
import type { SimAgent } from "./agent.ts";
import type { Cluster } from "./cluster.ts";
import { type DiskConditions, goodDisk } from "./disk.ts";
import type { SimManager } from "./manager.ts";

/** Managers of one run, those included that were demoted. */
const machinesMax = 10;

export class Faults implements Endpoint {
  readonly name = "faults";
  readonly address = -1;
  epoch = 0;
  readonly pausedUntilMs = 0;
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #config: RunConfig;
  readonly #random: Random;
  /** Faults that happened. */
  count = 0;
  #isOn = false;

  readonly #causes: Readonly<Record<FaultName, () => void>> = {
    partition: () => this.#partition(),
    isolate: () => this.#isolateAny(),
    "one-way cut": () => this.#cutOneWay(),
    "bad network": () => this.#spoilNetwork(),
    kill: () => this.#crash(this.#anyManager(), "killed"),
    "power failure": () => this.#crash(this.#anyManager(), "power"),
    "power failure of all": () => {
      for (const manager of this.#cluster.known()) this.#crash(manager, "power");
    },
    "slow disk": () => {
      this.#spoilDisk({ ...goodDisk, syncMs: 40, stallShare: 0.1, stallMsMax: 3000 });
    },
    "failing disk": () => this.#spoilDisk({ ...goodDisk, failureShare: 0.05 }),
    "full disk": () => this.#spoilDisk({ ...goodDisk, isFull: true }),
    "clock rate": () => this.#spoilClock(),
    "clock jump": () => this.#jump(this.#anyMachine()),
    pause: () => this.#anyMachine()?.pause(this.#world.nowMs + this.#random.exponential(2500)),
    transfer: () => this.#cluster.operator.transferLeadership(),
    stop: () => this.#stop(this.#cluster.leader() ?? this.#anyManager()),
    join: () => this.#join(),
    demote: () => this.#cluster.operator.demoteManager(),
    "agent crash": () => this.#crashAgent(),
    "task failures": () => this.#spoilTasks(),
  };

  constructor(world: World, cluster: Cluster, config: RunConfig) {
    this.#world = world;
    this.#cluster = cluster;
    this.#config = config;
    this.#random = new Random(config.seed, this.name);
  }

  start(): void {
    this.#isOn = true;
    this.#setNetwork();
    for (const name of Object.keys(this.#config.faults)) this.#scheduleNext(name as FaultName);
  }

  /** All that is wrong ends now: links, disks, clocks; whoever is down starts. */
  heal(): void {
    this.#isOn = false;
    this.epoch += 1;
    const { network, managers, agents } = this.#cluster;
    network.mendAll();
    network.conditions = { ...goodNetwork, latencyMs: this.#config.latencyMs };
    for (const machine of [...managers, ...agents]) {
      this.#setRate(machine, 1);
      machine.pausedUntilMs = 0;
    }
    for (const manager of managers) {
      manager.disk.conditions = goodDisk;
      this.#startManager(manager);
    }
    for (const agent of agents) {
      agent.executor.conduct.failureShare = 0;
      agent.executor.conduct.lifetimeMs = Infinity;
      if (!agent.isUp) agent.start();
    }
  }

  handle(kind: string, first: unknown, second: unknown): boolean {
    switch (kind) {
      case "fault":
        this.count += 1;
        this.#scheduleNext(first as FaultName);
        this.#causes[first as FaultName]();
        return true;
      case "stop":
        (first as SimManager).stop();
        this.#later(this.#downMs(), "start manager", first);
        return true;
      case "crash":
        this.#crash(first as SimManager, second as "killed" | "power");
        return true;
      case "mend":
        this.#mend(first as readonly (readonly [Endpoint, Endpoint])[]);
        return true;
      case "start manager":
        this.#startManager(first as SimManager);
        return true;
      case "start agent":
        if (!(first as SimAgent).isUp) (first as SimAgent).start();
        return true;
      case "good network":
        this.#setNetwork();
        return true;
      case "good disk":
        (first as SimManager).disk.conditions = goodDisk;
        return true;
      case "clock rate":
        this.#setRate(first as SimManager | SimAgent, second as number);
        return true;
      default:
        return false;
    }
  }

  #downMs(): number {
    return this.#random.exponential(this.#config.restartMs);
  }

  #lastsMs(): number {
    return this.#random.exponential(this.#config.faultLastsMs);
  }

  #scheduleNext(name: FaultName): void {
    const meanMs = this.#config.faults[name];
    if (meanMs !== undefined) this.#later(this.#random.exponential(meanMs), "fault", name);
  }

  #later(delayMs: number, kind: string, first?: unknown, second?: unknown): void {
    this.#world.post(delayMs, this, kind, first, second);
  }

  #setNetwork(): void {
    const { lossShare, doubleShare, lateShare, latencyMs } = this.#config;
    const lateMsMax = 400;
    this.#cluster.network.conditions = { lossShare, doubleShare, lateShare, lateMsMax, latencyMs };
  }

  #spoilNetwork(): void {
    this.#cluster.network.conditions = {
      lossShare: this.#random.pick([0, 0.1, 0.4]),
      doubleShare: this.#random.pick([0, 0.2]),
      lateShare: this.#random.pick([0.05, 0.5]),
      lateMsMax: this.#random.pick([200, 2000]),
      latencyMs: this.#random.pick([1, 30, 150]),
    };
    this.#later(this.#lastsMs(), "good network");
  }

  /** Two groups that do not hear each other. */
  #partition(): void {
    const groups = new Map<Endpoint, boolean>();
    for (const endpoint of this.#cluster.endpoints())
      groups.set(endpoint, this.#random.chance(0.5));
    this.#cutWhere((from, to) => groups.get(from) !== groups.get(to));
  }

  /** Something happens at a member that it may not live to tell. */
  momentFound(moment: BadMoment, raftId: string): void {
    const share = this.#config.badMoments[moment] ?? 0;
    if (!this.#isOn || !this.#random.chance(share)) return;
    const manager = this.#cluster.findManager(raftId);
    if (manager === undefined) return;
    this.count += 1;
    const drawn = this.#random.next();
    // Crashing within the member's own step would let it go on as if nothing had happened.
    if (drawn < 0.5 && (moment === "lead" || moment === "commit")) this.#isolate(manager);
    else this.#later(0, "crash", manager, drawn < 0.75 ? "killed" : "power");
  }

  #isolateAny(): void {
    const isLeader = this.#random.chance(0.5);
    this.#isolate((isLeader ? this.#cluster.leader() : undefined) ?? this.#anyManager());
  }

  /** A manager is alone; its clients may still reach it. */
  #isolate(alone: SimManager | undefined): void {
    const managers = new Set<Endpoint>(this.#cluster.managers);
    const isTotal = this.#random.chance(0.3);
    this.#cutWhere((from, to) => {
      if (from !== alone && to !== alone) return false;
      return isTotal || (managers.has(from) && managers.has(to));
    });
  }

  #cutOneWay(): void {
    const deaf = this.#anyManager();
    const isDeaf = this.#random.chance(0.5);
    const share = this.#random.pick([0.5, 1]);
    this.#cutWhere((from, to) => (isDeaf ? to : from) === deaf && this.#random.chance(share));
  }

  #cutWhere(isCut: (from: Endpoint, to: Endpoint) => boolean): void {
    const links: [Endpoint, Endpoint][] = [];
    const endpoints = this.#cluster.endpoints();
    for (const from of endpoints) {
      for (const to of endpoints) if (from !== to && isCut(from, to)) links.push([from, to]);
    }
    for (const [from, to] of links) this.#cluster.network.cut(from.address, to.address);
    this.#later(this.#lastsMs(), "mend", links);
  }

  #mend(links: readonly (readonly [Endpoint, Endpoint])[]): void {
    for (const [from, to] of links) this.#cluster.network.mend(from.address, to.address);
  }

  #crash(manager: SimManager | undefined, kind: "killed" | "power"): void {
    if (manager === undefined || !manager.isUp) return;
    manager.crash(kind);
    this.#later(this.#downMs(), "start manager", manager);
  }

  #startManager(manager: SimManager): void {
    if (!manager.isUp && !manager.isRetired && manager.epoch > 0) manager.start();
  }

  #spoilDisk(conditions: DiskConditions): void {
    const manager = this.#anyManager();
    if (manager === undefined) return;
    manager.disk.conditions = conditions;
    const lastsMs = this.#lastsMs();
    this.#later(lastsMs, "good disk", manager);
    // A process that its disk has ended is started again, by and by.
    this.#later(lastsMs + 100, "start manager", manager);
  }

  #crashAgent(): void {
    const { agents } = this.#cluster;
    if (agents.length === 0) return;
    const agent = this.#random.pick(agents);
    agent.crash(this.#random.chance(0.5) ? "killed" : "power");
    this.#later(this.#downMs(), "start agent", agent);
  }

  /** In order: leadership is handed over first, if anybody takes it. */
  #stop(manager: SimManager | undefined): void {
    if (manager?.isUp !== true) return;
    manager.core.handOver();
    manager.afterStep();
    this.#later(this.#random.between(0, 1000), "stop", manager);
  }

  #spoilTasks(): void {
    for (const { executor } of this.#cluster.agents) {
      executor.conduct.failureShare = this.#random.pick([0, 0.1, 0.5]);
      executor.conduct.lifetimeMs = this.#random.pick([Infinity, 10_000, 2000]);
    }
  }

  #join(): void {
    const { operator, managers } = this.#cluster;
    const isFull = operator.wantedManagers.size >= this.#config.managersMax;
    if (!isFull && managers.length < machinesMax) operator.joinManager();
  }

  #jump(machine: SimManager | SimAgent | undefined): void {
    machine?.clock.jump(this.#random.between(100, 30_000), this.#world.nowMs);
    machine?.timers.rearm();
  }

  #spoilClock(): void {
    const machine = this.#anyMachine();
    if (machine === undefined) return;
    this.#setRate(machine, this.#random.pick([0.5, 0.8, 0.95, 1.05, 1.25, 2]));
    this.#later(this.#lastsMs(), "clock rate", machine, 1);
  }

  #setRate(machine: SimManager | SimAgent, rate: number): void {
    machine.clock.setRate(rate, this.#world.nowMs);
    machine.timers.rearm();
  }

  #anyManager(): SimManager | undefined {
    const managers = this.#cluster.known();
    return managers.length === 0 ? undefined : this.#random.pick(managers);
  }

  #anyMachine(): SimManager | SimAgent | undefined {
    const machines = [...this.#cluster.known(), ...this.#cluster.agents];
    return machines.length === 0 ? undefined : this.#random.pick(machines);
  }
}
