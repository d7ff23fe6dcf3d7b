import type { Task } from "@swarmkit/proto/types";
import type { Millis } from "../../lib/time.ts";
import { creationTime, statusTime } from "../../model/task-time.ts";
import { type Instance, instanceKey } from "../instance.ts";
import { restartAttemptsMax, restartWindow } from "./restart-policy.ts";

/** Restarts remembered for one instance with a window; a policy that allows more has no limit. */
export const restartTimesMax = 10_000;

interface InstanceHistory {
  readonly specVersion: number | undefined;
  readonly restarts: number;
  /** When the replacements were made, oldest first; kept only for policies with a window. */
  readonly times: readonly Millis[];
}

/**
 * How often each instance was restarted: kept in the leader's memory, and made again from the tasks
 * themselves by the next leader. Instances whose policy sets no limit are not counted.
 */
export class RestartHistory {
  readonly #byService = new Map<string, Map<string, InstanceHistory>>();

  /** Counts `replacement` as a restart. A new spec version begins with a clean record. */
  record(instance: Instance, replacement: Task): void {
    const limit = restartAttemptsMax(replacement);
    if (limit === 0) return;
    const instances = this.#byService.get(instance.serviceId) ?? new Map();
    this.#byService.set(instance.serviceId, instances);
    const key = instanceKey(instance);
    const known: InstanceHistory | undefined = instances.get(key);
    const specVersion = replacement.specVersion?.index;
    const isSame = known !== undefined && known.specVersion === specVersion;
    const earlier = isSame ? known.times : [];
    const hasWindow = restartWindow(replacement) !== undefined;
    instances.set(key, {
      specVersion,
      restarts: (isSame ? known.restarts : 0) + 1,
      // Older ones than the newest `limit` cannot change an answer.
      times: hasWindow
        ? [...earlier, creationTime(replacement)].slice(-Math.min(limit, restartTimesMax))
        : [],
    });
  }

  /** True when the policy's limit leaves room for one more restart of this task. */
  hasAttemptLeft(instance: Instance, task: Task): boolean {
    const limit = restartAttemptsMax(task);
    const known = this.#byService.get(instance.serviceId)?.get(instanceKey(instance));
    if (limit === 0 || known === undefined) return true;
    if (known.specVersion !== task.specVersion?.index) return true;
    const window = restartWindow(task);
    if (window === undefined) return known.restarts < limit;
    const from = statusTime(task) - window;
    return known.times.filter((time) => time >= from).length < limit;
  }

  forgetService(serviceId: string): void {
    this.#byService.delete(serviceId);
  }
}
