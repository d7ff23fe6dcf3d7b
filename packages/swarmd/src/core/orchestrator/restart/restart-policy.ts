// What a task's own restart policy says (swarmkit manager/orchestrator/restart).
import type { RestartPolicyRestartCondition, Task } from "@swarmkit/proto/types";
import { fromDuration, type Millis } from "../../lib/time.ts";
import { defaultRestartPolicy } from "../../model/service-defaults.ts";

/**
 * A task without a policy is always restarted; a policy that leaves the condition out means NONE.
 */
export function restartCondition(task: Task): RestartPolicyRestartCondition {
  return (task.spec.restart ?? defaultRestartPolicy).condition;
}

export function restartDelay(task: Task): Millis {
  const delay = task.spec.restart?.delay ?? defaultRestartPolicy.delay;
  return delay === undefined ? 0 : fromDuration(delay);
}

/** Restarts allowed; 0 stands for any number. */
export function restartAttemptsMax(task: Task): number {
  return task.spec.restart?.maxAttempts ?? 0;
}

/** The span in which restarts are counted; undefined when all of them count. */
export function restartWindow(task: Task): Millis | undefined {
  const window = task.spec.restart?.window;
  const span = window === undefined ? 0 : fromDuration(window);
  return span > 0 ? span : undefined;
}
