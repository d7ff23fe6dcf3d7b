// Clients that write and read a few services all the time, some over each manager's socket, and get in
// each other's way on purpose. Names are changed often, so that the history of each stays short.
import { setTimeout as pause } from "node:timers/promises";
import type { LocalNode } from "../../scripts/lib/local-swarm.ts";
import type { ControlCaller } from "./control-caller.ts";
import { seededRandom } from "./random.ts";
import type { Client, ServiceHistory } from "./service-history.ts";

const clientsPerManager = 3;
const namesAtOnce = 4;
/** Calls about one name before another takes its place. */
const callsPerName = 80;
/** Between two calls of a client: the two cores are for the swarm. */
const pauseMs = 4;
/** After a call without an answer: there may be no leader for a while. */
const lostPauseMs = 60;

type Known = NonNullable<Awaited<ReturnType<ServiceHistory["read"]>>>;

export interface ServiceLoadOptions {
  readonly history: ServiceHistory;
  readonly managers: readonly LocalNode[];
  /** Makes a connection for one client: its calls never wait for another's. */
  readonly connect: (manager: LocalNode) => ControlCaller;
  readonly seed: number;
}

export class ServiceLoad {
  readonly #options: ServiceLoadOptions;
  readonly #random: () => number;
  readonly #names: { name: string; calls: number }[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  #namesMade = 0;
  /** Changes that were acknowledged so far. */
  acknowledged = 0;

  constructor(options: ServiceLoadOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    for (let slot = 0; slot < namesAtOnce; slot += 1) this.#names.push(this.#newName());
  }

  start(): void {
    for (const manager of this.#options.managers) {
      for (let count = 0; count < clientsPerManager; count += 1) {
        const number = this.#running.length + 1;
        const caller = this.#options.connect(manager);
        // A write that waits for a quorum holds its client up; a read that is stale comes at once.
        const isReader = count === 0;
        this.#running.push(this.#run({ number, caller }, isReader));
      }
    }
  }

  /** Ends the clients, each after the call it is in. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #run(client: Client, isReader: boolean): Promise<void> {
    const known = new Map<string, Known | undefined>();
    while (!this.#stop.signal.aborted) {
      const name = this.#useName();
      if (isReader) await this.#options.history.read(client, name);
      else known.set(name, await this.#act(client, name, known.get(name)));
      await pause(client.caller.isLost ? lostPauseMs : pauseMs);
    }
  }

  /** One call; what the client knows of the name afterwards. */
  async #act(client: Client, name: string, known: Known | undefined): Promise<Known | undefined> {
    const { history } = this.#options;
    const dice = this.#random();
    if (known === undefined) {
      if (dice < 0.6) return await history.read(client, name);
      return this.#count(await history.create(client, name));
    }
    if (dice < 0.3) return await history.read(client, name);
    if (dice < 0.35) return this.#count(await history.create(client, name));
    if (dice >= 0.45) return this.#count(await history.update(client, name, known));
    await history.remove(client, name, known);
    // Who still takes it for there finds out.
    return this.#random() < 0.5 ? known : undefined;
  }

  #count(state: Known | undefined): Known | undefined {
    if (state !== undefined) this.acknowledged += 1;
    return state;
  }

  #useName(): string {
    const slot = Math.floor(this.#random() * namesAtOnce);
    const used = this.#names[slot];
    if (used === undefined || used.calls >= callsPerName) this.#names[slot] = this.#newName();
    const current = this.#names[slot] ?? this.#newName();
    current.calls += 1;
    return current.name;
  }

  #newName(): { name: string; calls: number } {
    this.#namesMade += 1;
    return { name: `load-${this.#namesMade}`, calls: 0 };
  }
}
