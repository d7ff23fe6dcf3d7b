import type { DeepPartial, Task } from "@swarmkit/proto/types";
import { expect, test } from "vitest";
import { aService, aTask } from "../../../testing/builders.ts";
import { ComponentHarness } from "../../../testing/component-harness.ts";
import { settleInstance } from "./settle-instance.ts";

const clean = { specVersion: { index: 2 }, spec: { container: { image: "new:1" } } };
const dirty = { specVersion: { index: 1 }, spec: { container: { image: "old:1" } } };
const running = { status: { state: "RUNNING" } } as const;
const preparing = { status: { state: "PREPARING" } } as const;

/**
 * Makes the tasks `a`, `b`, … a second apart, settles on the named one, and gives those still
 * wanted.
 */
function settle(trigger: string, ...tasks: readonly DeepPartial<Task>[]): readonly string[] {
  const harness = new ComponentHarness([]);
  const service = aService({ specVersion: { index: 2 }, spec: { task: clean.spec } });
  tasks.forEach((init, position) => {
    harness.create("task", aTask({ id: "abc"[position] ?? "", ...init }));
    harness.advance(1_000);
  });
  harness.batch((store) => settleInstance(store, service, trigger));
  harness.settle();
  const all = harness.view.find("task", { by: "all" });
  return all.filter((task) => task.desiredState === "RUNNING").map((task) => task.id);
}

test("the task that is as the spec wants it stays alone", () => {
  expect(settle("b", { ...dirty, ...running }, { ...clean, ...running })).toEqual(["b"]);
  expect(settle("b", { ...clean, ...running }, { ...dirty, ...running })).toEqual(["a"]);
  expect(settle("a", { ...clean, ...running }, { ...dirty, ...preparing })).toEqual(["a"]);
});

test("of two that run and are not as the spec wants them, the newest stays", () => {
  expect(settle("a", { ...dirty, ...running }, { ...dirty, ...running })).toEqual(["b"]);
});

test("a replacement that is still on its way is left alone", () => {
  expect(settle("a", { ...dirty, ...running }, { ...clean, ...preparing })).toEqual(["a", "b"]);
  const tasks = [
    { ...dirty, ...running },
    { ...dirty, ...running },
    { ...clean, ...preparing },
  ];
  expect(settle("b", ...tasks)).toEqual(["b", "c"]);
});

test("nothing happens on account of a task that does not run, or is to stop", () => {
  const both = [
    { ...dirty, ...running },
    { ...dirty, ...running },
  ];
  expect(settle("c", ...both, { ...clean, ...preparing })).toEqual(["a", "b", "c"]);
  expect(settle("c", ...both, { ...clean, ...running, desiredState: "SHUTDOWN" })).toEqual([
    "a",
    "b",
  ]);
});

test("other slots are no business of this one's", () => {
  expect(settle("a", { ...clean, ...running }, { ...clean, ...running, slot: 2 })).toEqual([
    "a",
    "b",
  ]);
});
