import { getCodec } from "@swarmkit/proto";
import { describe, expect, test } from "vitest";
import { aCluster, aNode, aService, aTask, testEpoch } from "../../testing/builders.ts";
import { toTimestamp } from "../lib/time.ts";
import { changesPerTransactionMax, transactionBytesMax } from "./limits.ts";
import { MemoryStore, type Transacted } from "./memory-store.ts";
import type { Proposal, WriteResult, WriteTransaction } from "./types.ts";

const refusal = (reason: string, message: string): WriteResult =>
  ({ ok: false, reason, message }) as WriteResult;

function aStore(): MemoryStore {
  return new MemoryStore({ encodeAction: getCodec("StoreAction").encode });
}

/** Writes and commits at once. */
function write(store: MemoryStore, index: number, change: (tx: WriteTransaction) => unknown): void {
  store.commit(proposalOf(store.transact({ index, now: testEpoch }, change)));
}

function proposalOf(done: Transacted<unknown>): Proposal {
  if (!done.ok || done.proposal === undefined) throw new Error("the transaction gave no proposal");
  return done.proposal;
}

/** Result of one write, in a transaction that is not kept. */
function attempt(store: MemoryStore, change: (tx: WriteTransaction) => WriteResult): WriteResult {
  const done = store.transact({ index: 1000, now: testEpoch }, change, () => false);
  if (!done.ok) throw new Error(done.message);
  return done.value;
}

describe("writing", () => {
  test("a created object has its entry's index as version, and both times", () => {
    const store = aStore();
    write(store, 7, (tx) => tx.create("task", aTask({ id: "a" })));
    expect(store.view().get("task", "a")?.meta).toEqual({
      version: { index: 7 },
      createdAt: toTimestamp(testEpoch),
      updatedAt: toTimestamp(testEpoch),
    });
  });

  test("an update moves the version and the updated time, and keeps the created time", () => {
    const store = aStore();
    write(store, 7, (tx) => tx.create("task", aTask({ id: "a" })));
    const task = store.view().get("task", "a") ?? expect.fail("no task");
    const done = store.transact({ index: 9, now: testEpoch + 1500 }, (tx) =>
      tx.update("task", { ...task, slot: 4 }),
    );
    store.commit(proposalOf(done));
    const updated = store.view().get("task", "a");
    expect(updated?.slot).toBe(4);
    expect(updated?.meta).toEqual({
      version: { index: 9 },
      createdAt: toTimestamp(testEpoch),
      updatedAt: toTimestamp(testEpoch + 1500),
    });
  });

  test("stored objects are frozen to their depths", () => {
    const store = aStore();
    write(store, 1, (tx) =>
      tx.create("task", aTask({ id: "a", spec: { container: { env: ["A=1"] } } })),
    );
    const task = store.view().get("task", "a") ?? expect.fail("no task");
    expect(Object.isFrozen(task)).toBe(true);
    expect(Object.isFrozen(task.spec.container?.env)).toBe(true);
  });
});

describe("refusals", () => {
  test("refusals carry SwarmKit's texts", () => {
    const store = aStore();
    write(store, 5, (tx) => {
      tx.create("service", aService({ id: "s1", spec: { annotations: { name: "Web" } } }));
      tx.create("service", aService({ id: "s2", spec: { annotations: { name: "db" } } }));
    });
    const web = store.view().get("service", "s1") ?? expect.fail("no service");
    const named = (id: string, name: string) => aService({ id, spec: { annotations: { name } } });
    expect([
      attempt(store, (tx) => tx.create("service", named("s1", "other"))),
      attempt(store, (tx) => tx.create("service", named("s3", "WEB"))),
      attempt(store, (tx) =>
        tx.update("service", { ...web, ...named("s1", "DB"), meta: web.meta }),
      ),
      attempt(store, (tx) => tx.update("service", { ...web, meta: { version: { index: 4 } } })),
      attempt(store, (tx) => tx.update("service", named("s9", "nobody"))),
      attempt(store, (tx) => tx.remove("service", "s9")),
      attempt(store, (tx) =>
        tx.create("resource", getCodec("Resource").create({ id: "r", kind: "nothing" })),
      ),
      attempt(store, (tx) =>
        tx.create(
          "extension",
          getCodec("Extension").create({ id: "e", annotations: { name: "Task" } }),
        ),
      ),
    ]).toEqual([
      refusal("exists", "object already exists"),
      refusal("name-conflict", "name conflicts with an existing object"),
      refusal("name-conflict", "name conflicts with an existing object"),
      refusal("out-of-sequence", "update out of sequence"),
      refusal("not-found", "object does not exist"),
      refusal("not-found", "object does not exist"),
      refusal("kind-unregistered", "object kind is unregistered"),
      refusal("name-conflict", "name conflicts with an existing object"),
    ]);
  });

  test("a name may be taken back by its own object in another case", () => {
    const store = aStore();
    write(store, 1, (tx) => tx.create("service", aService({ id: "s1" })));
    const web = store.view().get("service", "s1") ?? expect.fail("no service");
    const renamed = {
      ...web,
      spec: { ...web.spec, annotations: { ...web.spec.annotations, name: "WEB" } },
    };
    expect(attempt(store, (tx) => tx.update("service", renamed))).toEqual({ ok: true });
  });
});

describe("names and kinds", () => {
  test("nodes and tasks may share a name", () => {
    const store = aStore();
    write(store, 1, (tx) => {
      tx.create("node", aNode({ id: "n1", description: { hostname: "HOST" } }));
      tx.create("node", aNode({ id: "n2", description: { hostname: "host" } }));
    });
    const found = store.view().find("node", { by: "name", name: "Host" });
    expect(found.map(({ id }) => id)).toEqual(["n1", "n2"]);
  });

  test("a resource is accepted once an extension names its kind", () => {
    const store = aStore();
    const extension = getCodec("Extension").create({ id: "e", annotations: { name: "Thing" } });
    write(store, 1, (tx) => tx.create("extension", extension));
    const resource = getCodec("Resource").create({
      id: "r",
      kind: "thing",
      annotations: { name: "x" },
    });
    expect(attempt(store, (tx) => tx.create("resource", resource))).toEqual({ ok: true });
  });

  test("a transaction reads its own writes, and cannot be written to after its end", () => {
    const store = aStore();
    let leaked: WriteTransaction | undefined;
    write(store, 1, (tx) => {
      leaked = tx;
      tx.create("task", aTask({ id: "a" }));
      expect(tx.get("task", "a")?.meta.version.index).toBe(1);
      expect(tx.find("task", { by: "slot", serviceId: "service-1", slot: 1 })).toHaveLength(1);
      tx.remove("task", "a");
      expect(tx.count("task")).toBe(0);
      tx.create("task", aTask({ id: "b" }));
    });
    expect(() => leaked?.remove("task", "b")).toThrow("a transaction was written to after its end");
  });
});

describe("the two roots", () => {
  test("a transaction is in the latest state at once, and in the committed one at its commit", () => {
    const store = aStore();
    const done = store.transact({ index: 3, now: testEpoch }, (tx) => tx.create("task", aTask()));
    expect([store.view().count("task"), store.latest().count("task")]).toEqual([0, 1]);
    const commit = store.commit(proposalOf(done));
    expect([store.view().count("task"), store.latest().count("task")]).toEqual([1, 1]);
    const task = store.view().get("task", "task-1");
    expect(commit).toEqual({ index: 3, events: [{ table: "task", kind: "create", object: task }] });
  });

  test("many transactions are in flight, and commit in their order", () => {
    const store = aStore();
    const proposals = [1, 2, 3].map((index) =>
      proposalOf(
        store.transact({ index, now: testEpoch }, (tx) => {
          const old = tx.get("task", "task-1");
          return old ? tx.update("task", { ...old, slot: index }) : tx.create("task", aTask());
        }),
      ),
    );
    const seen = proposals.map((proposal) => {
      store.commit(proposal);
      return store.view().get("task", "task-1")?.slot;
    });
    expect(seen).toEqual([1, 2, 3]);
  });

  test("a commit out of turn ends the program", () => {
    const store = aStore();
    store.transact({ index: 1, now: testEpoch }, (tx) => tx.create("task", aTask({ id: "a" })));
    const second = store.transact({ index: 2, now: testEpoch }, (tx) =>
      tx.create("task", aTask({ id: "b" })),
    );
    expect(() => store.commit(proposalOf(second))).toThrow("committed out of its turn");
  });
});

describe("what is not kept", () => {
  test("abandoning forgets what is in flight, and its indexes may be used again", () => {
    const store = aStore();
    write(store, 1, (tx) => tx.create("task", aTask({ id: "a" })));
    store.transact({ index: 2, now: testEpoch }, (tx) => tx.remove("task", "a"));
    store.abandon();
    expect(store.latest().find("task", { by: "all" })).toEqual(
      store.view().find("task", { by: "all" }),
    );
    expect(store.latest().count("task")).toBe(1);
    write(store, 2, (tx) => tx.create("task", aTask({ id: "b" })));
    expect(store.view().count("task")).toBe(2);
  });

  test("nothing is kept of a change that throws, or that its caller does not want", () => {
    const store = aStore();
    const failing = (tx: WriteTransaction): never => {
      tx.create("task", aTask());
      throw new Error("planted");
    };
    expect(() => store.transact({ index: 1, now: testEpoch }, failing)).toThrow("planted");
    const unwanted = store.transact(
      { index: 1, now: testEpoch },
      (tx) => tx.create("task", aTask()),
      () => false,
    );
    expect(unwanted).toEqual({ ok: true, value: { ok: true }, proposal: undefined });
    expect(store.latest().count("task")).toBe(0);
    expect(store.inFlightCount).toBe(0);
  });

  test("a change that writes nothing needs no proposal", () => {
    const done = aStore().transact({ index: 1, now: testEpoch }, (tx) => tx.count("task"));
    expect(done).toEqual({ ok: true, value: 0, proposal: undefined });
  });

  test("a transaction over 1.5 MiB is refused whole", () => {
    const store = aStore();
    const big = aTask({ spec: { container: { env: ["x".repeat(transactionBytesMax)] } } });
    const done = store.transact({ index: 1, now: testEpoch }, (tx) => tx.create("task", big));
    expect(done).toEqual({
      ok: false,
      refusal: "too-large",
      message: "raft: raft message is too large and can't be sent",
    });
    expect(store.latest().count("task")).toBe(0);
  });
});

describe("entries of others", () => {
  test("they keep the meta that they bring", () => {
    const leader = aStore();
    const follower = aStore();
    const done = leader.transact({ index: 8, now: testEpoch }, (tx) => tx.create("task", aTask()));
    const { actions } = proposalOf(done);
    const decoded = actions.map((action) => {
      const codec = getCodec("StoreAction");
      return codec.decode(codec.encode(action));
    });
    const commit = follower.apply({ index: 8, actions: decoded });
    expect(commit).toEqual(leader.commit(proposalOf(done)));
    expect(follower.view().get("task", "task-1")).toEqual(leader.view().get("task", "task-1"));
  });

  test("one that contradicts the state ends the program", () => {
    const store = aStore();
    const remove = { action: "STORE_ACTION_REMOVE", task: aTask() } as const;
    expect(() => store.apply({ index: 1, actions: [remove] })).toThrow(
      "a committed entry has a remove of task task-1, which does not exist",
    );
    expect(() => store.apply({ index: 1, actions: [{ action: "STORE_ACTION_CREATE" }] })).toThrow(
      "a store action names no table that this version knows",
    );
  });

  test("none is applied with proposals in flight", () => {
    const store = aStore();
    store.transact({ index: 1, now: testEpoch }, (tx) => tx.create("task", aTask()));
    expect(() => store.apply({ index: 2, actions: [] })).toThrow("with proposals in flight");
  });
});

describe("snapshots", () => {
  test("a snapshot stays as it was while writes go on, and restores to an equal state", () => {
    const store = aStore();
    write(store, 1, (tx) => {
      tx.create("cluster", aCluster());
      tx.create("node", aNode());
      tx.create("task", aTask());
    });
    const saved = store.save();
    const before = structuredClone(saved);
    write(store, 2, (tx) => tx.remove("task", "task-1"));
    expect(saved).toEqual(before);

    const codec = getCodec("StoreSnapshot");
    const other = aStore();
    other.restore(codec.decode(codec.encode(saved)), 1);
    expect(other.save()).toEqual(before);
  });

  test("a restore's events are the difference", () => {
    const store = aStore();
    write(store, 1, (tx) => {
      for (const id of ["changed", "gone", "same"]) tx.create("task", aTask({ id }));
    });
    const { changed, gone, same } = Object.fromEntries(
      store.save().tasks.map((task) => [task.id, task]),
    );
    if (!changed || !gone || !same) expect.fail("a task is missing");
    const newer = { ...changed, slot: 9 };
    const added = aTask({ id: "added" });
    const snapshot = { ...store.save(), tasks: [structuredClone(same), newer, added] };
    expect(store.restore(snapshot, 5)).toEqual({
      index: 5,
      events: [
        { table: "task", kind: "remove", object: gone },
        { table: "task", kind: "create", object: added },
        { table: "task", kind: "update", object: newer, old: changed },
      ],
    });
    expect(store.view().get("task", "same")).toBe(same);
    expect(store.view().get("task", "gone")).toBeUndefined();
  });
});

const at = { nextIndex: 10, now: testEpoch };

describe("the entries of a batch", () => {
  test("an entry holds 200 changes, and no update is split", () => {
    const store = aStore();
    const proposals = store.batch(at, (batch) => {
      for (let pair = 0; pair < 100; pair += 1) {
        batch.update((tx) => {
          for (const half of ["a", "b", "c"]) tx.create("task", aTask({ id: `${pair}${half}` }));
        });
      }
    });
    expect(proposals.map(({ index, actions }) => [index, actions.length])).toEqual([
      [10, 198],
      [11, 102],
    ]);
    expect(changesPerTransactionMax).toBe(200);
    for (const { index, actions, encodedActions } of proposals) {
      expect(new Set(actions.map(({ task }) => task?.meta.version.index))).toEqual(
        new Set([index]),
      );
      const decoded = encodedActions.map((bytes) => getCodec("StoreAction").decode(bytes));
      expect(decoded).toEqual(actions);
    }
    for (const proposal of proposals) store.commit(proposal);
    expect(store.view().count("task")).toBe(300);
  });

  test("an entry stays below 1.125 MiB, unless one update alone is larger", () => {
    const store = aStore();
    const sized = (id: string, kib: number) =>
      aTask({ id, spec: { container: { env: ["x".repeat(kib * 1024)] } } });
    const proposals = store.batch(at, (batch) => {
      for (const [id, kib] of [
        ["a", 600],
        ["b", 500],
        ["c", 100],
        ["d", 1300],
        ["e", 1],
      ] as const) {
        batch.update((tx) => tx.create("task", sized(id, kib)));
      }
    });
    const ids = proposals.map(({ actions }) => actions.map(({ task }) => task?.id).join(""));
    expect(ids).toEqual(["ab", "c", "d", "e"]);
  });

  test("an update that no entry can hold is left out alone, and told of once", () => {
    const store = aStore();
    const proposals = store.batch(at, (batch) => {
      batch.update((tx) => tx.create("task", aTask({ id: "a" })));
      batch.update((tx) => {
        tx.create("task", aTask({ id: "b" }));
        const env = ["x".repeat(transactionBytesMax)];
        tx.create("task", aTask({ id: "c", spec: { container: { env } } }));
      });
      expect(batch.get("task", "b")).toBeUndefined();
      batch.update((tx) => tx.create("task", aTask({ id: "d" })));
    });
    expect(proposals.flatMap(({ actions }) => actions.map(({ task }) => task?.id))).toEqual([
      "a",
      "d",
    ]);
    const [dropped, ...more] = store.takeDroppedUpdates();
    expect(dropped).toMatchObject({ changes: 2, table: "task", id: "b" });
    expect(dropped?.bytes).toBeGreaterThan(transactionBytesMax);
    expect([more, store.takeDroppedUpdates()]).toEqual([[], []]);
  });
});

describe("updates of a batch", () => {
  test("a left out update leaves what it wrote over as it was", () => {
    const store = aStore();
    write(store, 1, (tx) => {
      for (const id of ["changed", "removed"]) tx.create("task", aTask({ id }));
    });
    const before = store.view().find("task", { by: "name-prefix", prefix: "web" });
    store.batch(at, (batch) => {
      batch.update((tx) => {
        const task = tx.get("task", "changed") ?? expect.fail("no task");
        tx.update("task", { ...task, slot: 7 });
        tx.remove("task", "removed");
        const env = ["x".repeat(transactionBytesMax)];
        tx.create("task", aTask({ id: "big", spec: { container: { env } } }));
      });
      expect(batch.find("task", { by: "name-prefix", prefix: "web" })).toEqual(before);
      expect(batch.find("task", { by: "all" })).toEqual(before);
    });
    expect(store.takeDroppedUpdates()).toHaveLength(1);
  });

  test("each update sees the ones before it, and a throw undoes the whole batch", () => {
    const store = aStore();
    const run = (): unknown =>
      store.batch(at, (batch) => {
        batch.update((tx) => tx.create("task", aTask({ id: "a" })));
        expect(batch.count("task")).toBe(1);
        batch.update((tx) => {
          expect(tx.get("task", "a")?.id).toBe("a");
          throw new Error("planted");
        });
      });
    expect(run).toThrow("planted");
    expect([store.latest().count("task"), store.inFlightCount]).toEqual([0, 0]);
  });

  test("an update made of several writes to one object moves whole to the next entry", () => {
    const store = aStore();
    const proposals = store.batch(at, (batch) => {
      batch.update((tx) => {
        for (let id = 0; id < 199; id += 1) tx.create("task", aTask({ id: `t${id}` }));
      });
      batch.update((tx) => {
        tx.create("task", aTask({ id: "z" }));
        tx.update("task", { ...(tx.get("task", "z") ?? expect.fail("no task")), slot: 2 });
        tx.remove("task", "t0");
      });
    });
    expect(proposals.map(({ actions }) => actions.length)).toEqual([199, 3]);
    const [, moved] = proposals;
    expect(moved?.actions.map(({ task }) => task?.meta.version.index)).toEqual([11, 11, 10]);
    expect(store.latest().get("task", "z")).toMatchObject({
      slot: 2,
      meta: { version: { index: 11 } },
    });
    expect(store.latest().get("task", "t0")).toBeUndefined();
  });
});
