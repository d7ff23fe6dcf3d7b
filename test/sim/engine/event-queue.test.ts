import { expect, test } from "vitest";
import { EventQueue, type EventTarget } from "./event-queue.ts";
import { Random } from "./random.ts";

const target: EventTarget = { name: "x", epoch: 3, pausedUntilMs: 0, handle: () => true };

test("events come out by their time, and those of one time as they went in", () => {
  const random = new Random(1, "queue");
  const queue = new EventQueue();
  const expected: { readonly atMs: number; readonly number: number }[] = [];
  for (let number = 0; number < 500; number += 1) {
    const atMs = random.whole(0, 50);
    expected.push({ atMs, number });
    queue.push(atMs, target, "event", number, undefined);
  }
  expected.sort((left, right) => left.atMs - right.atMs || left.number - right.number);
  const seen = Array.from({ length: 500 }, () => queue.pop()?.first);
  expect(seen).toEqual(expected.map(({ number }) => number));
  expect(queue.pop()).toBeUndefined();
});

test("an event that is used again carries nothing of the one before", () => {
  const queue = new EventQueue();
  queue.push(1, target, "first", "a", "b");
  queue.pop();
  queue.pop();
  queue.push(2, target, "second", undefined, undefined, 9);
  expect(queue.pop()).toMatchObject({
    atMs: 2,
    kind: "second",
    first: undefined,
    second: undefined,
    epoch: 9,
  });
});
