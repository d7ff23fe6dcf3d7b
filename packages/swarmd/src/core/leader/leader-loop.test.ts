import { beforeEach, expect, test } from "vitest";
import { replicaCodec } from "../../shell/raft/replica-codec.ts";
import { aService, testEpoch } from "../../testing/builders.ts";
import { ManualLog } from "../../testing/manual-log.ts";
import type { Millis } from "../lib/time.ts";
import { ReplicatedStore } from "../replica/replicated-store.ts";
import type { Commit, Component } from "../store/types.ts";
import { LeaderLoop } from "./leader-loop.ts";

/** Wants a tick every second and remembers its calls. */
class Ticker implements Component {
  readonly name = "ticker";
  readonly calls: string[] = [];
  #deadline: Millis | undefined;

  start(_store: unknown, now: Millis): void {
    this.calls.push("start");
    this.#deadline = now + 1000;
  }

  handle({ index }: Commit): void {
    this.calls.push(`commit ${index}`);
  }

  tick(_store: unknown, now: Millis): void {
    this.calls.push(`tick ${now - testEpoch}`);
    this.#deadline = now + 1000;
  }

  nextDeadline(): Millis | undefined {
    return this.#deadline;
  }
}

let log: ManualLog;
let store: ReplicatedStore;
let ticker: Ticker;
let loop: LeaderLoop;

beforeEach(() => {
  log = new ManualLog();
  store = new ReplicatedStore({ codec: replicaCodec, firstRequestId: 0n });
  store.attach(log);
  ticker = new Ticker();
  loop = new LeaderLoop({ batch: (now, run) => store.batch(now, run), components: [ticker] });
  store.onCommit((commit) => loop.handle(commit, testEpoch));
});

test("a component is started, shown each commit, and called at its deadlines", () => {
  loop.start(testEpoch);
  store.batch(testEpoch, (batch) =>
    batch.update((transaction) => void transaction.create("service", aService())),
  );
  log.commitAll(store);
  for (const afterMs of [500, 1000, 1500, 2000, 2500]) loop.tick(testEpoch + afterMs);
  expect(ticker.calls).toEqual(["start", "commit 1", "tick 1000", "tick 2000"]);
  expect(loop.nextDeadline()).toBe(testEpoch + 3000);
});

test("a stopped loop calls nobody and has no deadline", () => {
  loop.start(testEpoch);
  loop.stop();
  loop.tick(testEpoch + 1000);
  expect(loop.nextDeadline()).toBeUndefined();
  expect(ticker.calls).toEqual(["start"]);
});

test("a deadline that comes when this manager does not lead any more ends the loop", () => {
  loop.start(testEpoch);
  log.isLeader = false;
  loop.tick(testEpoch + 1000);
  expect(loop.nextDeadline()).toBeUndefined();
  expect(ticker.calls).toEqual(["start"]);
});
