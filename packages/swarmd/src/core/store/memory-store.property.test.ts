import { getCodec } from "@swarmkit/proto";
import type { Node, Task } from "@swarmkit/proto/types";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aNode, aTask, testEpoch } from "../../testing/builders.ts";
import { taskName } from "../model/naming.ts";
import { MemoryStore } from "./memory-store.ts";
import { compareStrings } from "./ordered-map.ts";
import { toNameKey } from "./schema.ts";
import type { Proposal, Query, ReadView, WriteTransaction } from "./types.ts";

const encodeAction = getCodec("StoreAction").encode;

const ids = fc.constantFrom("a", "ab", "abc", "b", "ba", "c");
const names = fc.constantFrom("web", "WEB", "we", "db", "", "w\0eb");
const states = fc.constantFrom("NEW", "PENDING", "RUNNING", "SHUTDOWN");

const tasks = fc
  .record({
    id: ids,
    serviceId: ids,
    nodeId: ids,
    slot: fc.nat(2),
    name: names,
    state: states,
    desired: states,
  })
  .map(({ id, serviceId, nodeId, slot, name, state, desired }) =>
    aTask({
      ...{ id, serviceId, nodeId, slot, desiredState: desired },
      annotations: { name },
      status: { state },
    }),
  );

const nodes = fc
  .record({ id: ids, hostname: names, role: fc.constantFrom("WORKER", "MANAGER") })
  .map(({ id, hostname, role }) => aNode({ id, role, description: { hostname } }));

type Step =
  | { readonly kind: "put"; readonly task: Task }
  | { readonly kind: "put-node"; readonly node: Node }
  | { readonly kind: "remove"; readonly id: string };

const steps: fc.Arbitrary<Step> = fc.oneof(
  tasks.map((task) => ({ kind: "put", task }) as const),
  nodes.map((node) => ({ kind: "put-node", node }) as const),
  ids.map((id) => ({ kind: "remove", id }) as const),
);

type Op = { readonly kind: "transact" | "batch"; readonly steps: readonly Step[] };

const operations = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constantFrom("transact", "batch"),
      steps: fc.array(steps, { maxLength: 6 }),
    }),
    fc.constantFrom({ kind: "commit" } as const, { kind: "abandon" } as const),
  ),
  { maxLength: 25 },
) as fc.Arbitrary<readonly (Op | { readonly kind: "commit" | "abandon" })[]>;

/** Does a step through a transaction. */
function perform(tx: WriteTransaction, step: Step): void {
  if (step.kind === "remove") {
    tx.remove("task", step.id);
  } else if (step.kind === "put-node") {
    const old = tx.get("node", step.node.id);
    if (old === undefined) tx.create("node", step.node);
    else tx.update("node", { ...step.node, meta: old.meta });
  } else {
    const old = tx.get("task", step.task.id);
    if (old === undefined) tx.create("task", step.task);
    else tx.update("task", { ...step.task, meta: old.meta });
  }
}

/** Ids and slots of all tasks: what a plain map of the same steps must hold. */
type Model = ReadonlyMap<string, Task>;

function performOnModel(model: Model, done: readonly Step[]): Model {
  const next = new Map(model);
  for (const step of done) {
    if (step.kind === "remove") next.delete(step.id);
    if (step.kind === "put") next.set(step.task.id, step.task);
  }
  return next;
}

const bare = ({ meta: _, ...rest }: Task): object => rest;

function expectModel(view: ReadView, model: Model): void {
  const wanted = [...model.values()].sort((left, right) => compareStrings(left.id, right.id));
  expect(view.find("task", { by: "all" }).map(bare)).toEqual(wanted.map(bare));
  expect(view.count("task")).toBe(wanted.length);
}

describe("a store under random transactions", () => {
  test("agrees with a plain map in both roots, and its followers and restores agree with it", () => {
    fc.assert(
      fc.property(operations, (ops) => {
        const store = new MemoryStore({ encodeAction });
        const follower = new MemoryStore({ encodeAction });
        let committed: Model = new Map();
        let flying: { proposal: Proposal | undefined; model: Model }[] = [];
        let index = 0;
        for (const op of ops) {
          const latest = flying.at(-1)?.model ?? committed;
          if (op.kind === "transact" || op.kind === "batch") {
            index += 1;
            const model = performOnModel(latest, op.steps);
            const proposal = write(store, op, index);
            flying.push({ proposal, model });
          } else if (op.kind === "commit") {
            const first = flying.shift();
            if (first?.proposal !== undefined) {
              const commit = store.commit(first.proposal);
              const { actions } = first.proposal;
              const twin = follower.apply({ index: first.proposal.index, actions });
              expect(twin.events).toEqual(commit.events);
            }
            if (first !== undefined) committed = first.model;
          } else {
            flying = [];
            store.abandon();
            index += 1;
          }
          expectModel(store.view(), committed);
          expectModel(store.latest(), flying.at(-1)?.model ?? committed);
        }
        expect(follower.save()).toEqual(store.save());
        const restored = new MemoryStore({ encodeAction });
        restored.restore(store.save(), index);
        expect(restored.save()).toEqual(store.save());
        expectIndexes(restored.view());
      }),
      { numRuns: 150 },
    );
  });

  test("answers every query as a scan would", () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 30 }), (done) => {
        const store = new MemoryStore({ encodeAction });
        write(store, { kind: "transact", steps: done }, 1);
        expectIndexes(store.latest());
      }),
      { numRuns: 100 },
    );
  });

  test("leaves every view as it was", () => {
    fc.assert(
      fc.property(fc.array(fc.array(steps, { maxLength: 5 }), { maxLength: 8 }), (rounds) => {
        const store = new MemoryStore({ encodeAction });
        const seen: { view: ReadView; all: readonly Task[]; byService: readonly Task[] }[] = [];
        const read = (view: ReadView) => ({
          all: view.find("task", { by: "all" }),
          byService: view.find("task", { by: "service", serviceId: "a" }),
        });
        rounds.forEach((round, position) => {
          write(store, { kind: "transact", steps: round }, position + 1);
          const view = store.latest();
          seen.push({ view, ...read(view) });
        });
        store.abandon();
        for (const { view, all, byService } of seen) {
          expect(read(view)).toEqual({ all, byService });
          expectIndexes(view);
        }
      }),
      { numRuns: 40 },
    );
  });
});

function write(store: MemoryStore, op: Op, index: number): Proposal | undefined {
  if (op.kind === "transact") {
    const done = store.transact({ index, now: testEpoch }, (tx) => {
      for (const step of op.steps) perform(tx, step);
    });
    return done.ok ? done.proposal : expect.fail(done.message);
  }
  const proposals = store.batch({ nextIndex: index, now: testEpoch }, (batch) => {
    for (const step of op.steps) batch.update((tx) => perform(tx, step));
  });
  expect(proposals.length).toBeLessThan(2);
  return proposals[0];
}

const probes = ["", "a", "ab", "abc", "b", "we", "web", "WEB", "w", "w\0eb", "web.1", "zz"];

function expectIndexes(view: ReadView): void {
  const all = view.find("task", { by: "all" });
  const check = (query: Query<"task">, isWanted: (task: Task) => boolean): void => {
    expect([query, view.find("task", query)]).toEqual([query, all.filter(isWanted)]);
  };
  for (const probe of probes) {
    const key = toNameKey(probe);
    check({ by: "id-prefix", prefix: probe }, ({ id }) => id.startsWith(probe));
    check({ by: "name", name: probe }, (task) => toNameKey(taskName(task)) === key);
    check({ by: "name-prefix", prefix: probe }, (task) =>
      toNameKey(taskName(task)).startsWith(key),
    );
    check({ by: "service", serviceId: probe }, ({ serviceId }) => serviceId === probe);
    check({ by: "node", nodeId: probe }, ({ nodeId }) => nodeId === probe);
    for (const slot of [0, 1, 2]) {
      const isWanted = (task: Task) => task.serviceId === probe && task.slot === slot;
      check({ by: "slot", serviceId: probe, slot }, isWanted);
    }
  }
  for (const state of ["NEW", "PENDING", "RUNNING", "SHUTDOWN", "FAILED"] as const) {
    check({ by: "desired-state", state }, ({ desiredState }) => desiredState === state);
    check({ by: "task-state", state }, ({ status }) => status.state === state);
  }
  const nodesOf = (role: Node["role"]) =>
    view.find("node", { by: "all" }).filter((node) => node.role === role);
  for (const role of ["WORKER", "MANAGER"] as const) {
    expect(view.find("node", { by: "role", role })).toEqual(nodesOf(role));
  }
}
