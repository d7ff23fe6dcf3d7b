// Takes tasks out of the store that nobody needs any more: those that are to be removed and have
// stopped, and of each slot the oldest beyond the history that the swarm keeps. Works a little
// later than it hears of them, so that many deletions share an entry. Reads tasks, services and the
// cluster; removes tasks.
import type { Cluster, Service, Task } from "@swarmkit/proto/types";
import type { Millis } from "../../lib/time.ts";
import { compareTaskStates, isTerminal } from "../../model/task-state.ts";
import { compareByStatusTime } from "../../model/task-time.ts";
import type { Batch, Commit, Component, ReadView } from "../../store/types.ts";
import { findInstanceTasks, type Instance, instanceKey, instanceOf, isJob } from "../instance.ts";
import { isWanted } from "../task-health.ts";
import { findCluster, mustWrite } from "../writes.ts";

/** Time between the first mark and the work. */
export const reaperDelayMs = 250;
/** With more marks than this the work is done at once. */
export const reaperMarksMax = 1_000;
/** Tasks kept by a swarm whose cluster object is not there yet. */
const defaultRetention = 5;

export class TaskReaper implements Component {
  readonly name = "task-reaper";
  readonly #dirty = new Map<string, Instance>();
  readonly #toRemove = new Set<string>();
  #deadline: Millis | undefined;

  start(store: Batch, now: Millis): void {
    // What the last leader had marked is not known: all that may be reaped is looked at.
    for (const task of store.find("task", { by: "all" })) this.#mark(task, store);
    this.#act(store);
    this.#arm(store, now);
  }

  handle(commit: Commit, store: Batch, now: Millis): void {
    for (const event of commit.events) {
      if (event.table === "task" && event.kind !== "remove") this.#mark(event.object, store);
    }
    this.#arm(store, now);
  }

  tick(store: Batch, now: Millis): void {
    if (this.#deadline !== undefined && this.#deadline <= now) this.#act(store);
  }

  nextDeadline(): Millis | undefined {
    return this.#deadline;
  }

  #mark(task: Task, view: ReadView): void {
    if (isRemovable(task)) this.#toRemove.add(task.id);
    const service = view.get("service", task.serviceId);
    if (service === undefined || isJob(service)) return;
    // A new task makes the history longer; one that is over may be what can be dropped.
    if (task.status.state === "NEW" || isHistory(task)) {
      const instance = instanceOf(task, service);
      this.#dirty.set(instanceKey(instance), instance);
    }
  }

  #arm(store: Batch, now: Millis): void {
    const marks = this.#dirty.size + this.#toRemove.size;
    if (marks > reaperMarksMax) this.#act(store);
    else if (marks > 0) this.#deadline ??= now + reaperDelayMs;
  }

  #act(store: Batch): void {
    const cluster = findCluster(store);
    for (const instance of this.#dirty.values()) {
      for (const task of findSurplus(store, instance, cluster)) this.#toRemove.add(task.id);
    }
    for (const taskId of this.#toRemove) {
      store.update((transaction) => {
        const task = transaction.get("task", taskId);
        // Marks are older than the state: only what is still over is removed.
        if (task === undefined || !(isRemovable(task) || isHistory(task))) return;
        mustWrite(transaction.remove("task", taskId));
      });
    }
    this.#dirty.clear();
    this.#toRemove.clear();
    this.#deadline = undefined;
  }
}

/** To be removed without regard to history. */
function isRemovable(task: Task): boolean {
  const { state } = task.status;
  if (state === "ORPHANED" && task.serviceId === "") return true;
  if (task.desiredState !== "REMOVE") return false;
  return compareTaskStates(state, "ASSIGNED") < 0 || compareTaskStates(state, "COMPLETE") >= 0;
}

/**
 * Over, and known to be so: what has ended but is still wanted is not history before the
 * orchestrator has dealt with it, and SwarmKit's reaper may be faster there.
 */
function isHistory(task: Task): boolean {
  if (isWanted(task)) return false;
  return isTerminal(task.status.state) || compareTaskStates(task.status.state, "ASSIGNED") < 0;
}

/** The tasks of a slot (or node) that its service's history has no room for, oldest first. */
function findSurplus(
  view: ReadView,
  instance: Instance,
  cluster: Cluster | undefined,
): readonly Task[] {
  const service = view.get("service", instance.serviceId);
  if (service === undefined) return [];
  const retention = retentionOf(service, cluster);
  if (retention < 0) return [];
  const tasks = findInstanceTasks(view, instance);
  const surplus = tasks.length - retention;
  if (surplus <= 0) return [];
  const history = tasks.filter(isHistory).sort(compareByStatusTime);
  // A slot with history only: its newest task says that the slot is not to be filled again.
  const reapable = history.length === tasks.length ? history.slice(0, -1) : history;
  return reapable.slice(0, surplus);
}

/** Enough history is kept to count restarts by, if they are limited. */
function retentionOf(service: Service, cluster: Cluster | undefined): number {
  const maxAttempts = service.spec.task.restart?.maxAttempts ?? 0;
  if (maxAttempts > 0) return maxAttempts + 1;
  return cluster?.spec.orchestration.taskHistoryRetentionLimit ?? defaultRetention;
}
