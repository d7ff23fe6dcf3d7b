import { expect, test } from "vitest";
import { Inflights } from "./inflights.ts";
import { Progress } from "./progress.ts";

test("an accepted append never takes what is known back (§5.3)", () => {
  const progress = aProgress(6);
  expect(progress.maybeUpdate(5)).toBe(true);
  expect(progress.maybeUpdate(3)).toBe(false);
  expect([progress.match, progress.next]).toEqual([5, 6]);
});

test("a probe that was rejected is repeated at the hint, but never at or before the match", () => {
  const progress = aProgress(11);
  progress.maybeUpdate(3);
  expect(progress.maybeDecrease(10, 7)).toBe(true);
  expect(progress.next).toBe(8);
  expect(progress.maybeDecrease(7, 0)).toBe(true);
  expect(progress.next).toBe(4);
});

test("a late rejection does not undo what was learnt since", () => {
  const probing = aProgress(11);
  expect(probing.maybeDecrease(7, 2)).toBe(false);
  expect(probing.next).toBe(11);

  const replicating = aProgress(11);
  replicating.maybeUpdate(10);
  replicating.becomeReplicate();
  expect(replicating.maybeDecrease(10, 2)).toBe(false);
  expect(replicating.next).toBe(11);
});

test("after a snapshot was sent, the log goes on behind it", () => {
  const progress = aProgress(1);
  progress.becomeSnapshot(9);
  progress.becomeProbe();
  expect(progress.next).toBe(10);
});

test("the window of unanswered appends is bounded, and one answer frees all before it", () => {
  const inflights = new Inflights(3);
  for (const index of [4, 7, 9]) inflights.add(index);
  expect(inflights.isFull()).toBe(true);
  expect(() => inflights.add(10)).toThrow("the window is full");
  inflights.freeTo(8);
  expect(inflights.count).toBe(1);
  inflights.freeTo(9);
  expect(inflights.count).toBe(0);
});

function aProgress(next: number): Progress {
  return new Progress(next, new Inflights(4));
}
