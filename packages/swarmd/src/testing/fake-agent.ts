// An agent without processes, for tests of the leader as a whole: follows its assignments stream, moves
// its tasks from state to state, and reports. What it says and hears goes through the dispatcher's core.
import type {
  AssignmentsMessage,
  Task,
  TaskState,
  UpdateTaskStatusRequestTaskStatusUpdate,
} from "@swarmkit/proto/types";
import type { Prng } from "../core/lib/prng.ts";
import { type Millis, toTimestamp } from "../core/lib/time.ts";
import { compareTaskStates, isTerminal } from "../core/model/task-state.ts";

/** How the containers of a node behave. */
export interface AgentConduct {
  /** Chance that a step of a task ends in failure; 0 to 1. */
  failureShare: number;
  /** Tasks that are told to stop go on. */
  isStubborn: boolean;
}

interface HeldTask {
  task: Task;
  state: TaskState;
  /** Whether the leader has taken the state in. */
  isReported: boolean;
}

const path: readonly TaskState[] = ["ASSIGNED", "ACCEPTED", "PREPARING", "READY", "STARTING"];

export class FakeAgent {
  readonly nodeId: string;
  readonly conduct: AgentConduct = { failureShare: 0, isStubborn: false };
  /** Cut off from the leader: it hears nothing and is not heard. */
  isCutOff = false;
  sessionId = "";
  sessionStream: number | undefined;
  assignmentsStream: number | undefined;
  /** When it beats or connects next. */
  actAt: Millis = 0;
  readonly #tasks = new Map<string, HeldTask>();
  #version = "";

  constructor(nodeId: string) {
    this.nodeId = nodeId;
  }

  /** Tasks that it holds, with their states. */
  get tasks(): ReadonlyMap<string, { readonly task: Task; readonly state: TaskState }> {
    return this.#tasks;
  }

  /** Applies a message of its assignments stream; one that does not follow the last is an error. */
  take(message: AssignmentsMessage): void {
    if (message.type === "COMPLETE") this.#keepOnly(message);
    else if (message.appliesTo !== this.#version) throw new Error("an increment is missing");
    this.#version = message.resultsIn;
    for (const { action, assignment } of message.changes) {
      const task = assignment?.task;
      if (task === undefined) continue;
      if (action === "REMOVE") this.#tasks.delete(task.id);
      else this.#put(task);
    }
  }

  /** A new session: all is told again. */
  forgetReports(): void {
    for (const held of this.#tasks.values()) held.isReported = false;
  }

  /** Moves one task on. */
  step(prng: Prng): void {
    const movable = [...this.#tasks.values()].filter(
      (held) => this.#nextState(held, 1) !== undefined,
    );
    const held = movable[Math.floor(prng() * movable.length)];
    if (held !== undefined) this.#move(held, prng());
  }

  /** Moves every task on. */
  stepAll(prng: Prng): void {
    for (const held of this.#tasks.values()) this.#move(held, prng());
  }

  /** What the leader does not know yet. */
  reports(now: Millis): readonly UpdateTaskStatusRequestTaskStatusUpdate[] {
    return [...this.#tasks]
      .filter(([, held]) => !held.isReported)
      .map(([taskId, { state }]) => ({
        taskId,
        status: { state, timestamp: toTimestamp(now), message: "", err: "", appliedBy: "" },
      }));
  }

  markReported(): void {
    for (const held of this.#tasks.values()) held.isReported = true;
  }

  #keepOnly(message: AssignmentsMessage): void {
    const listed = new Set(message.changes.map(({ assignment }) => assignment?.task?.id));
    for (const taskId of this.#tasks.keys()) if (!listed.has(taskId)) this.#tasks.delete(taskId);
  }

  #put(task: Task): void {
    const held = this.#tasks.get(task.id);
    if (held === undefined) {
      this.#tasks.set(task.id, { task, state: task.status.state, isReported: true });
    } else held.task = task;
  }

  #move(held: HeldTask, chance: number): void {
    const next = this.#nextState(held, chance);
    if (next === undefined) return;
    held.state = next;
    held.isReported = false;
  }

  #nextState({ task, state }: HeldTask, chance: number): TaskState | undefined {
    if (isTerminal(state)) return undefined;
    if (compareTaskStates(task.desiredState, "COMPLETE") > 0) {
      return this.conduct.isStubborn ? undefined : "SHUTDOWN";
    }
    if (chance < this.conduct.failureShare) {
      return compareTaskStates(state, "STARTING") < 0 ? "REJECTED" : "FAILED";
    }
    if (state === "READY" && compareTaskStates(task.desiredState, "RUNNING") < 0) return undefined;
    if (state === "RUNNING") return undefined;
    return path[path.indexOf(state) + 1] ?? "RUNNING";
  }
}
