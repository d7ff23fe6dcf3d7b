import type { Service, Task } from "@swarmkit/proto/types";
import type { Millis } from "../../lib/time.ts";
import { compareByCreation, creationTime } from "../../model/task-time.ts";
import type { Batch } from "../../store/types.ts";
import { type Instance, instanceKey, instanceOf } from "../instance.ts";
import { needsRestart } from "../task-health.ts";
import { discardTask } from "../writes.ts";
import { restartDelay } from "./restart-policy.ts";
import type { RestartSupervisor } from "./restart-supervisor.ts";

export interface TaskInitOptions {
  readonly store: Batch;
  readonly restarts: RestartSupervisor;
  /** Whether the orchestrator is in charge of the service. */
  readonly isOurs: (service: Service) => boolean;
  readonly now: Millis;
}

/**
 * Takes over the tasks that the last leader left: discards those whose service is gone, has delayed
 * starts go on where they were, and counts the restarts so far. Gives the ids of the tasks that
 * ended, or lost their node, and were not dealt with.
 */
export function takeOverTasks(options: TaskInitOptions): readonly string[] {
  const { store, restarts, isOurs, now } = options;
  const byInstance = new Map<string, { instance: Instance; tasks: Task[] }>();
  const toRestart: string[] = [];
  for (const task of store.find("task", { by: "all" })) {
    if (task.serviceId === "") continue;
    const service = store.get("service", task.serviceId);
    if (service === undefined) {
      store.update((transaction) => discardTask(transaction, task.id));
      continue;
    }
    if (!isOurs(service)) continue;
    const instance = instanceOf(task, service);
    const known = byInstance.get(instanceKey(instance));
    if (known === undefined) byInstance.set(instanceKey(instance), { instance, tasks: [task] });
    else known.tasks.push(task);
    if (needsRestart(store, task)) toRestart.push(task.id);
    else if (task.desiredState === "READY") resumeStart(restarts, task, instance, now);
  }
  for (const { instance, tasks } of byInstance.values()) countRestarts(restarts, instance, tasks);
  return toRestart;
}

/** The delay began when the task was made; a clock that went back does not make it longer. */
function resumeStart(
  restarts: RestartSupervisor,
  task: Task,
  instance: Instance,
  now: Millis,
): void {
  const delay = restartDelay(task);
  const left = Math.max(0, Math.min(delay, creationTime(task) + delay - now));
  restarts.delayStart({ taskId: task.id, instance, delayMs: left, waitsForStop: true }, now);
}

/** Of the newest spec version, every task but the first stands for a restart. */
function countRestarts(
  restarts: RestartSupervisor,
  instance: Instance,
  tasks: readonly Task[],
): void {
  const newest = Math.max(...tasks.map((task) => task.specVersion?.index ?? 0));
  const current = tasks.filter((task) => task.specVersion?.index === newest);
  for (const replacement of current.sort(compareByCreation).slice(1)) {
    restarts.recordRestart(instance, replacement);
  }
}
