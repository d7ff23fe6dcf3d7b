// The calling side of calls to managers: each is answered once, or given up after its time.
import type { Endpoint, Network } from "../engine/network.ts";
import type { World } from "../engine/world.ts";
import type { Answer, Call, Reply } from "./calls.ts";
import type { SimManager } from "./manager.ts";

/** Nobody answered in time: it may have been done, or be done yet. */
export const timedOut = { ok: false, code: "unavailable", message: "no answer in time" } as const;

export class Caller {
  readonly #world: World;
  readonly #network: Network;
  readonly #owner: Endpoint;
  readonly #waiting = new Map<number, (answer: Answer<unknown>) => void>();
  #lastNumber = 0;

  constructor(world: World, network: Network, owner: Endpoint) {
    this.#world = world;
    this.#network = network;
    this.#owner = owner;
  }

  /** Calls a manager, which passes it on to the leader. */
  call<T>(
    to: SimManager,
    options: {
      readonly label: string;
      readonly timeoutMs: number;
      readonly perform: Call<T>["perform"];
    },
    done: (answer: Answer<T>) => void,
  ): void {
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    const { label, perform, timeoutMs } = options;
    const call = { caller: this.#owner, number, label, perform, via: undefined };
    this.#waiting.set(number, done as (answer: Answer<unknown>) => void);
    this.#world.post(timeoutMs, this.#owner, "call-timeout", number);
    this.#network.deliver(this.#owner, to, "call", call);
  }

  /** Whether the event was one of this caller's. */
  handle(kind: string, first: unknown): boolean {
    if (kind === "reply") {
      const { call, answer } = first as Reply;
      return this.#end(call.number, answer);
    }
    return kind === "call-timeout" && this.#end(first as number, timedOut);
  }

  clear(): void {
    this.#waiting.clear();
  }

  #end(number: number, answer: Answer<unknown>): boolean {
    const done = this.#waiting.get(number);
    if (done === undefined) return false;
    this.#waiting.delete(number);
    done(answer);
    return true;
  }
}
