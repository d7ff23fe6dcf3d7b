// What clients did and saw. Beside the full check at the end there is a cheap one at each answer.
import { checkLinearizability, type LinearizabilityResult } from "../../lib/linearizability.ts";
import {
  createStoreModel,
  describeFailure,
  type StoreInput,
  type StoreOperation,
  type StoreOutput,
} from "../../lib/linearizability-store.ts";
import { Violation } from "../engine/world.ts";
import type { StoreCheck } from "./store-check.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** An operation that is under way. */
export interface OpenOperation {
  readonly operation: Mutable<StoreOperation>;
  /** Version of the newest write that was answered before it began. */
  readonly floor: number;
}

export class History {
  readonly operations: StoreOperation[] = [];
  readonly #store: StoreCheck;
  readonly #newest = new Map<string, number>();
  /** Keys with a removal that may have been done. */
  readonly #removals = new Set<string>();

  constructor(store: StoreCheck) {
    this.#store = store;
  }

  get answeredCount(): number {
    return this.operations.filter(({ output }) => output !== undefined).length;
  }

  begin(client: string, key: string, input: StoreInput, nowMs: number): OpenOperation {
    if (input.kind === "remove") this.#removals.add(key);
    const operation: Mutable<StoreOperation> = {
      client,
      key,
      input,
      output: undefined,
      calledAt: nowMs,
      returnedAt: Infinity,
    };
    this.operations.push(operation);
    return { operation, floor: this.#newest.get(key) ?? 0 };
  }

  end(open: OpenOperation, output: StoreOutput, nowMs: number): void {
    const { operation, floor } = open;
    operation.output = output;
    operation.returnedAt = nowMs;
    const { key, input } = operation;
    if (output.kind === "found" && output.version < floor) {
      const message = `${key} was read in version ${output.version} after ${floor} was answered`;
      throw new Violation("stale read", message);
    }
    if (output.kind === "absent" && floor > 0 && !this.#removals.has(key)) {
      const message = `${key} is gone, of which version ${floor} was answered`;
      throw new Violation("lost write", message);
    }
    if (output.kind !== "done" || input.kind === "remove" || input.kind === "read") return;
    this.#expectCommitted(key, output.version);
  }

  /** Nothing was done, for certain: as if it had never been called. */
  drop({ operation }: OpenOperation): void {
    const position = this.operations.lastIndexOf(operation);
    if (position >= 0) this.operations.splice(position, 1);
  }

  check(): void {
    const result: LinearizabilityResult<StoreInput, StoreOutput> = checkLinearizability(
      createStoreModel(this.operations),
      this.operations,
    );
    if (result.kind === "not-linearizable") {
      throw new Violation("linearizability", describeFailure(result));
    }
    if (result.kind === "undecided") {
      throw new Violation(
        "linearizability",
        `the history of ${result.key} takes too long to check`,
      );
    }
  }

  #expectCommitted(key: string, version: number | undefined): void {
    if (version === undefined) return;
    this.#newest.set(key, Math.max(this.#newest.get(key) ?? 0, version));
    const events = this.#store.events(version) ?? [];
    if (events.some(({ object }) => object.id === key)) return;
    const message = `a write of ${key} was answered with version ${version}, which is no commit of it`;
    throw new Violation("lost write", message);
  }
}
