import type { TaskState } from "@swarmkit/proto/types";
import { expect, test } from "vitest";
import { aTask } from "../../../testing/builders.ts";
import { orderByWorth, type Slot, slotNumber } from "./scale-down.ts";

function aSlot(slot: number, nodeId: string, state: TaskState = "RUNNING"): Slot {
  return [aTask({ id: `task-${slot}`, slot, nodeId, status: { state } })];
}

function order(...slots: readonly Slot[]): readonly number[] {
  return orderByWorth(slots).map(slotNumber);
}

test("slots without a node are given up first", () => {
  expect(order(aSlot(1, "", "PENDING"), aSlot(2, "a"), aSlot(3, "a"))).toEqual([2, 3, 1]);
});

test("slots are given up on the nodes that have the most", () => {
  expect(order(aSlot(1, "a"), aSlot(2, "a"), aSlot(3, "a"), aSlot(4, "b"))).toEqual([1, 4, 2, 3]);
});

test("balance comes before running", () => {
  const slots = [aSlot(1, "a"), aSlot(2, "a"), aSlot(3, "b", "PREPARING")];
  expect(order(...slots)).toEqual([1, 3, 2]);
});

test("among slots of one node those that do not run are given up first, then high numbers", () => {
  const slots = [aSlot(1, "a", "STARTING"), aSlot(2, "a"), aSlot(3, "a")];
  expect(order(...slots)).toEqual([2, 3, 1]);
});

test("a slot with two tasks counts as not placed", () => {
  const double = [...aSlot(1, "a"), ...aSlot(1, "b")];
  expect(order(double, aSlot(2, "a"))).toEqual([2, 1]);
});
