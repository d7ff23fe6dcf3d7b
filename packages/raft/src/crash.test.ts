// A group of one is stopped after every single step of its host, and started again from what was saved.
import { expect, test } from "vitest";
import { Member } from "./testing/member.ts";
import { decodeText, encodeText } from "./testing/text.ts";

interface Run {
  readonly member: Member;
  /** Values whose commitment the host has seen: these it has answered for. */
  readonly acknowledged: string[];
}

test("a group of one, stopped after any step of its host, has lost nothing it acknowledged (§5.1)", () => {
  const { steps } = runUntil(Number.POSITIVE_INFINITY, honestSave);
  expect(steps).toBeGreaterThan(60);
  expect(lossesOf(honestSave)).toEqual([]);
});

test("the check finds a host that applies without having synced", () => {
  const losses = lossesOf(function* saveWithoutSync(member) {
    member.saveLog();
    yield;
    member.saveHardState();
    yield;
  });
  expect(losses).not.toEqual([]);
});

type Save = (member: Member) => Generator<void>;

function* honestSave(member: Member): Generator<void> {
  member.saveLog();
  yield;
  member.saveHardState();
  yield;
  member.sync();
  yield;
}

/** Proposals arrive at any time, also between taking a Ready and finishing it; a snapshot now and then. */
function* host(run: Run, save: Save): Generator<void> {
  const { member } = run;
  member.node.campaign();
  yield;
  for (let round = 0; round < 12; round += 1) {
    if (member.node.hasReady()) {
      member.take();
      yield;
      member.node.propose(encodeText(`early-${round}`));
      yield* save(member);
      member.node.propose(encodeText(`late-${round}`));
      for (const entry of member.apply()) run.acknowledged.push(decodeText(entry.data));
      yield;
      member.advance();
      yield;
    }
    if (round % 5 === 4) {
      member.createSnapshot();
      yield;
      member.storage.compact(member.appliedIndex - 1);
      yield;
    }
  }
}

function runUntil(stepsMax: number, save: Save): { readonly run: Run; readonly steps: number } {
  const member = new Member({ id: "1", voters: ["1"], prng: () => 0 });
  const run: Run = { member, acknowledged: [] };
  const steps = host(run, save);
  let done = 0;
  while (done < stepsMax && steps.next().done !== true) done += 1;
  return { run, steps: done };
}

/** What is lost over all moments of stopping, with none, some or all of the unsynced writes surviving. */
function lossesOf(save: Save): readonly string[] {
  const losses: string[] = [];
  const { steps } = runUntil(Number.POSITIVE_INFINITY, save);
  for (let stop = 0; stop <= steps; stop += 1) {
    const unsyncedCount = runUntil(stop, save).run.member.storage.unsyncedCount();
    for (let keptCount = 0; keptCount <= Math.min(unsyncedCount, 3); keptCount += 1) {
      const { run } = runUntil(stop, save);
      const lost = lostAfterRestart(run, keptCount);
      if (lost.length > 0) losses.push(`stopped after step ${stop}: ${lost.join(" ")}`);
    }
  }
  return losses;
}

/** Restarts the member, lets it elect itself and settle, and compares. */
function lostAfterRestart({ member, acknowledged }: Run, keptCount: number): readonly string[] {
  member.crash(keptCount);
  member.start();
  member.node.campaign();
  while (member.node.hasReady()) {
    member.take();
    member.finish();
  }
  expect(member.node.status().role).toBe("leader");
  expect(new Set(member.values).size).toBe(member.values.length);
  const values = acknowledged.filter((value) => value !== "");
  return values.filter((value, position) => member.values[position] !== value);
}
