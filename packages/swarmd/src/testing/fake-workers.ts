// Stands for allocator, scheduler, dispatcher and agents in one: moves tasks along as a healthy
// swarm would, one state at a time, and as slowly or as badly as a test wants it.
import type { Node, Task, TaskState } from "@swarmkit/proto/types";
import { nodeMatches, parseConstraints } from "../core/constraint/constraint.ts";
import { DeadlineQueue } from "../core/lib/deadline-queue.ts";
import { type Millis, toTimestamp } from "../core/lib/time.ts";
import { compareTaskStates, isTerminal } from "../core/model/task-state.ts";
import type { Batch, Commit } from "../core/store/types.ts";
import type { Participant } from "./component-harness.ts";

/** How a task behaves on its node; a test may change it while the task runs. */
export type Conduct = "runs" | "fails" | "never-starts" | "never-stops";

export interface FakeWorkersOptions {
  readonly conductOf?: (task: Task) => Conduct;
  /** Time that a task takes for its next state. */
  readonly latency?: () => Millis;
}

export class FakeWorkers implements Participant {
  readonly #steps = new DeadlineQueue();
  readonly #latency: () => Millis;
  conductOf: (task: Task) => Conduct;

  constructor(options: FakeWorkersOptions = {}) {
    this.conductOf = options.conductOf ?? (() => "runs");
    this.#latency = options.latency ?? (() => 0);
  }

  start(store: Batch, now: Millis): void {
    for (const task of store.find("task", { by: "all" })) this.#steps.set(task.id, now);
    this.tick(store, now);
  }

  handle(commit: Commit, store: Batch, now: Millis): void {
    for (const event of commit.events) {
      if (event.table === "task") this.#plan(event.object.id, now);
      // A node that comes up has tasks to go on with, and gets those that found no place.
      if (event.table !== "node") continue;
      for (const task of store.find("task", { by: "node", nodeId: event.object.id })) {
        this.#plan(task.id, now);
      }
      for (const task of store.find("task", { by: "task-state", state: "NEW" })) {
        this.#plan(task.id, now);
      }
    }
    this.tick(store, now);
  }

  tick(store: Batch, now: Millis): void {
    for (const taskId of this.#steps.takeDue(now)) this.#step(taskId, store, now);
  }

  nextDeadline(): Millis | undefined {
    return this.#steps.next();
  }

  #plan(taskId: string, now: Millis): void {
    if (this.#steps.get(taskId) === undefined) this.#steps.set(taskId, now + this.#latency());
  }

  #step(taskId: string, store: Batch, now: Millis): void {
    store.update((transaction) => {
      const task = transaction.get("task", taskId);
      if (task === undefined || isTerminal(task.status.state)) return;
      if (task.nodeId === "") {
        const node = choosePlace(store, task);
        if (node === undefined) return;
        transaction.update("task", { ...withState(task, "ASSIGNED", now), nodeId: node.id });
        return;
      }
      if (store.get("node", task.nodeId)?.status.state !== "READY") return;
      const state = nextState(task, this.conductOf(task));
      if (state !== undefined) transaction.update("task", withState(task, state, now));
    });
  }
}

/** The task as its agent reports it. */
export function withState(task: Task, state: TaskState, now: Millis): Task {
  const timestamp = toTimestamp(now);
  return { ...task, status: { ...task.status, state, timestamp, appliedAt: timestamp } };
}

function nextState(task: Task, conduct: Conduct): TaskState | undefined {
  const { state } = task.status;
  if (compareTaskStates(task.desiredState, "COMPLETE") > 0) {
    return conduct === "never-stops" ? undefined : "SHUTDOWN";
  }
  if (state === "ASSIGNED") return "READY";
  if (state === "RUNNING") return conduct === "fails" ? "FAILED" : undefined;
  if (task.desiredState === "READY" || conduct === "never-starts") return undefined;
  return conduct === "fails" ? "FAILED" : "RUNNING";
}

/** The matching node with the fewest live tasks. */
function choosePlace(store: Batch, task: Task): Node | undefined {
  if (compareTaskStates(task.desiredState, "RUNNING") > 0) return undefined;
  const parsed = parseConstraints(task.spec.placement?.constraints ?? []);
  const load = (node: Node): number =>
    store
      .find("task", { by: "node", nodeId: node.id })
      .filter((other) => compareTaskStates(other.desiredState, "RUNNING") <= 0).length;
  return store
    .find("node", { by: "all" })
    .filter((node) => node.status.state === "READY" && node.spec.availability === "ACTIVE")
    .filter((node) => parsed.ok && nodeMatches(parsed.constraints, node))
    .sort((left, right) => load(left) - load(right))[0];
}
