import { getCodec } from "@swarmkit/proto";
import type { DeepPartial, MessageTypes } from "@swarmkit/proto/types";
import type { ControlContext } from "../core/control/context.ts";
import {
  type ControlMethod,
  type ControlRequest,
  type ControlResponse,
  controlHandlers,
} from "../core/control/handlers.ts";
import { type Outcome, refuse } from "../core/lib/outcome.ts";
import { MemoryStore } from "../core/store/memory-store.ts";
import type { TableName, Tables, WriteTransaction } from "../core/store/types.ts";
import { testEpoch } from "./builders.ts";

/** The Control API on a store of its own: every write is committed at once. */
export class ControlCaller {
  readonly store: MemoryStore = new MemoryStore({ encodeAction: getCodec("StoreAction").encode });
  readonly #context: ControlContext;
  #index = 0;

  /** New objects get the ids `id-1`, `id-2`, ...; secrets are all 1, then all 2, ... */
  constructor(context: Partial<ControlContext> = {}) {
    let ids = 0;
    let secrets = 0;
    this.#context = {
      now: testEpoch,
      ids: () => {
        ids += 1;
        return `id-${ids}`;
      },
      randomBytes: (length) => {
        secrets += 1;
        return new Uint8Array(length).fill(secrets);
      },
      members: [],
      findCertificateExpiry: () => undefined,
      isTaskDirty: () => false,
      ...context,
    };
  }

  /** Calls an RPC; what the request leaves out is as if it were absent on the wire. */
  call<M extends ControlMethod>(
    method: M,
    init: DeepPartial<ControlRequest<M>>,
  ): Outcome<ControlResponse<M>> {
    const handler = controlHandlers[method];
    if (handler.kind === "unimplemented") return refuse("unimplemented", handler.message);
    const codec = getCodec(`${method}Request` as keyof MessageTypes);
    const request = codec.create(init as DeepPartial<MessageTypes[keyof MessageTypes]>);
    const run = handler.run as (
      request: unknown,
      target: unknown,
      context: ControlContext,
    ) => Outcome<ControlResponse<M>>;
    if (handler.kind === "read") return run(request, this.store.view(), this.#context);
    return this.#write((tx) => run(request, tx, this.#context));
  }

  /** The value of a call that must succeed. */
  resultOf<M extends ControlMethod>(
    method: M,
    init: DeepPartial<ControlRequest<M>>,
  ): ControlResponse<M> {
    const outcome = this.call(method, init);
    if (!outcome.ok) throw new Error(`${method}: ${outcome.message}`);
    return outcome.value;
  }

  /** Puts objects into the store, past the API. */
  add<T extends TableName>(table: T, ...objects: readonly Tables[T][]): this {
    this.#write((tx) => {
      for (const object of objects) {
        const result = tx.create(table, object);
        if (!result.ok) throw new Error(result.message);
      }
      return { ok: true, value: undefined };
    });
    return this;
  }

  #write<T>(change: (tx: WriteTransaction) => Outcome<T>): Outcome<T> {
    this.#index += 1;
    const at = { index: this.#index, now: this.#context.now };
    const done = this.store.transact(at, change, ({ ok }) => ok);
    if (!done.ok) return refuse("internal", done.message);
    if (done.proposal !== undefined) this.store.commit(done.proposal);
    return done.value;
  }
}
