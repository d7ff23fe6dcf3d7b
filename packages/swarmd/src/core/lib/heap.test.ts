import fc from "fast-check";
import { expect, it } from "vitest";
import { Heap } from "./heap.ts";

const ascending = (left: number, right: number): number => left - right;

function drain(heap: Heap<number>): number[] {
  const items: number[] = [];
  while (heap.size > 0) items.push(heap.pop() as number);
  return items;
}

it("gives its items in ascending order, whether built or pushed", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.array(fc.integer()), (initial, pushed) => {
      const heap = new Heap(ascending, [...initial]);
      for (const item of pushed) heap.push(item);
      expect(drain(heap)).toEqual([...initial, ...pushed].sort(ascending));
    }),
  );
});

it("finds the place of a top whose key has grown", () => {
  const items = [{ key: 1 }, { key: 2 }, { key: 3 }];
  const heap = new Heap<{ key: number }>((left, right) => left.key - right.key, [...items]);
  const top = heap.peek();
  if (top !== undefined) top.key = 5;
  heap.reorderTop();
  expect([heap.pop()?.key, heap.pop()?.key, heap.pop()?.key]).toEqual([2, 3, 5]);
});

it("an empty heap gives undefined", () => {
  const heap = new Heap(ascending);
  expect(heap.peek()).toBeUndefined();
  expect(heap.pop()).toBeUndefined();
});
