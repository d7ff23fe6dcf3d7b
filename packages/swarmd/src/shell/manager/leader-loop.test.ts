import { beforeEach, expect, test } from "vitest";
import type { Millis } from "../../core/lib/time.ts";
import type { Commit, Component } from "../../core/store/types.ts";
import { aService, testEpoch } from "../../testing/builders.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { ManualLog } from "../../testing/manual-log.ts";
import { silentLogger } from "../log.ts";
import { LeaderLoop } from "./leader-loop.ts";
import { ReplicatedStore } from "./replicated-store.ts";

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

let clock: ManualClock;
let log: ManualLog;
let store: ReplicatedStore;
let ticker: Ticker;
let loop: LeaderLoop;

beforeEach(() => {
  clock = new ManualClock();
  log = new ManualLog();
  store = new ReplicatedStore({ clock, log: silentLogger });
  store.attach(log);
  ticker = new Ticker();
  loop = new LeaderLoop({ store, clock, components: [ticker] });
  store.onCommit((commit) => loop.handle(commit));
});

test("a component is started, shown each commit, and called at its deadlines", () => {
  loop.start();
  void store.batch((batch) =>
    batch.update((transaction) => void transaction.create("service", aService())),
  );
  log.commitAll(store);
  clock.advance(2500);
  expect(ticker.calls).toEqual(["start", "commit 1", "tick 1000", "tick 2000"]);
});

test("a stopped loop calls nobody and leaves no timer", () => {
  loop.start();
  loop.stop();
  expect(clock.nextTimer()).toBeUndefined();
  expect(ticker.calls).toEqual(["start"]);
});

test("a deadline that comes when this manager does not lead any more ends the loop", () => {
  loop.start();
  log.isLeader = false;
  clock.advance(1000);
  expect(clock.nextTimer()).toBeUndefined();
  expect(ticker.calls).toEqual(["start"]);
});
