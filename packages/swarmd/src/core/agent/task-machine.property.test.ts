import type { TaskState } from "@swarmkit/proto/types";
import fc from "fast-check";
import { expect, test } from "vitest";
import { aTask, testEpoch } from "../../testing/builders.ts";
import { compareTaskStates, isTerminal } from "../model/task-state.ts";
import type { CallOutcome, ControllerCall } from "./call.ts";
import { type TaskEffect, type TaskInput, TaskMachine } from "./task-machine.ts";

type Move =
  | { readonly type: "finish"; readonly outcome: "done" | "refused" | "away" }
  | { readonly type: "want"; readonly state: TaskState }
  | { readonly type: "change" }
  | { readonly type: "remove" }
  | { readonly type: "pass"; readonly durationMs: number };

const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ type: fc.constant("finish"), outcome: anOutcome() }) },
    fc.record({
      type: fc.constant("want"),
      state: fc.constantFrom<TaskState>("READY", "RUNNING", "COMPLETE", "SHUTDOWN", "REMOVE"),
    }),
    fc.record({ type: fc.constant("change") }),
    fc.record({ type: fc.constant("remove") }),
    fc.record({ type: fc.constant("pass"), durationMs: fc.integer({ min: 0, max: 2000 }) }),
  ) as fc.Arbitrary<Move>,
  { maxLength: 40 },
);

function anOutcome(): fc.Arbitrary<"done" | "refused" | "away"> {
  return fc.constantFrom("done", "refused", "away");
}

/** Plays the executor and the manager, and holds the machine to its contract after every step. */
class World {
  readonly machine: TaskMachine;
  call: ControllerCall | undefined;
  isCancelled = false;
  isRemoved = false;
  now = testEpoch;
  #changes = 0;

  constructor(state: TaskState) {
    this.machine = new TaskMachine(aTask({ desiredState: "READY", status: { state } }), () => ({
      type: "present",
    }));
    this.give({ type: "resume" });
  }

  give(input: TaskInput): void {
    const before = this.machine.task.status.state;
    let last = before;
    for (const effect of this.machine.step(input, this.now)) {
      if (effect.type === "report") {
        expect(compareTaskStates(effect.status.state, last)).toBeGreaterThanOrEqual(0);
        last = effect.status.state;
      }
      this.#observe(effect);
    }
    expect(compareTaskStates(this.machine.task.status.state, before)).toBeGreaterThanOrEqual(0);
    if (isTerminal(before)) expect(this.machine.task.status.state).toBe(before);
  }

  #observe(effect: TaskEffect): void {
    expect(this.isRemoved).toBe(false);
    if (effect.type === "call") {
      expect(this.call).toBeUndefined();
      this.call = effect.call;
      this.isCancelled = false;
    }
    if (effect.type === "cancel") {
      expect(this.call).toBeDefined();
      expect(this.isCancelled).toBe(false);
      this.isCancelled = true;
    }
    if (effect.type === "removed") this.isRemoved = true;
  }

  finish(kind: "done" | "refused" | "away"): void {
    const { call } = this;
    if (call === undefined) return;
    this.call = undefined;
    this.give({ type: "call-finished", call, outcome: this.#outcome(call, kind) });
  }

  #outcome(call: ControllerCall, kind: "done" | "refused" | "away"): CallOutcome {
    if (kind === "done") {
      return { type: "done", ...(call === "wait" && { exit: { exitCode: 0 } }) };
    }
    if (this.isCancelled) return { type: "cancelled" };
    return { type: "failed", message: kind, isRetryable: kind === "away" };
  }

  play(move: Move): void {
    const { task } = this.machine;
    if (move.type === "finish") this.finish(move.outcome);
    if (move.type === "want") {
      this.give({ type: "update", task: { ...task, desiredState: move.state } });
    }
    if (move.type === "change") {
      this.#changes += 1;
      this.give({ type: "update", task: { ...task, serviceId: `changed-${this.#changes}` } });
    }
    if (move.type === "remove") this.give({ type: "remove" });
    if (move.type === "pass") {
      this.now += move.durationMs;
      this.give({ type: "tick" });
    }
  }

  /** Lets every call succeed and all deadlines pass until nothing is left to do. */
  settle(): void {
    for (let round = 0; round < 50; round += 1) {
      const deadline = this.machine.nextDeadline();
      if (this.call !== undefined) this.finish("done");
      else if (deadline === undefined) return;
      else this.play({ type: "pass", durationMs: deadline - this.now });
    }
    throw new Error("the machine did not settle");
  }
}

const firstStates = fc.constantFrom<TaskState>("ASSIGNED", "PREPARING", "READY", "RUNNING");

test("states never go back, one call is out at a time, and a stop always ends the task", () => {
  fc.assert(
    fc.property(firstStates, moves, (state, script) => {
      const world = new World(state);
      for (const move of script) world.play(move);
      world.play({ type: "want", state: "SHUTDOWN" });
      world.settle();
      if (!world.isRemoved) expect(isTerminal(world.machine.task.status.state)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("a removal always leaves nothing", () => {
  fc.assert(
    fc.property(firstStates, moves, (state, script) => {
      const world = new World(state);
      for (const move of script) world.play(move);
      world.play({ type: "remove" });
      world.settle();
      expect(world.isRemoved).toBe(true);
    }),
    { numRuns: 300 },
  );
});
