// What clients asked of services and what they were told, with the times of both: the material that
// linearizability is judged on. A service has no replicas here, and its value is a label.
import type { Service } from "../../packages/proto/gen/types.ts";
import type { CallEnd, ControlCaller } from "./control-caller.ts";

/** A service as it can be told from others: which one it is, and what was written last. */
export interface ServiceState {
  readonly id: string;
  /** Unlike any other that was ever written, so it stands for the version too. */
  readonly value: string;
}

export type ServiceAction =
  | { readonly kind: "create"; readonly value: string }
  /** Is to succeed when nobody wrote since `expected` was read. */
  | {
      readonly kind: "update";
      readonly id: string;
      readonly expected: string;
      readonly value: string;
    }
  | { readonly kind: "remove"; readonly id: string }
  | { readonly kind: "read" };

export type ServiceResult =
  /** The state that is there afterwards, as the answer says; undefined for none. */
  | { readonly kind: "done"; readonly state: ServiceState | undefined }
  /** Refused for what was there, and nothing was changed. */
  | { readonly kind: "refused" }
  /** May have happened, may yet happen, or never will. */
  | { readonly kind: "unknown" };

/** One call about one name. */
export interface ServiceOperation {
  readonly key: string;
  readonly client: number;
  readonly action: ServiceAction;
  /** Times of one clock, in milliseconds. */
  readonly invokedAtMs: number;
  /** Infinite when nobody knows whether it is over. */
  readonly returnedAtMs: number;
  readonly result: ServiceResult;
}

/** What a client must know of a service to update it. */
interface KnownService extends ServiceState {
  readonly version: number;
}

export interface HistoryCounts {
  readonly done: number;
  readonly refused: number;
  readonly unknown: number;
  /** Calls that were given up before anything was sent, or refused for other reasons than the state. */
  readonly without: number;
}

const valueLabel = "value";

/** Records the operations of all clients. */
export class ServiceHistory {
  readonly operations: ServiceOperation[] = [];
  readonly #keys = new Set<string>();
  /** What was said of calls that were not decided by a service's state, with how often. */
  readonly notes = new Map<string, number>();
  #without = 0;
  #valuesMade = 0;

  /** All names that were ever used. */
  get keys(): readonly string[] {
    return [...this.#keys];
  }

  get counts(): HistoryCounts {
    const count = (kind: ServiceResult["kind"]): number =>
      this.operations.filter(({ result }) => result.kind === kind).length;
    const [done, refused, unknown] = [count("done"), count("refused"), count("unknown")];
    return { done, refused, unknown, without: this.#without };
  }

  /** Creates a service of a name; what is known of it then. */
  async create(client: Client, key: string): Promise<KnownService | undefined> {
    const value = this.#newValue();
    const spec = specOf(key, value);
    const action = { kind: "create", value } as const;
    return await this.#perform(client, key, action, () =>
      client.caller.call("CreateService", { spec }),
    );
  }

  /** Writes a new value on top of the one that is known. */
  async update(
    client: Client,
    key: string,
    known: KnownService,
  ): Promise<KnownService | undefined> {
    const value = this.#newValue();
    const { id, value: expected, version } = known;
    const action = { kind: "update", id, expected, value } as const;
    const request = {
      serviceId: id,
      serviceVersion: { index: version },
      spec: specOf(key, value),
    };
    return await this.#perform(client, key, action, () =>
      client.caller.call("UpdateService", request),
    );
  }

  async remove(client: Client, key: string, { id }: KnownService): Promise<void> {
    await this.#perform(client, key, { kind: "remove", id }, () =>
      client.caller.call("RemoveService", { serviceId: id }),
    );
  }

  async read(client: Client, key: string): Promise<KnownService | undefined> {
    return await this.#perform(client, key, { kind: "read" }, async () => {
      const filters = { names: [key] };
      const end = await client.caller.call("ListServices", { filters });
      if (end.kind !== "ok") return end;
      const service = end.value.services.find(({ spec }) => spec.annotations.name === key);
      return { kind: "ok", value: { service } };
    });
  }

  /** One read of every name by a single call, which must succeed. */
  async readAll(client: Client): Promise<readonly Service[]> {
    const invokedAtMs = performance.now();
    const { services } = await client.caller.must("ListServices", {});
    const returnedAtMs = performance.now();
    const byName = new Map(services.map((service) => [service.spec.annotations.name, service]));
    for (const key of this.#keys) {
      const state = toKnown(byName.get(key));
      const result = { kind: "done", state } as const;
      const action = { kind: "read" } as const;
      const { number } = client;
      this.operations.push({ key, client: number, action, invokedAtMs, returnedAtMs, result });
    }
    return services;
  }

  async #perform(
    client: Client,
    key: string,
    action: ServiceAction,
    call: () => Promise<CallEnd<{ readonly service?: Service | undefined } | object>>,
  ): Promise<KnownService | undefined> {
    this.#keys.add(key);
    const invokedAtMs = performance.now();
    const end = await call();
    const known =
      end.kind === "ok" && "service" in end.value ? toKnown(end.value.service) : undefined;
    const result = toResult(action, end, known);
    if (result === undefined) this.#without += 1;
    if (end.kind !== "ok" && result?.kind !== "refused") {
      this.#note(`${action.kind}: ${end.kind}: ${end.message}`);
    }
    if (result !== undefined && !(action.kind === "read" && result.kind !== "done")) {
      const returnedAtMs = result.kind === "unknown" ? Infinity : performance.now();
      const { number } = client;
      this.operations.push({ key, client: number, action, invokedAtMs, returnedAtMs, result });
    }
    return known;
  }

  #note(text: string): void {
    this.notes.set(text, (this.notes.get(text) ?? 0) + 1);
  }

  #newValue(): string {
    this.#valuesMade += 1;
    return `v${this.#valuesMade}`;
  }
}

/** Somebody who makes one call after the other. */
export interface Client {
  readonly number: number;
  readonly caller: ControlCaller;
}

/** The value of a service of this workload; undefined for others. */
export function writtenValue({ spec }: Service): string | undefined {
  return spec.annotations.labels[valueLabel];
}

function toResult(
  { kind }: ServiceAction,
  end: CallEnd<unknown>,
  state: ServiceState | undefined,
): ServiceResult | undefined {
  switch (end.kind) {
    case "ok":
      return { kind: "done", state };
    case "unknown":
      return { kind: "unknown" };
    case "not-sent":
      return undefined;
    case "refused": {
      const { status, message } = end;
      const isForState =
        status === "ALREADY_EXISTS" ||
        status === "NOT_FOUND" ||
        (kind === "update" && message.includes("update out of sequence"));
      if (isForState) return { kind: "refused" };
      // That the call had no effect is only sure where the status is one that says so.
      return status === "UNKNOWN" ? { kind: "unknown" } : undefined;
    }
  }
}

function toKnown(service: Service | undefined): KnownService | undefined {
  if (service === undefined) return undefined;
  const version = service.meta.version.index;
  return { id: service.id, value: writtenValue(service) ?? "", version };
}

function specOf(
  name: string,
  value: string,
): {
  readonly annotations: { readonly name: string; readonly labels: Record<string, string> };
  readonly task: { readonly container: { readonly image: string } };
  readonly replicated: { readonly replicas: number };
} {
  return {
    annotations: { name, labels: { [valueLabel]: value } },
    task: { container: { image: "none" } },
    replicated: { replicas: 0 },
  };
}
