import { beforeEach, describe, expect, test } from "vitest";
import { refuse, succeed } from "../../core/lib/outcome.ts";
import type { Commit, WriteTransaction } from "../../core/store/types.ts";
import { aService, testEpoch } from "../../testing/builders.ts";
import { ManualLog } from "../../testing/manual-log.ts";
import type { Clock } from "../clock.ts";
import { silentLogger } from "../log.ts";
import { decodeRaftEntry } from "./raft-entry.ts";
import { ReplicatedStore } from "./replicated-store.ts";

const clock: Clock = { now: () => testEpoch, setTimer: () => () => {} };

let log: ManualLog;
let store: ReplicatedStore;

beforeEach(() => {
  log = new ManualLog();
  store = new ReplicatedStore({ clock, log: silentLogger });
  store.attach(log);
});

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
    const write = store.write(create("a")).then((outcome) => {
      answer = outcome;
    });
    await Promise.resolve();
    expect([answer, store.view().count("service")]).toEqual([undefined, 0]);
    log.commitAll(store);
    await write;
    expect([answer, store.view().count("service")]).toEqual([{ ok: true, value: "a" }, 1]);
  });

  test("many are in flight at once, and each sees those before it", async () => {
    const writes = [store.write(create("a")), store.write(create("b")), store.write(create("a"))];
    expect(log.entries.length).toBe(2);
    log.commitAll(store);
    expect((await Promise.all(writes)).map(({ ok }) => ok)).toEqual([true, true, false]);
  });

  test("a refused write leaves nothing in the log", async () => {
    expect(await store.write(() => refuse("not-found", "no"))).toEqual(refuse("not-found", "no"));
    expect(log.entries).toEqual([]);
  });

  test("of two updates of one version that are in flight together, one wins", async () => {
    const made = store.write(create("a"));
    log.commitAll(store);
    await made;
    const service = store.view().get("service", "a") ?? aService();
    const writes = [1, 2].map((replicas) =>
      store.write((transaction) => {
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
    const write = store.write(create("a"));
    log.commitAll(store);
    await write;
    const [entry] = log.entries;
    const { action } = decodeRaftEntry(entry?.data ?? new Uint8Array());
    expect(action).toMatchObject([
      { action: "STORE_ACTION_CREATE", service: { id: "a", meta: { version: { index: 1 } } } },
    ]);
  });
});

describe("lost leadership", () => {
  const lost = "raft: failed to process the request: node lost leader status";

  test("what was in flight is refused, and leaves no trace", async () => {
    const write = store.write(create("a"));
    store.abandon();
    expect(await write).toEqual(refuse("unavailable", lost));
    expect(store.view().count("service")).toBe(0);
  });

  test("an abandoned entry that is committed after all is applied", async () => {
    const write = store.write(create("a"));
    store.abandon();
    log.commitAll(store);
    await write;
    expect(store.view().count("service")).toBe(1);
  });

  test("a follower refuses writes", async () => {
    log.isLeader = false;
    expect(await store.write(create("a"))).toEqual(refuse("unavailable", lost));
  });
});

describe("a log that is closed", () => {
  test("a batch of many entries is given up as a whole", async () => {
    log.isStopped = true;
    const done = store.batch((batch) => {
      for (let number = 0; number < 450; number += 1) {
        batch.update((transaction) => void create(`s${number}`)(transaction));
      }
    });
    expect(await done).toBe(false);
    log.isStopped = false;
    void store.batch((batch) => batch.update((tx) => void create("a")(tx)));
    log.commitAll(store);
    expect(store.view().count("service")).toBe(1);
  });
});

describe("a full log", () => {
  test("own updates wait for room and keep their order", () => {
    log.capacity = 2;
    for (let number = 0; number < 10; number += 1) {
      void store.batch((batch) => batch.update((tx) => void create(`s${number}`)(tx)));
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
      void store.batch((batch) => batch.update((tx) => void create(`s${number}`)(tx)));
    }
    expect(await store.write(create("a"))).toMatchObject({ code: "resource-exhausted" });
    log.commitAll(store);
    const write = store.write(create("a"));
    log.commitAll(store);
    expect(await write).toMatchObject({ ok: true });
  });
});
