// A client that writes and reads a few objects, one call at a time, and keeps count of what it was told.
import { getCodec } from "../../../packages/proto/src/index.ts";
import { refuse, succeed } from "../../../packages/swarmd/src/core/lib/outcome.ts";
import type {
  WriteResult,
  WriteTransaction,
} from "../../../packages/swarmd/src/core/store/types.ts";
import type { StoreInput, StoreOutput } from "../../lib/linearizability-store.ts";
import type { History } from "../check/history.ts";
import type { Endpoint, Network } from "../engine/network.ts";
import { Random } from "../engine/random.ts";
import type { World } from "../engine/world.ts";
import { Caller } from "./caller.ts";
import type { Answer } from "./calls.ts";
import type { SimManager } from "./manager.ts";

export interface SimClientOptions {
  readonly world: World;
  readonly network: Network;
  readonly history: History;
  readonly seed: number;
  readonly address: number;
  readonly name: string;
  readonly keys: readonly string[];
  /** Mean pause between two calls. */
  readonly pauseMs: number;
  /** Size of what it writes. */
  readonly valueBytes: number;
  readonly managers: () => readonly SimManager[];
}

const callTimeoutMs = 4000;
const label = "value";

export class SimClient implements Endpoint {
  readonly name: string;
  readonly address: number;
  readonly epoch = 0;
  pausedUntilMs = 0;
  readonly #options: SimClientOptions;
  readonly #random: Random;
  readonly #caller: Caller;
  readonly #padding: Uint8Array;
  /** Newest version of each key that it was told of. */
  readonly #versions = new Map<string, number>();
  #count = 0;
  #isStopped = false;
  /** Writes that were answered as done. */
  doneCount = 0;

  constructor(options: SimClientOptions) {
    this.#options = options;
    this.name = options.name;
    this.address = options.address;
    this.#random = new Random(options.seed, options.name);
    this.#caller = new Caller(options.world, options.network, this);
    this.#padding = new Uint8Array(options.valueBytes);
  }

  start(): void {
    this.#isStopped = false;
    this.#pause();
  }

  /** No further calls; what is under way is still answered. */
  stop(): void {
    this.#isStopped = true;
  }

  handle(kind: string, first: unknown): boolean {
    if (kind !== "next-call") return this.#caller.handle(kind, first);
    if (this.#isStopped) return false;
    const key = this.#random.pick(this.#options.keys);
    this.run(key, this.#choose(key), () => this.#pause());
    return true;
  }

  /** One call; `done` is given what it came to, undefined when nobody knows or nothing was done. */
  run(key: string, input: StoreInput, done: (output: StoreOutput | undefined) => void): void {
    const { history, managers, world } = this.#options;
    const candidates = managers();
    if (candidates.length === 0) {
      done(undefined);
      return;
    }
    const open = history.begin(this.name, key, input, world.nowMs);
    const perform = (manager: SimManager, respond: (answer: Answer<StoreOutput>) => void): void => {
      if (input.kind === "read") this.#read(manager, key, respond);
      else this.#write(manager, key, input, respond);
    };
    const call = { label: `${input.kind} ${key}`, timeoutMs: callTimeoutMs, perform };
    this.#caller.call<StoreOutput>(this.#random.pick(candidates), call, (answer) => {
      if (answer.ok) {
        history.end(open, answer.value, world.nowMs);
        this.#learn(key, answer.value);
        done(answer.value);
        return;
      }
      // A read that failed tells nothing; a manager that does not lead has done nothing.
      if (answer.code !== "unavailable" || input.kind === "read") history.drop(open);
      done(undefined);
    });
  }

  #pause(): void {
    const { world, pauseMs } = this.#options;
    world.post(this.#random.exponential(pauseMs), this, "next-call");
  }

  #choose(key: string): StoreInput {
    const drawn = this.#random.next();
    if (drawn < 0.4) return { kind: "read" };
    if (drawn < 0.44) return { kind: "remove" };
    this.#count += 1;
    const value = `${this.name}#${this.#count}`;
    const version = this.#versions.get(key);
    if (version === undefined || drawn < 0.5) return { kind: "create", value };
    return { kind: "update", value, version };
  }

  #learn(key: string, output: StoreOutput): void {
    if (output.kind === "found" || (output.kind === "done" && output.version !== undefined)) {
      this.#versions.set(key, output.version as number);
    }
    if (output.kind === "done") this.doneCount += 1;
    if (output.kind === "absent") this.#versions.delete(key);
    if (output.kind === "refused") this.#versions.delete(key);
  }

  #read(manager: SimManager, key: string, respond: (answer: Answer<StoreOutput>) => void): void {
    manager.core.store.readFresh((fresh) => {
      if (!fresh.ok) return respond(fresh);
      const config = fresh.value.get("config", key);
      if (config === undefined) return respond(succeed({ kind: "absent" }));
      const value = config.spec.annotations.labels[label] ?? "";
      respond(succeed({ kind: "found", value, version: config.meta.version.index }));
    });
  }

  #write(
    manager: SimManager,
    key: string,
    input: Exclude<StoreInput, { kind: "read" }>,
    respond: (answer: Answer<StoreOutput>) => void,
  ): void {
    manager.core.store.write<StoreOutput>(
      manager.now(),
      (transaction) => {
        const result = this.#change(transaction, key, input);
        if (result.ok) {
          const version = transaction.get("config", key)?.meta.version.index;
          return succeed({ kind: "done", version });
        }
        const { reason } = result;
        if (reason === "exists" || reason === "not-found" || reason === "out-of-sequence") {
          return refuse("failed-precondition", reason);
        }
        return refuse("internal", reason);
      },
      (outcome) => {
        const reason = outcome.ok ? undefined : outcome.message;
        if (outcome.ok || outcome.code !== "failed-precondition") return respond(outcome);
        respond(succeed({ kind: "refused", reason } as StoreOutput));
      },
    );
  }

  #change(
    transaction: WriteTransaction,
    key: string,
    input: Exclude<StoreInput, { kind: "read" }>,
  ): WriteResult {
    if (input.kind === "remove") return transaction.remove("config", key);
    const spec = {
      annotations: { name: key, labels: { [label]: input.value } },
      data: this.#padding,
    };
    const config = getCodec("Config").create({ id: key, spec });
    if (input.kind === "create") return transaction.create("config", config);
    const meta = { ...config.meta, version: { index: input.version } };
    return transaction.update("config", { ...config, meta });
  }
}
