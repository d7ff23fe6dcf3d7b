import { describe, expect, test } from "vitest";
import { checkLinearizability, type Operation, type SequentialModel } from "./linearizability.ts";
import {
  createStoreModel,
  describeFailure,
  type StoreInput,
  type StoreOperation,
  type StoreOutput,
} from "./linearizability-store.ts";
import { seededRandom } from "./random.ts";

function operation(
  span: readonly [number, number],
  input: StoreInput,
  output: StoreOutput | undefined,
  key = "x",
): StoreOperation {
  const [calledAt, returnedAt] = span;
  return { client: `client-${calledAt}`, key, input, output, calledAt, returnedAt };
}

const create = (value: string): StoreInput => ({ kind: "create", value });
const update = (version: number, value: string): StoreInput => ({ kind: "update", version, value });
const read: StoreInput = { kind: "read" };
const remove: StoreInput = { kind: "remove" };
const done = (version?: number): StoreOutput => ({ kind: "done", version });
const found = (value: string, version: number): StoreOutput => ({ kind: "found", value, version });
const absent: StoreOutput = { kind: "absent" };
const refused = (reason: "exists" | "not-found" | "out-of-sequence"): StoreOutput => ({
  kind: "refused",
  reason,
});

function check(operations: readonly StoreOperation[]): string {
  return checkLinearizability(createStoreModel(operations), operations).kind;
}

describe("histories that one copy could have given", () => {
  test("one thing after the other", () => {
    const history = [
      operation([0, 1], read, absent),
      operation([2, 3], create("a"), done(5)),
      operation([4, 5], update(5, "b"), done(6)),
      operation([6, 7], read, found("b", 6)),
      operation([8, 9], remove, done()),
      operation([10, 11], read, absent),
    ];
    expect(check(history)).toBe("linearizable");
  });

  test("reads that overlap a write see the old value or the new one", () => {
    const history = [
      operation([0, 1], create("a"), done(5)),
      operation([2, 10], update(5, "b"), done(6)),
      operation([3, 4], read, found("a", 5)),
      operation([5, 6], read, found("b", 6)),
    ];
    expect(check(history)).toBe("linearizable");
  });

  test("a write without an answer takes effect late", () => {
    const history = [
      operation([0, 1], create("a"), done(5)),
      operation([2, Infinity], update(5, "b"), undefined),
      operation([10, 11], read, found("a", 5)),
      operation([20, 21], read, found("b", 9)),
    ];
    expect(check(history)).toBe("linearizable");
  });

  test("a write without an answer never takes effect", () => {
    const history = [
      operation([0, 1], create("a"), done(5)),
      operation([2, Infinity], update(5, "b"), undefined),
      operation([10, 11], update(5, "c"), done(6)),
      operation([20, 21], read, found("c", 6)),
    ];
    expect(check(history)).toBe("linearizable");
  });

  test("an unseen write without an answer explains a refusal", () => {
    const history = [
      operation([0, 1], create("a"), done(5)),
      operation([2, Infinity], update(5, "b"), undefined),
      operation([10, 11], update(5, "c"), refused("out-of-sequence")),
    ];
    expect(check(history)).toBe("linearizable");
  });
});

describe("histories that no one copy could have given", () => {
  test("a read that misses a write which was answered before it began", () => {
    const history = [
      operation([0, 1], create("a"), done(5)),
      operation([2, 3], update(5, "b"), done(6)),
      operation([4, 5], read, found("a", 5)),
    ];
    expect(check(history)).toBe("not-linearizable");
  });

  test("two reads one after the other that see a write come and go", () => {
    const history = [
      operation([0, 1], create("a"), done(5)),
      operation([2, 20], update(5, "b"), done(6)),
      operation([3, 4], read, found("b", 6)),
      operation([5, 6], read, found("a", 5)),
    ];
    expect(check(history)).toBe("not-linearizable");
  });

  test("two updates from one version that both succeed", () => {
    const history = [
      operation([0, 1], create("a"), done(5)),
      operation([2, 9], update(5, "b"), done(6)),
      operation([3, 8], update(5, "c"), done(7)),
    ];
    expect(check(history)).toBe("not-linearizable");
  });

  test("a refusal that nothing explains", () => {
    const history = [
      operation([0, 1], create("a"), done(5)),
      operation([2, 3], update(5, "b"), refused("out-of-sequence")),
    ];
    expect(check(history)).toBe("not-linearizable");
  });

  test("an answered write that is gone", () => {
    const history = [operation([0, 1], create("a"), done(5)), operation([2, 3], read, absent)];
    expect(check(history)).toBe("not-linearizable");
  });

  test("a value that a write without an answer gave before it was called", () => {
    const history = [
      operation([0, 1], create("a"), done(5)),
      operation([2, 3], read, found("b", 6)),
      operation([4, Infinity], update(5, "b"), undefined),
    ];
    expect(check(history)).toBe("not-linearizable");
  });
});

test("keys do not concern each other, and the failing one is named", () => {
  const history = [
    operation([0, 1], create("a"), done(5), "good"),
    operation([2, 3], read, absent, "bad"),
    operation([4, 5], read, found("z", 9), "bad"),
    operation([6, 7], read, found("a", 5), "good"),
  ];
  const result = checkLinearizability(createStoreModel(history), history);
  expect(result).toMatchObject({ kind: "not-linearizable", key: "bad" });
});

test("a failure shows the shortest beginning of the history that cannot be", () => {
  const history = [
    operation([0, 1], create("a"), done(5)),
    operation([2, 3], update(5, "b"), done(6)),
    operation([4, 5], read, found("a", 5)),
    operation([6, 7], read, found("b", 6)),
    operation([8, 9], remove, done()),
  ];
  const result = checkLinearizability(createStoreModel(history), history);
  if (result.kind !== "not-linearizable") throw new Error(result.kind);
  expect(result.culprit).toBe(history[2]);
  expect(result.operations).toHaveLength(3);
  expect(describeFailure(result)).toBe(
    [
      "the history of x is not linearizable: nothing explains this answer",
      "  [4.0 ms .. 5.0 ms] client-4: read -> a in version 5",
      "after what was seen from 0.0 ms on (3 operations since the start):",
      "  [0.0 ms .. 1.0 ms] client-0: create a -> done, version 5",
      "  [2.0 ms .. 3.0 ms] client-2: update from version 5 to b -> done, version 6",
      "  [4.0 ms .. 5.0 ms] client-4: read -> a in version 5",
    ].join("\n"),
  );
});

/** Appends to a list, about which nothing is known before all is done: the hardest to search. */
const counterModel: SequentialModel<number, "add", number> = {
  initial: 0,
  apply: (state, _input, output) =>
    output === undefined || output === state + 1 ? state + 1 : undefined,
  fingerprint: String,
};

test("a search that grows too large is given up", () => {
  const operations: Operation<"add", number>[] = Array.from({ length: 40 }, (_, position) => ({
    client: String(position),
    key: "x",
    input: "add",
    output: position === 0 ? 100 : undefined,
    calledAt: 0,
    returnedAt: position === 0 ? 1 : Infinity,
  }));
  expect(checkLinearizability(counterModel, operations, 10_000).kind).toBe("undecided");
});

test("random runs of one copy are linearizable, and are not once a value is swapped", () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const history = playOneCopy(seededRandom(seed), 120);
    expect(check(history), `seed ${seed}`).toBe("linearizable");
    const position = history.findLastIndex(
      ({ output }) => output?.kind === "found" && output.value !== "",
    );
    const spoilt = history.map((each, at) =>
      at === position ? { ...each, output: found("never written", 1) } : each,
    );
    expect(check(spoilt), `seed ${seed}, spoilt`).toBe("not-linearizable");
  }
});

/** Clients whose operations overlap, on a store that does each at an instant between call and return. */
function playOneCopy(prng: () => number, count: number): readonly StoreOperation[] {
  const plans = Array.from({ length: count }, (_, number) => {
    const calledAt = prng() * count * 3;
    const effectAt = calledAt + prng() * 10;
    return { number, calledAt, effectAt, returnedAt: effectAt + prng() * 10 };
  }).sort((left, right) => left.effectAt - right.effectAt);
  let value: string | undefined;
  let version = 0;
  return plans.map(({ number, calledAt, effectAt, returnedAt }) => {
    const drawn = prng();
    const isLost = prng() < 0.1;
    const span = [calledAt, isLost ? Infinity : returnedAt] as const;
    const answer = (output: StoreOutput): StoreOutput | undefined => (isLost ? undefined : output);
    if (drawn < 0.4) {
      const output = value === undefined ? absent : found(value, version);
      return operation(span, read, answer(output));
    }
    if (drawn < 0.5) {
      const output = value === undefined ? refused("not-found") : done();
      value = undefined;
      return operation(span, remove, answer(output));
    }
    if (drawn < 0.7) {
      if (value !== undefined)
        return operation(span, create(`v${number}`), answer(refused("exists")));
      value = `v${number}`;
      version = Math.floor(effectAt * 1000);
      return operation(span, create(value), answer(done(version)));
    }
    const from = prng() < 0.7 ? version : version - 1;
    const input = update(from, `v${number}`);
    if (value === undefined) return operation(span, input, answer(refused("not-found")));
    if (from !== version) return operation(span, input, answer(refused("out-of-sequence")));
    value = `v${number}`;
    version = Math.floor(effectAt * 1000);
    return operation(span, input, answer(done(version)));
  });
}
