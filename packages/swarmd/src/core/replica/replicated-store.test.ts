import { getCodec } from "@swarmkit/proto";
import { beforeEach, describe, expect, test } from "vitest";
import { replicaCodec } from "../../shell/raft/replica-codec.ts";
import { aService, testEpoch } from "../../testing/builders.ts";
import { ManualLog } from "../../testing/manual-log.ts";
import { type Outcome, refuse, succeed } from "../lib/outcome.ts";
import type { Batch, Commit, ReadView, WriteTransaction } from "../store/types.ts";
import { ReplicatedStore } from "./replicated-store.ts";

let log: ManualLog;
let store: ReplicatedStore;

beforeEach(() => {
  log = new ManualLog();
  store = new ReplicatedStore({ codec: replicaCodec, firstRequestId: 0n });
  store.attach(log);
});

function write<T>(change: (transaction: WriteTransaction) => Outcome<T>): Promise<Outcome<T>> {
  return new Promise((resolve) => store.write(testEpoch, change, resolve));
}

function batch(run: (batch: Batch) => void): Promise<boolean> {
  return new Promise((resolve) => {
    if (!store.batch(testEpoch, run, resolve)) resolve(false);
  });
}

function readFresh(): Promise<Outcome<ReadView>> {
  return new Promise((resolve) => store.readFresh(resolve));
}

function create(name: string) {
  return (transaction: WriteTransaction) => {
    const service = aService({ id: name, spec: { annotations: { name } } });
    const done = transaction.create("service", service);
    return done.ok ? succeed(name) : refuse("already-exists", done.message);
  };
}

describe("writes", () => {
  test("a write is answered, and seen, only once it is committed", async () => {
    let answer: unknown;
    const writing = write(create("a")).then((outcome) => {
      answer = outcome;
    });
    await Promise.resolve();
    expect([answer, store.view().count("service")]).toEqual([undefined, 0]);
    log.commitAll(store);
    await writing;
    expect([answer, store.view().count("service")]).toEqual([{ ok: true, value: "a" }, 1]);
  });

  test("many are in flight at once, and each sees those before it", async () => {
    const writes = [write(create("a")), write(create("b")), write(create("a"))];
    expect(log.entries.length).toBe(2);
    log.commitAll(store);
    expect((await Promise.all(writes)).map(({ ok }) => ok)).toEqual([true, true, false]);
  });

  test("a refused write leaves nothing in the log", async () => {
    const writing = write(() => refuse("not-found", "no"));
    log.confirmRead(store);
    expect(await writing).toEqual(refuse("not-found", "no"));
    expect(log.entries).toEqual([]);
  });

  test("of two updates of one version that are in flight together, one wins", async () => {
    const made = write(create("a"));
    log.commitAll(store);
    await made;
    const service = store.view().get("service", "a") ?? aService();
    const writes = [1, 2].map((replicas) =>
      write((transaction) => {
        const spec = { ...service.spec, replicated: { replicas } };
        const done = transaction.update("service", { ...service, spec });
        return done.ok ? succeed(replicas) : refuse("unknown", done.message);
      }),
    );
    log.commitAll(store);
    expect(await Promise.all(writes)).toEqual([
      succeed(1),
      refuse("unknown", "update out of sequence"),
    ]);
    expect(store.view().get("service", "a")?.spec.replicated).toEqual({ replicas: 1 });
  });

  test("the entry holds the change with its own index as its version", async () => {
    const writing = write(create("a"));
    log.commitAll(store);
    await writing;
    const [entry] = log.entries;
    const { action } = getCodec("InternalRaftRequest").decode(entry?.data ?? new Uint8Array());
    expect(action).toMatchObject([
      { action: "STORE_ACTION_CREATE", service: { id: "a", meta: { version: { index: 1 } } } },
    ]);
  });

  test("a log that gives up while a commit is shown: each is answered once, and all that is committed is applied", () => {
    const answers: string[] = [];
    for (const name of ["a", "b", "c"]) {
      store.write(testEpoch, create(name), (outcome) =>
        answers.push(`${name}: ${outcome.ok ? "done" : outcome.code}`),
      );
    }
    let reactions = 0;
    store.onCommit(() => {
      reactions += 1;
      const name = `reaction ${reactions}`;
      const react = (batch: Batch): void =>
        batch.update((transaction) => void create(name)(transaction));
      store.batch(testEpoch, react, (isDone) => answers.push(`${name}: ${isDone}`));
    });
    log.isStopped = true;
    log.commitAll(store);
    expect(store.view().count("service")).toBe(3);
    expect(answers.toSorted()).toEqual([
      "a: done",
      "b: unavailable",
      "c: unavailable",
      "reaction 1: false",
      "reaction 2: false",
      "reaction 3: false",
    ]);
  });
});

describe("lost leadership", () => {
  const lost = "raft: failed to process the request: node lost leader status";

  test("what was in flight is refused, and leaves no trace", async () => {
    const writing = write(create("a"));
    store.abandon();
    expect(await writing).toEqual(refuse("unavailable", lost));
    expect(store.view().count("service")).toBe(0);
  });

  test("an abandoned entry that is committed after all is applied", async () => {
    const writing = write(create("a"));
    store.abandon();
    log.commitAll(store);
    await writing;
    expect(store.view().count("service")).toBe(1);
  });

  test("a follower refuses writes", async () => {
    log.isLeader = false;
    expect(await write(create("a"))).toEqual(refuse("not-leader", lost));
    expect(await readFresh()).toEqual(refuse("not-leader", lost));
  });
});

describe("a log that is closed", () => {
  test("a batch of many entries is given up as a whole", async () => {
    log.isStopped = true;
    const done = batch((batch) => {
      for (let number = 0; number < 450; number += 1) {
        batch.update((transaction) => void create(`s${number}`)(transaction));
      }
    });
    expect(await done).toBe(false);
    log.isStopped = false;
    void batch((batch) => batch.update((tx) => void create("a")(tx)));
    log.commitAll(store);
    expect(store.view().count("service")).toBe(1);
  });
});

describe("a full log", () => {
  test("own updates wait for room and keep their order", () => {
    log.capacity = 2;
    for (let number = 0; number < 10; number += 1) {
      void batch((batch) => batch.update((tx) => void create(`s${number}`)(tx)));
    }
    expect(log.entries.length).toBe(2);
    const commits: Commit[] = [];
    store.onCommit((commit) => commits.push(commit));
    log.commitAll(store);
    const ids = commits.map(({ events }) => events[0]?.object.id);
    expect(ids).toEqual(Array.from({ length: 10 }, (_, number) => `s${number}`));
  });

  test("callers from outside are asked to come back", async () => {
    log.capacity = 1;
    for (let number = 0; number <= 65; number += 1) {
      void batch((batch) => batch.update((tx) => void create(`s${number}`)(tx)));
    }
    expect(await write(create("a"))).toMatchObject({ code: "resource-exhausted" });
    log.commitAll(store);
    const writing = write(create("a"));
    log.commitAll(store);
    expect(await writing).toMatchObject({ ok: true });
  });
});

describe("what is refused, or changes nothing", () => {
  const lost = "raft: failed to process the request: node lost leader status";

  test("is told only once all that it saw in flight is committed", async () => {
    const made = write(create("a"));
    let answer: unknown;
    const again = write(create("a")).then((outcome) => {
      answer = outcome;
    });
    await Promise.resolve();
    expect(answer).toBeUndefined();
    log.commitAll(store);
    await Promise.all([made, again]);
    expect(answer).toMatchObject({ ok: false, code: "already-exists" });
  });

  test("is not told at all when what it saw is given up", async () => {
    const made = write(create("a"));
    const again = write(create("a"));
    store.abandon();
    expect(await made).toEqual(refuse("unavailable", lost));
    expect(await again).toEqual(refuse("not-leader", lost));
  });
});

describe("fresh reads", () => {
  test("wait for a quorum's word, and many share one question", async () => {
    const reads = [readFresh(), readFresh(), readFresh()];
    expect(log.reads.length).toBe(1);
    log.confirmRead(store);
    expect(log.reads.length).toBe(1);
    log.confirmRead(store);
    expect((await Promise.all(reads)).map(({ ok }) => ok)).toEqual([true, true, true]);
  });

  test("are asked for again when no answer comes", async () => {
    const read = readFresh();
    log.reads.length = 0;
    for (let tick = 0; tick < 5; tick += 1) store.tick();
    log.confirmRead(store);
    expect((await read).ok).toBe(true);
  });

  test("end with the leadership", async () => {
    const reads = [readFresh(), readFresh()];
    store.abandon();
    for (const read of reads) expect(await read).toMatchObject({ ok: false, code: "not-leader" });
  });
});

describe("membership changes", () => {
  const change = { id: "1", type: "remove-node", nodeId: "7", context: new Uint8Array() } as const;
  const changed = (): Promise<Outcome<void>> =>
    new Promise((resolve) => store.changeMembership(change, resolve));

  test("have their place in the log among the transactions", async () => {
    const before = write(create("a"));
    const changing = changed();
    const after = write(create("b"));
    expect(log.entries.map(({ isConfChange }) => isConfChange)).toEqual([false, true, false]);
    log.commitAll(store);
    expect([await before, await changing, await after].map(({ ok }) => ok)).toEqual([
      true,
      true,
      true,
    ]);
    expect(store.view().count("service")).toBe(2);
  });

  test("wait while transactions wait for room", async () => {
    log.capacity = 1;
    const writes = [write(create("a")), write(create("b"))];
    const changing = changed();
    log.commitAll(store);
    expect(log.entries.map(({ isConfChange }) => isConfChange)).toEqual([false, false, true]);
    expect(await changing).toEqual(succeed(undefined));
    await Promise.all(writes);
  });

  test("are given up with the leadership, and say whether they may be repeated", async () => {
    const logged = changed();
    log.isTransferring = true;
    const waiting = changed();
    store.abandon();
    expect(await logged).toMatchObject({ ok: false, code: "unavailable" });
    expect(await waiting).toMatchObject({ ok: false, code: "not-leader" });
  });
});

describe("a leadership that is being handed over", () => {
  test("holds proposals back, and takes them again when it came to nothing", async () => {
    log.isTransferring = true;
    const writing = write(create("a"));
    expect(log.entries).toEqual([]);
    log.isTransferring = false;
    store.tick();
    log.commitAll(store);
    expect(await writing).toEqual(succeed("a"));
  });
});
