import type {
  Assignment,
  AssignmentChange,
  AssignmentChangeAssignmentAction,
  AssignmentsMessage,
  Task,
} from "@swarmkit/proto/types";
import { isEqual } from "../lib/equal.ts";
import { compareTaskStates, isTerminal } from "../model/task-state.ts";
import type { ReadView } from "../store/types.ts";
import { Dependencies } from "./dependencies.ts";
import { removedTask } from "./removed-objects.ts";

/**
 * What one stream's agent has been told, and what it has yet to be told. Changes are noted by id and
 * looked up when they are sent, so that a task that changes twice is sent once, as it is then.
 *
 * In a message what is needed comes before what needs it, and removals come the other way round;
 * like changes are in order of id.
 */
export class AssignmentSet {
  readonly #nodeId: string;
  readonly #sent = new Map<string, Task>();
  readonly #dependencies = new Dependencies();
  readonly #noted = new Set<string>();
  #messageCount = 0;

  constructor(nodeId: string) {
    this.#nodeId = nodeId;
  }

  /** Tasks that have changed since the last message. */
  get notedCount(): number {
    return this.#noted.size;
  }

  /** The first message of a stream: all that the node has. */
  toComplete(view: ReadView): AssignmentsMessage {
    for (const task of view.find("task", { by: "node", nodeId: this.#nodeId })) this.note(task);
    return this.#toMessage("COMPLETE", this.#takeChanges(view));
  }

  /** Changes since the last message; undefined when they have come to nothing. */
  toIncremental(view: ReadView): AssignmentsMessage | undefined {
    const changes = this.#takeChanges(view);
    return changes.length === 0 ? undefined : this.#toMessage("INCREMENTAL", changes);
  }

  /** A task of this node has changed; most changes are reports of the agent itself, and are not news. */
  note(task: Task): void {
    if (this.#isNews(task)) this.#noted.add(task.id);
  }

  noteRemoved(taskId: string): void {
    if (this.#sent.has(taskId)) this.#noted.add(taskId);
  }

  #isNews(task: Task): boolean {
    // Nothing may be sent before the scheduler has spoken.
    if (compareTaskStates(task.status.state, "ASSIGNED") < 0) return false;
    const sent = this.#sent.get(task.id);
    if (sent === undefined) return true;
    return isWorthSending(sent, task) || this.#mayRelease(task);
  }

  #mayRelease(task: Task): boolean {
    return isTerminal(task.status.state) && this.#dependencies.has(task.id);
  }

  #takeChanges(view: ReadView): readonly AssignmentChange[] {
    const needed: Assignment[] = [];
    const updated: Assignment[] = [];
    const removed: Assignment[] = [];
    const released: Assignment[] = [];
    const tasks = [...this.#noted].sort().map((id) => ({ id, task: view.get("task", id) }));
    this.#noted.clear();
    // What is needed is taken before anything is released: what changes hands is not dropped.
    for (const { task } of tasks) {
      if (task === undefined) continue;
      const sent = this.#sent.get(task.id);
      if (sent !== undefined && !isWorthSending(sent, task)) continue;
      this.#sent.set(task.id, task);
      updated.push({ task });
      const isFirst = sent === undefined && !isTerminal(task.status.state);
      if (isFirst) needed.push(...this.#dependencies.take(task, view));
    }
    for (const { id, task } of tasks) {
      if (task === undefined && this.#sent.delete(id)) removed.push({ task: removedTask(id) });
      const isOver = task === undefined || this.#mayRelease(task);
      if (isOver) released.push(...this.#dependencies.release(id));
    }
    return [
      ...needed.map((assignment) => toChange("UPDATE", assignment)),
      ...updated.map((assignment) => toChange("UPDATE", assignment)),
      ...removed.map((assignment) => toChange("REMOVE", assignment)),
      ...released.map((assignment) => toChange("REMOVE", assignment)),
    ];
  }

  #toMessage(
    type: AssignmentsMessage["type"],
    changes: readonly AssignmentChange[],
  ): AssignmentsMessage {
    const appliesTo = this.#messageCount === 0 ? "" : String(this.#messageCount);
    this.#messageCount += 1;
    return { type, appliesTo, resultsIn: String(this.#messageCount), changes };
  }
}

/** An agent is told of all changes until it has taken the task on, then only of what it did not do. */
function isWorthSending(sent: Task, task: Task): boolean {
  if (sent === task) return false;
  return task.status.state === "ASSIGNED" || !isSameApartFromStatus(sent, task);
}

function isSameApartFromStatus(left: Task, right: Task): boolean {
  return isEqual({ ...left, status: right.status, meta: right.meta }, right);
}

function toChange(
  action: AssignmentChangeAssignmentAction,
  assignment: Assignment,
): AssignmentChange {
  return { action, assignment };
}
