import type { Task } from "@swarmkit/proto/types";
import type { Millis } from "../lib/time.ts";
import { explainFailures, type Filter, findFailing } from "./filter.ts";
import { filtersFor } from "./filters.ts";
import type { NodeInfo } from "./node-info.ts";

/** The key under which like tasks are placed together: they share service and spec version. */
export function groupKey(task: Task): string {
  // Without a version nothing says that two tasks are alike.
  if (task.specVersion === undefined) return `task ${task.id}`;
  return `${task.serviceId} ${task.specVersion.index}`;
}

/**
 * Waiting tasks of one service and spec version. A group that no node can take remembers why for each
 * node, so that a change of one node costs one look at that node.
 */
export class TaskGroup {
  readonly key: string;
  /** A task of the group: all are alike in what they need. */
  readonly sample: Task;
  readonly filters: readonly Filter[];
  /** Ids in order of arrival. */
  readonly taskIds: Set<string> = new Set();
  /** Filter that each node failed. Undefined: not tried yet, or not with all nodes. */
  #verdicts: Map<string, number> | undefined;
  #explanation = "";
  #explainedAt: Millis | undefined;

  constructor(key: string, sample: Task) {
    this.key = key;
    this.sample = sample;
    this.filters = filtersFor(sample);
  }

  get isBlocked(): boolean {
    return this.#verdicts !== undefined;
  }

  /** Why no node can take the tasks, for `status.err`. */
  get explanation(): string {
    return this.#explanation;
  }

  /** When tasks were last told why; undefined if they never were. */
  get explainedAt(): Millis | undefined {
    return this.#explainedAt;
  }

  markExplained(now: Millis): void {
    this.#explainedAt = now;
  }

  block(verdicts: Map<string, number>): void {
    this.#verdicts = verdicts;
    this.#explain();
  }

  /** Looks again at one node (undefined: it is gone) of a blocked group. True when it would do now. */
  revise(nodeId: string, node: NodeInfo | undefined): boolean {
    const failing = node === undefined ? undefined : findFailing(this.filters, node);
    if (failing === -1) return true;
    if (failing === undefined) this.#verdicts?.delete(nodeId);
    else this.#verdicts?.set(nodeId, failing);
    return false;
  }

  /** Brings the explanation up to date after revisions. True when it has changed. */
  refreshExplanation(): boolean {
    const before = this.#explanation;
    this.#explain();
    return this.#explanation !== before;
  }

  #explain(): void {
    const counts = this.filters.map(() => 0);
    for (const position of this.#verdicts?.values() ?? []) {
      counts[position] = (counts[position] ?? 0) + 1;
    }
    const reasons = explainFailures(this.filters, counts);
    this.#explanation = reasons === "" ? "no suitable node" : `no suitable node (${reasons})`;
  }
}
