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
  const inflights = new Inflights({ messagesMax: 3, bytesMax: 1_000 });
  for (const index of [4, 7, 9]) inflights.add(index, 10);
  expect(inflights.isFull()).toBe(true);
  expect(() => inflights.add(10, 10)).toThrow("the window is full");
  inflights.freeTo(8);
  expect([inflights.count, inflights.bytes]).toEqual([1, 10]);
  inflights.freeTo(9);
  expect([inflights.count, inflights.bytes]).toEqual([0, 0]);
});

test("the window is also bounded in bytes, and the append that reaches the bound still goes out", () => {
  const inflights = new Inflights({ messagesMax: 9, bytesMax: 100 });
  inflights.add(4, 99);
  expect(inflights.isFull()).toBe(false);
  inflights.add(5, 99);
  expect(inflights.isFull()).toBe(true);
  inflights.freeTo(4);
  expect(inflights.isFull()).toBe(false);
});

function aProgress(next: number): Progress {
  return new Progress(next, new Inflights({ messagesMax: 4, bytesMax: 1_000 }));
}
