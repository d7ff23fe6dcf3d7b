import type { Task } from "@swarmkit/proto/types";
import { fromDuration, type Millis } from "../../core/lib/time.ts";

/** Time between the request to stop and the kill, unless the task says otherwise (SwarmKit: 10 s). */
export const stopGraceMsDefault = 10_000;

/** The task's own grace period, or the default. */
export function stopGraceMs(task: Task): Millis {
  const grace = task.spec.container?.stopGracePeriod;
  return grace === undefined ? stopGraceMsDefault : Math.max(0, fromDuration(grace));
}
