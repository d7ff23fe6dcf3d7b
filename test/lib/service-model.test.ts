import { expect, test } from "vitest";
import type {
  ServiceAction,
  ServiceOperation,
  ServiceResult,
  ServiceState,
} from "./service-history.ts";
import { findContradiction } from "./service-model.ts";

const first: ServiceState = { id: "s1", value: "v1" };
const create = (value: string): ServiceAction => ({ kind: "create", value });
const update = (id: string, expected: string, value: string): ServiceAction => {
  return { kind: "update", id, expected, value };
};
const read: ServiceAction = { kind: "read" };
const remove: ServiceAction = { kind: "remove", id: "s1" };
const done = (state?: ServiceState): ServiceResult => ({ kind: "done", state });
const refused: ServiceResult = { kind: "refused" };
const unknown: ServiceResult = { kind: "unknown" };

function operation(
  [invokedAtMs, returnedAtMs]: readonly [number, number],
  action: ServiceAction,
  result: ServiceResult,
): ServiceOperation {
  return { key: "x", client: 1, action, invokedAtMs, returnedAtMs, result };
}

test("a name that is created, changed, removed and created again", () => {
  const history = [
    operation([0, 1], create("v1"), done(first)),
    operation([2, 3], update("s1", "v1", "v2"), done({ id: "s1", value: "v2" })),
    operation([4, 5], update("s1", "v1", "v3"), refused),
    operation([6, 7], remove, done()),
    operation([8, 9], create("v4"), done({ id: "s2", value: "v4" })),
    operation([10, 11], update("s1", "v2", "v5"), refused),
    operation([12, 13], remove, refused),
    operation([14, 15], read, done({ id: "s2", value: "v4" })),
  ];
  expect(findContradiction(history)).toBeUndefined();
});

test("a creation without an answer is seen later, or never", () => {
  const lost = operation([0, Infinity], create("v1"), unknown);
  expect(findContradiction([lost, operation([10, 11], read, done())])).toBeUndefined();
  const late = [operation([10, 11], read, done()), operation([20, 21], read, done(first))];
  expect(findContradiction([lost, ...late])).toBeUndefined();
});

test.each<readonly [string, readonly ServiceOperation[]]>([
  [
    "an acknowledged creation that is gone",
    [operation([0, 1], create("v1"), done(first)), operation([2, 3], read, done())],
  ],
  [
    "an acknowledged change that is gone",
    [
      operation([0, 1], create("v1"), done(first)),
      operation([2, 3], update("s1", "v1", "v2"), done({ id: "s1", value: "v2" })),
      operation([4, 5], read, done(first)),
    ],
  ],
  [
    "two changes of one state",
    [
      operation([0, 1], create("v1"), done(first)),
      operation([2, 9], update("s1", "v1", "v2"), done({ id: "s1", value: "v2" })),
      operation([3, 8], update("s1", "v1", "v3"), done({ id: "s1", value: "v3" })),
    ],
  ],
  [
    "two services of one name",
    [
      operation([0, 9], create("v1"), done(first)),
      operation([1, 8], create("v2"), done({ id: "s2", value: "v2" })),
    ],
  ],
  [
    "a refusal without a reason",
    [
      operation([0, 1], create("v1"), done(first)),
      operation([2, 3], update("s1", "v1", "v2"), refused),
    ],
  ],
  [
    "a removed service that is back",
    [
      operation([0, 1], create("v1"), done(first)),
      operation([2, 3], remove, done()),
      operation([4, 5], read, done(first)),
    ],
  ],
])("%s is found", (_what, history) => {
  expect(findContradiction(history)).toMatch(/^the history of x is not linearizable/);
});
