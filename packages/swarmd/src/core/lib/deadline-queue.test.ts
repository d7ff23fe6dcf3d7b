import fc from "fast-check";
import { expect, it } from "vitest";
import { DeadlineQueue } from "./deadline-queue.ts";

it("gives the due keys, earliest first, once", () => {
  const queue = new DeadlineQueue();
  queue.set("late", 30);
  queue.set("b", 10);
  queue.set("a", 10);
  expect(queue.next()).toBe(10);
  expect(queue.takeDue(9)).toEqual([]);
  expect(queue.takeDue(20)).toEqual(["a", "b"]);
  expect(queue.takeDue(20)).toEqual([]);
  expect(queue.next()).toBe(30);
});

it("a deadline may be moved later, moved earlier and deleted", () => {
  const queue = new DeadlineQueue();
  queue.set("a", 10);
  queue.set("a", 50);
  expect(queue.takeDue(49)).toEqual([]);
  expect(queue.next()).toBe(50);
  queue.set("a", 20);
  expect(queue.takeDue(20)).toEqual(["a"]);
  expect(queue.takeDue(100)).toEqual([]);
  queue.set("a", 30);
  queue.delete("a");
  expect(queue.next()).toBeUndefined();
  expect(queue.takeDue(100)).toEqual([]);
});

it("stays right when keys come and go so often that stale entries are cleaned up", () => {
  const queue = new DeadlineQueue();
  for (let round = 0; round < 1000; round += 1) {
    queue.set("flapping", 1000 + round);
    queue.delete("flapping");
    queue.set("steady", 5000 - round);
  }
  expect(queue.next()).toBe(4001);
  expect(queue.takeDue(4000)).toEqual([]);
  expect(queue.takeDue(9999)).toEqual(["steady"]);
});

it("agrees with a plain map whatever is done to it", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("set" as const), key: fc.nat(4), at: fc.nat(50) }),
    fc.record({ kind: fc.constant("delete" as const), key: fc.nat(4) }),
    fc.record({ kind: fc.constant("take" as const), now: fc.nat(50) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const queue = new DeadlineQueue();
      const model = new Map<string, number>();
      for (const action of steps) {
        if (action.kind === "set") {
          queue.set(`k${action.key}`, action.at);
          model.set(`k${action.key}`, action.at);
        } else if (action.kind === "delete") {
          queue.delete(`k${action.key}`);
          model.delete(`k${action.key}`);
        } else {
          const due = [...model].filter(([, at]) => at <= action.now).map(([key]) => key);
          for (const key of due) model.delete(key);
          expect([...queue.takeDue(action.now)].sort()).toEqual(due.sort());
        }
        const next = queue.next();
        const earliest = model.size === 0 ? undefined : Math.min(...model.values());
        if (earliest === undefined) expect(next).toBeUndefined();
        else expect(next).toBeLessThanOrEqual(earliest);
      }
    }),
  );
});
