import { enumNumbers } from "@swarmkit/proto";
import type { TaskState } from "@swarmkit/proto/types";
import { expect, test } from "vitest";
import { compareTaskStates, isTerminal } from "./task-state.ts";

const wire = Object.entries(enumNumbers.TaskState) as [TaskState, number][];

test("the order of states is that of their wire numbers", () => {
  for (const [left, leftNumber] of wire) {
    for (const [right, rightNumber] of wire) {
      expect(Math.sign(compareTaskStates(left, right))).toBe(Math.sign(leftNumber - rightNumber));
    }
  }
});

test("nothing runs any more in the states after RUNNING", () => {
  const terminal = wire.map(([state]) => state).filter(isTerminal);
  expect(terminal).toEqual(["COMPLETE", "SHUTDOWN", "FAILED", "REJECTED", "REMOVE", "ORPHANED"]);
});
