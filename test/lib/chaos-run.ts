// Managers are killed, paused, stopped in order and cut off at random while clients write and read through
// all sockets. What the clients were told must be what one store could have said, nothing acknowledged may
// be lost, and the managers' stores must be the same in the end.
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import type { LocalNode } from "../../scripts/lib/local-swarm.ts";
import { describeError } from "../../scripts/lib/run.ts";
import type { ManagersWorld } from "./managers-world.ts";
import { between, type Cut } from "./network-lab.ts";
import { seededRandom } from "./random.ts";
import { ServiceHistory } from "./service-history.ts";
import { ServiceLoad } from "./service-load.ts";
import { findContradiction } from "./service-model.ts";

export interface ChaosPlan {
  readonly seed: number;
  /** How long faults are made, in milliseconds. */
  readonly durationMs: number;
}

type Fault = "kill" | "pause" | "stop" | "partition" | "one-way";

const faults: readonly Fault[] = [
  ...(["kill", "stop", "one-way"] as const),
  // In these an old leader may live beside a new one.
  ...(["pause", "pause", "partition", "partition"] as const),
];
/** How long a process is away. */
const awayMs = { min: 200, max: 1500 };
/** How long others are: another leader is to be there before they are back. */
const cutMs = { min: 1000, max: 3000 };
/** How long the swarm is left alone after a fault. */
const calmMs = { min: 300, max: 2000 };
/** Now and then the quorum goes too. */
const majorityShare = 0.1;
/** The leader is among them as often as this, at least. */
const leaderShare = 0.7;
/** A client that waits longer is of no use; a failover takes about as long. */
const callTimeoutMs = 1500;
/** Changes that must be acknowledged at each socket once all is well again. */
const changesAfterwards = 10;
const afterwardsTimeoutMs = 20_000;
/** Below this the clients did nothing worth checking. */
const acknowledgedMin = 100;

export class ChaosRun {
  readonly #world: ManagersWorld;
  readonly #plan: ChaosPlan;
  readonly #random: () => number;
  readonly #history = new ServiceHistory();
  readonly #story: string[] = [];

  constructor(world: ManagersWorld, plan: ChaosPlan) {
    this.#world = world;
    this.#plan = plan;
    this.#random = seededRandom(plan.seed);
  }

  /** Throws with the seed in the message. What happened goes to stderr in one line. */
  async run(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      const how = `rerun with SWARMKIT_TEST_SEED=${this.#plan.seed}`;
      const said = [...this.#history.notes].map(([text, count]) => `${count} × ${text}`);
      const parts = [`${how}: ${describeError(error)}`, "Faults:", ...this.#story];
      throw new Error([...parts, "Said to clients:", ...said].join("\n"), { cause: error });
    }
  }

  async #run(): Promise<void> {
    const load = new ServiceLoad({
      history: this.#history,
      managers: this.#world.managers,
      connect: (node) => this.#world.caller(node, callTimeoutMs),
      seed: this.#plan.seed,
    });
    load.start();
    try {
      const until = performance.now() + this.#plan.durationMs;
      while (performance.now() < until) {
        await this.#makeFault();
        await this.#pause(calmMs);
        await this.#world.expectSteady();
      }
      await this.#world.local.waitUntilReachable();
      await this.#expectProgress();
    } finally {
      await load.stop();
    }
    const { done, refused, unknown } = this.#history.counts;
    process.stderr.write(
      `chaos: ${this.#world.managers.length} managers, seed ${this.#plan.seed}: ` +
        `${this.#story.length} faults; ${load.acknowledged} changes acknowledged, ` +
        `${done} calls done, ${refused} refused, ${unknown} without an answer\n`,
    );
    expect(load.acknowledged, "changes acknowledged").toBeGreaterThan(acknowledgedMin);
    await this.#check();
  }

  /** Every socket takes changes again. */
  async #expectProgress(): Promise<void> {
    const deadline = performance.now() + afterwardsTimeoutMs;
    for (const [position, node] of this.#world.managers.entries()) {
      const client = { number: 100 + position, caller: this.#world.caller(node) };
      for (let made = 0; made < changesAfterwards; ) {
        const name = `after-${position}-${made}`;
        if ((await this.#history.create(client, name)) !== undefined) made += 1;
        if (performance.now() > deadline) throw new Error(`${node.name} takes no changes again`);
      }
    }
  }

  async #check(): Promise<void> {
    await this.#world.expectSteadyKnown();
    for (const [position, node] of this.#world.managers.entries()) {
      await this.#history.readAll({ number: 200 + position, caller: this.#world.caller(node) });
    }
    const contradiction = findContradiction(this.#history.operations);
    if (contradiction !== undefined) throw new Error(contradiction);
    await this.#world.expectSameStores();
  }

  async #makeFault(): Promise<void> {
    const fault = this.#choose(faults);
    const victims = await this.#chooseVictims();
    const names = victims.map(({ name }) => name).join(", ");
    this.#story.push(`${performance.now().toFixed(0)} ms: ${fault} ${names}`);
    switch (fault) {
      case "kill":
        await this.#world.kill(...victims);
        await this.#pause(awayMs);
        for (const node of victims) node.start();
        break;
      case "stop":
        await Promise.all(victims.map((node) => node.stop()));
        await this.#pause(awayMs);
        for (const node of victims) node.start();
        break;
      case "pause":
        for (const node of victims) node.pause();
        await this.#pause(cutMs);
        for (const node of victims) node.resume();
        break;
      case "partition":
      case "one-way":
        await this.#world.lab?.cut(this.#chooseCuts(fault, victims));
        await this.#pause(cutMs);
        await this.#world.lab?.heal();
        break;
    }
  }

  /** Less than half of the managers, most often. */
  async #chooseVictims(): Promise<readonly LocalNode[]> {
    const { managers } = this.#world;
    const minority = Math.floor((managers.length - 1) / 2);
    const count =
      this.#random() < majorityShare
        ? minority + 1 + Math.floor(this.#random() * (managers.length - minority))
        : 1 + Math.floor(this.#random() * minority);
    const leader = this.#random() < leaderShare ? await this.#findLeader() : undefined;
    const ranks = new Map(managers.map((node) => [node, node === leader ? -1 : this.#random()]));
    return [...managers]
      .sort((left, right) => (ranks.get(left) ?? 0) - (ranks.get(right) ?? 0))
      .slice(0, count);
  }

  /** Cuts the victims off from the rest, the worker's part chosen by chance. */
  #chooseCuts(fault: Fault, victims: readonly LocalNode[]): readonly Cut[] {
    const names = this.#world.local.nodes.map(({ name }) => name);
    const inside = victims.map(({ name }) => name);
    if (this.#random() < 0.5) inside.push("worker-1");
    const outside = names.filter((name) => !inside.includes(name));
    const cuts = between(inside, outside);
    if (fault === "partition") return cuts;
    const isDeaf = this.#random() < 0.5;
    return cuts.filter(({ to }) => inside.includes(to) === isDeaf);
  }

  async #findLeader(): Promise<LocalNode | undefined> {
    for (const node of this.#world.managers) {
      const end = await this.#world.caller(node, 500).call("ListNodes", {});
      if (end.kind !== "ok") continue;
      const leader = end.value.nodes.find(({ managerStatus }) => managerStatus?.leader === true);
      const name = leader?.description?.hostname;
      return this.#world.managers.find((manager) => manager.name === name);
    }
    return undefined;
  }

  async #pause({ min, max }: { readonly min: number; readonly max: number }): Promise<void> {
    await pause(min + this.#random() * (max - min));
  }

  #choose<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)] as Item;
  }
}
