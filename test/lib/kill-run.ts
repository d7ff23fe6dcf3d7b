// Nodes are killed at random moments while services are created, scaled and removed. Whatever was
// acknowledged must be there afterwards, and what ran untouched must never have stopped.
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { LocalNode } from "../../scripts/lib/local-swarm.ts";
import type { RunResult } from "../../scripts/lib/run.ts";
import { seededRandom } from "./random.ts";
import type { TestSwarm } from "./test-swarm.ts";

export interface KillPlan {
  readonly rounds: number;
  /** After so many rounds the swarm is left alone until it has settled, and looked at. */
  readonly roundsPerCheck: number;
}

/** One change of one service. A service that is not there has no replicas: undefined. */
interface Change {
  readonly name: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** What ran for each service when the swarm was looked at last. */
type Sightings = ReadonlyMap<
  string,
  { readonly replicas: number; readonly ran: readonly string[] }
>;

const servicesMax = 4;
const replicasMax = 3;
/** Time between the start of swarmctl and the kill: the call falls in between, most often. */
const killDelayMinMs = 80;
const killDelayMaxMs = 300;
/** Longest time from a start to a second kill, which hits the start. */
const secondKillDelayMaxMs = 400;
const secondKillShare = 0.3;
/** swarmctl's exit statuses when swarmd goes away before or amid a call. */
const unavailable = 6;

export class KillRun {
  readonly #swarm: TestSwarm;
  readonly #seed: number;
  readonly #plan: KillPlan;
  readonly #random: () => number;
  /** Replicas of every service, as far as they were acknowledged. */
  readonly #services = new Map<string, number>();
  /** Lowest replica count of a service since the last look. */
  readonly #lowest = new Map<string, number>();
  #sightings: Sightings = new Map();
  #created = 0;

  constructor(swarm: TestSwarm, seed: number, plan: KillPlan) {
    this.#swarm = swarm;
    this.#seed = seed;
    this.#plan = plan;
    this.#random = seededRandom(seed);
  }

  /** Throws with the seed in the message. */
  async run(): Promise<void> {
    const { rounds, roundsPerCheck } = this.#plan;
    try {
      const nodeIds = await this.#nodeIds();
      for (const name of ["first", "second"]) {
        await this.#swarm.create(name, replicasMax);
        this.#services.set(name, replicasMax);
      }
      await this.#check();
      for (let round = 1; round <= rounds; round += 1) {
        await this.#killAmidChange();
        if (round % roundsPerCheck !== 0 && round !== rounds) continue;
        expect(await this.#nodeIds(), "the nodes' ids").toEqual(nodeIds);
        await this.#check();
      }
    } catch (error) {
      const how = `rerun with SWARMKIT_TEST_SEED=${this.#seed}`;
      throw new Error(`${how}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }

  async #killAmidChange(): Promise<void> {
    const { nodes } = this.#swarm.local;
    const change = this.#chooseChange();
    const victim = this.#choose(this.#random() < 0.5 ? nodes.slice(0, 1) : nodes.slice(1));
    const changing = this.#swarm.ctl(...this.#wordsOf(change));
    await delay(killDelayMinMs + this.#random() * (killDelayMaxMs - killDelayMinMs));
    await this.#restart(victim);
    if (this.#random() < secondKillShare) {
      await delay(this.#random() * secondKillDelayMaxMs);
      await this.#restart(victim);
    }
    const result = await changing;
    await this.#swarm.local.waitUntilServing();
    await this.#accept(change, result);
  }

  async #restart(node: LocalNode): Promise<void> {
    await this.#swarm.kill(node);
    this.#swarm.local.start(node);
  }

  #chooseChange(): Change {
    const [...names] = this.#services.keys();
    const kind = this.#random();
    if (names.length === 0 || (kind < 0.4 && names.length < servicesMax)) {
      this.#created += 1;
      return { name: `web-${this.#created}`, before: undefined, after: this.#chooseReplicas() };
    }
    const name = this.#choose(names);
    const before = this.#services.get(name);
    if (kind > 0.85) return { name, before, after: undefined };
    const after = this.#chooseReplicas();
    return { name, before, after: after === before ? replicasMax + 1 : after };
  }

  #wordsOf({ name, before, after }: Change): readonly string[] {
    if (before === undefined) return this.#swarm.createWords(name, after ?? 0);
    if (after === undefined) return ["service", "remove", name];
    return ["service", "update", name, "--replicas", String(after)];
  }

  /** A change that was acknowledged counts; one that was cut off has happened, or it has not. */
  async #accept({ name, before, after }: Change, result: RunResult): Promise<void> {
    const found = await this.#replicas();
    const isCutOff = result.status === unavailable;
    expect(result.status, result.stderr).toBeOneOf([0, unavailable]);
    expect(found.get(name), `replicas of ${name}, ${result.stderr}`).toBeOneOf(
      isCutOff ? [before, after] : [after],
    );
    const now = found.get(name);
    if (now === undefined) this.#services.delete(name);
    else this.#services.set(name, now);
    expect(found, "the acknowledged services").toEqual(this.#services);
    const lowest = Math.min(now ?? 0, this.#lowest.get(name) ?? Number.POSITIVE_INFINITY);
    this.#lowest.set(name, lowest);
  }

  /** The swarm has settled: just what was asked for runs, and what could stay has stayed. */
  async #check(): Promise<void> {
    const sightings = new Map<string, { replicas: number; ran: readonly string[] }>();
    for (const { id, spec } of await this.#swarm.services()) {
      const { name } = spec.annotations;
      const replicas = this.#services.get(name) ?? 0;
      const tasks = await this.#swarm.untilRunning(id, replicas);
      const seen = await this.#swarm.observe();
      const ran = tasks.map((task) => {
        const instances = seen.filter(({ taskId }) => taskId === task.id);
        expect(instances, `what runs for task ${task.id}`).toHaveLength(1);
        return instances[0]?.instance ?? "";
      });
      sightings.set(name, { replicas, ran });
    }
    await this.#expectNothingElse(sightings);
    for (const [name, before] of this.#sightings) this.#expectAdopted(name, before, sightings);
    this.#sightings = sightings;
    this.#lowest.clear();
  }

  async #expectNothingElse(sightings: Sightings): Promise<void> {
    const wanted = [...sightings.values()].flatMap(({ ran }) => ran).sort();
    await this.#swarm.until("nothing else to run", async () => {
      const seen = (await this.#swarm.observe()).map(({ instance }) => instance).sort();
      return seen.join("\n") === wanted.join("\n") ? true : undefined;
    });
  }

  /** As many as were wanted all the time are the same processes or containers as before. */
  #expectAdopted(name: string, before: { readonly ran: readonly string[] }, now: Sightings): void {
    const ran = now.get(name)?.ran ?? [];
    const kept = before.ran.filter((instance) => ran.includes(instance));
    const lowest = this.#services.has(name) ? (this.#lowest.get(name) ?? before.ran.length) : 0;
    const expected = Math.min(before.ran.length, lowest);
    expect(
      kept.length,
      `of ${name} ran ${before.ran.join(", ")}; now ${ran.join(", ")}; unchanged`,
    ).toBeGreaterThanOrEqual(expected);
  }

  async #replicas(): Promise<Map<string, number>> {
    const services = await this.#swarm.services();
    return new Map(
      services.map(({ spec }) => [spec.annotations.name, spec.replicated?.replicas ?? 0]),
    );
  }

  async #nodeIds(): Promise<readonly string[]> {
    return (await this.#swarm.nodes()).map(({ id }) => id).sort();
  }

  #chooseReplicas(): number {
    return Math.floor(this.#random() * (replicasMax + 1));
  }

  #choose<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)] as Item;
  }
}
