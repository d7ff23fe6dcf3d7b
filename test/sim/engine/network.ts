// Links between all pairs of machines, each direction by itself. A message may be lost, late, doubled or
// overtaken; a cut link takes nothing.
import type { EventTarget } from "./event-queue.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

export interface NetworkConditions {
  /** Shares of the messages, 0 to 1. */
  readonly lossShare: number;
  readonly doubleShare: number;
  /** Messages that take up to `lateMsMax` longer, and so are overtaken. */
  readonly lateShare: number;
  readonly lateMsMax: number;
  /** Mean latency. */
  readonly latencyMs: number;
}

/** A machine on the network. */
export interface Endpoint extends EventTarget {
  /** Row and column in the table of links. */
  readonly address: number;
}

const endpointsMax = 32;

export const goodNetwork: NetworkConditions = {
  lossShare: 0,
  doubleShare: 0,
  lateShare: 0,
  lateMsMax: 0,
  latencyMs: 1,
};

export class Network {
  conditions: NetworkConditions = goodNetwork;
  readonly #world: World;
  readonly #random: Random;
  /** How many faults cut the link from row to column. */
  readonly #cuts = new Uint8Array(endpointsMax * endpointsMax);

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  cut(from: number, to: number): void {
    const link = from * endpointsMax + to;
    this.#cuts[link] = (this.#cuts[link] ?? 0) + 1;
  }

  mend(from: number, to: number): void {
    const link = from * endpointsMax + to;
    this.#cuts[link] = Math.max(0, (this.#cuts[link] ?? 0) - 1);
  }

  mendAll(): void {
    this.#cuts.fill(0);
  }

  isCut(from: number, to: number): boolean {
    return this.#cuts[from * endpointsMax + to] !== 0;
  }

  /** Sends a datagram; false when it is lost (which a sender cannot know at once). */
  send(from: Endpoint, to: Endpoint, kind: string, first: unknown, second?: unknown): boolean {
    const { lossShare, doubleShare } = this.conditions;
    if (this.isCut(from.address, to.address) || this.#random.chance(lossShare)) {
      this.#world.note(from.name, "lost", first, to.name);
      return false;
    }
    this.#world.postAny(this.#latency(), to, kind, first, second);
    if (this.#random.chance(doubleShare)) {
      this.#world.postAny(this.#latency(), to, kind, first, second);
    }
    return true;
  }

  /** One message of a connection: sent again when it is lost, so it arrives once or the connection is cut. */
  deliver(from: Endpoint, to: Endpoint, kind: string, first: unknown, second?: unknown): boolean {
    const arrivalMs = this.streamArrival(from, to, 0);
    if (arrivalMs === undefined) {
      this.#world.note(from.name, "lost", kind, to.name);
      return false;
    }
    this.#world.postAny(arrivalMs - this.#world.nowMs, to, kind, first, second);
    return true;
  }

  /** Arrival of the next message of a stream, which nothing overtakes; undefined when the stream breaks. */
  streamArrival(from: Endpoint, to: Endpoint, previousMs: number): number | undefined {
    // A stream sends again what is lost, so it takes many losses to break it.
    const { lossShare } = this.conditions;
    if (this.isCut(from.address, to.address) || this.#random.chance(lossShare ** 3)) {
      return undefined;
    }
    return Math.max(previousMs, this.#world.nowMs + this.#latency());
  }

  #latency(): number {
    const { latencyMs, lateShare, lateMsMax } = this.conditions;
    const late = this.#random.chance(lateShare) ? this.#random.next() * lateMsMax : 0;
    return latencyMs * (0.5 + this.#random.next()) + late;
  }
}
