// Gives waiting tasks a node. It keeps totals per node and groups of waiting tasks, both brought up to
// date by commits, and reads each changed object from the newest state: what is proposed already
// counts, and a commit that tells an older story does no harm.
//
// Reads nodes, services and tasks; writes of tasks NodeID, Status (PENDING to ASSIGNED, or SHUTDOWN)
// and AssignedGenericResources.
import type { Task } from "@swarmkit/proto/types";
import type { Millis } from "../lib/time.ts";
import { compareTaskStates, isTerminal } from "../model/task-state.ts";
import type { Batch, Commit, Component, StoreEvent } from "../store/types.ts";
import { assignTask, describeFailure, shutDownTask } from "./decisions.ts";
import { explainFailures, findFailing } from "./filter.ts";
import { filtersFor } from "./filters.ts";
import { isWanted, type NodeInfo } from "./node-info.ts";
import { NodeSet } from "./node-set.ts";
import { PlacementTree } from "./placement-tree.ts";
import { groupKey, TaskGroup } from "./task-group.ts";

/** How long an already explained task waits at most for a newer explanation. */
export const explanationIntervalMs = 1000;

export interface SchedulerOptions {
  /**
   * Quiet time to wait for after a change. SwarmKit waits 50 ms, to spare passes over all nodes. Ours
   * looks only at what has changed, and group commit gathers changes already, so the default is 0:
   * place at each commit.
   */
  readonly debounceMs?: Millis;
  /** Longest wait while changes go on, when `debounceMs` is not 0. */
  readonly latencyMsMax?: Millis;
}

export class Scheduler implements Component {
  readonly name = "scheduler";
  readonly #debounceMs: Millis;
  readonly #latencyMsMax: Millis;
  readonly #nodes = new NodeSet();
  /** Groups of tasks that wait for any node, in order of arrival. */
  readonly #groups = new Map<string, TaskGroup>();
  /** Group of each task in `#groups`. */
  readonly #groupOf = new Map<string, string>();
  /** Tasks that wait for the node they are made for (global services), by task id, with its node. */
  readonly #preassigned = new Map<string, string>();
  /** Members of `#groups` and `#preassigned` that have not been tried since they came. */
  readonly #untriedGroups = new Set<string>();
  readonly #untriedPreassigned = new Set<string>();
  /** Groups whose tasks do not carry the newest explanation. */
  readonly #unexplained = new Set<string>();
  #passAt: Millis | undefined;
  #firstChangeAt: Millis | undefined;
  #explainAt: Millis | undefined;

  constructor(options: SchedulerOptions = {}) {
    this.#debounceMs = options.debounceMs ?? 0;
    this.#latencyMsMax = options.latencyMsMax ?? 1000;
  }

  start(store: Batch, now: Millis): void {
    for (const node of store.find("node", { by: "all" })) this.#nodes.put(node);
    for (const task of store.find("task", { by: "all" })) this.#putTask(task, store, now);
    this.#pass(store, now);
  }

  handle(commit: Commit, store: Batch, now: Millis): void {
    for (const event of commit.events) this.#learn(event, store, now);
    if (!this.#hasWork) return;
    if (this.#debounceMs === 0) {
      this.#pass(store, now);
      return;
    }
    this.#firstChangeAt ??= now;
    this.#passAt = Math.min(now + this.#debounceMs, this.#firstChangeAt + this.#latencyMsMax);
  }

  tick(store: Batch, now: Millis): void {
    if (this.#passAt !== undefined && now >= this.#passAt) this.#pass(store, now);
    if (this.#explainAt !== undefined && now >= this.#explainAt) this.#explainGroups(store, now);
  }

  nextDeadline(): Millis | undefined {
    if (this.#passAt === undefined) return this.#explainAt;
    return Math.min(this.#passAt, this.#explainAt ?? this.#passAt);
  }

  get #hasWork(): boolean {
    if (this.#untriedGroups.size > 0 || this.#untriedPreassigned.size > 0) return true;
    return this.#nodes.hasChanged;
  }

  #learn(event: StoreEvent, store: Batch, now: Millis): void {
    const { id } = event.object;
    if (event.table === "node") {
      const node = store.get("node", id);
      if (node === undefined) this.#nodes.delete(id);
      else if (this.#nodes.put(node)) this.#putTasksOf(id, store, now);
    } else if (event.table === "task") {
      const task = store.get("task", id);
      if (task === undefined) this.#dropTask(id);
      else this.#putTask(task, store, now);
    }
  }

  #putTasksOf(nodeId: string, store: Batch, now: Millis): void {
    for (const task of store.find("task", { by: "node", nodeId })) this.#putTask(task, store, now);
  }

  #putTask(task: Task, store: Batch, now: Millis): void {
    const { state } = task.status;
    if (isTerminal(state)) {
      const node = this.#dropTask(task.id);
      const isFailure = state === "FAILED" || state === "REJECTED";
      if (isFailure && node !== undefined && !isGlobal(task, store)) {
        node.recordFailure(groupKey(task), now);
      }
    } else if (state === "PENDING") {
      this.#putWaiting(task, store, now);
    } else if (compareTaskStates(state, "PENDING") > 0) {
      this.#dropWaiting(task.id);
      this.#nodes.putTask(task);
    }
  }

  #putWaiting(task: Task, store: Batch, now: Millis): void {
    if (!isWanted(task)) {
      this.#dropTask(task.id);
      if (task.desiredState === "SHUTDOWN") shutDownTask(task, store, now);
      return;
    }
    if (task.nodeId !== "") {
      if (this.#preassigned.has(task.id)) return;
      this.#preassigned.set(task.id, task.nodeId);
      this.#untriedPreassigned.add(task.id);
      return;
    }
    if (this.#groupOf.has(task.id)) return;
    const key = groupKey(task);
    const group = this.#groups.get(key) ?? new TaskGroup(key, task);
    this.#groups.set(key, group);
    group.taskIds.add(task.id);
    this.#groupOf.set(task.id, key);
    this.#untriedGroups.add(key);
  }

  #dropTask(taskId: string): NodeInfo | undefined {
    this.#dropWaiting(taskId);
    return this.#nodes.deleteTask(taskId);
  }

  #dropWaiting(taskId: string): void {
    this.#preassigned.delete(taskId);
    this.#untriedPreassigned.delete(taskId);
    const key = this.#groupOf.get(taskId);
    if (key === undefined) return;
    this.#groupOf.delete(taskId);
    const group = this.#groups.get(key);
    group?.taskIds.delete(taskId);
    if (group?.taskIds.size === 0) this.#dropGroup(group);
  }

  #dropGroup(group: TaskGroup): void {
    for (const taskId of group.taskIds) this.#groupOf.delete(taskId);
    this.#groups.delete(group.key);
    this.#untriedGroups.delete(group.key);
    this.#unexplained.delete(group.key);
  }

  /** Tries what is new on all nodes, and what was blocked on the nodes that have changed. */
  #pass(store: Batch, now: Millis): void {
    this.#passAt = undefined;
    this.#firstChangeAt = undefined;
    const isWaitedFor = this.#groups.size > 0 || this.#preassigned.size > 0;
    // A node whose removal is on its way has had its tasks orphaned: one that comes now would hang.
    if (isWaitedFor) this.#nodes.refresh(store.find("node", { by: "all" }));
    const changed = this.#nodes.takeChanged();
    this.#tryPreassigned(changed, store, now);
    for (const group of [...this.#groups.values()]) {
      if (group.isBlocked) this.#retryGroup(group, changed, store, now);
      else this.#placeGroup(group, store, now);
    }
    this.#untriedGroups.clear();
    this.#explainGroups(store, now);
  }

  #tryPreassigned(changed: ReadonlySet<string>, store: Batch, now: Millis): void {
    for (const [taskId, nodeId] of [...this.#preassigned]) {
      if (!this.#untriedPreassigned.has(taskId) && !changed.has(nodeId)) continue;
      this.#untriedPreassigned.delete(taskId);
      const task = store.get("task", taskId);
      const node = this.#nodes.get(nodeId);
      // A task whose node is not there (any more) waits for the orchestrator, or for the node.
      if (task === undefined || node === undefined) continue;
      const filters = filtersFor(task);
      const failing = findFailing(filters, node);
      if (failing < 0) {
        this.#assign(task, node, store, now);
      } else {
        const counts = filters.map((_, position) => (position === failing ? 1 : 0));
        describeFailure(taskId, explainFailures(filters, counts), store, now);
      }
    }
  }

  #retryGroup(group: TaskGroup, changed: ReadonlySet<string>, store: Batch, now: Millis): void {
    for (const nodeId of changed) {
      if (!group.revise(nodeId, this.#nodes.get(nodeId))) continue;
      this.#placeGroup(group, store, now);
      return;
    }
    const isStale = changed.size > 0 && group.refreshExplanation();
    if (isStale || this.#untriedGroups.has(group.key)) this.#unexplained.add(group.key);
  }

  #placeGroup(group: TaskGroup, store: Batch, now: Millis): void {
    const { sample } = group;
    if (sample.serviceId !== "" && store.get("service", sample.serviceId) === undefined) {
      this.#dropGroup(group);
      return;
    }
    const verdicts = new Map<string, number>();
    const tree = new PlacementTree({
      nodes: this.#nodes.values(),
      serviceId: sample.serviceId,
      preferences: sample.spec.placement?.preferences ?? [],
      filters: group.filters,
      isFaulty: (node) => node.isFaulty(group.key, now),
      onRejected: (node, filterIndex) => verdicts.set(node.id, filterIndex),
    });
    for (const taskId of [...group.taskIds]) {
      const node = tree.next();
      if (node === undefined) {
        group.block(verdicts);
        this.#unexplained.add(group.key);
        return;
      }
      const task = store.get("task", taskId);
      if (task !== undefined && this.#assign(task, node, store, now)) tree.confirm();
      else this.#dropWaiting(taskId);
    }
  }

  /** Writes the decision, and counts it at once. False when the store did not take it. */
  #assign(task: Task, node: NodeInfo, store: Batch, now: Millis): boolean {
    const assigned = assignTask(task, node, store, now);
    if (assigned === undefined) return false;
    this.#dropWaiting(task.id);
    this.#nodes.putTask(assigned);
    return true;
  }

  /** Tells blocked tasks why: at once the first time, and not too often when the reasons change. */
  #explainGroups(store: Batch, now: Millis): void {
    this.#explainAt = undefined;
    for (const key of [...this.#unexplained]) {
      const group = this.#groups.get(key);
      const dueAt = (group?.explainedAt ?? Number.NEGATIVE_INFINITY) + explanationIntervalMs;
      if (group?.isBlocked === true && now < dueAt) {
        this.#explainAt = Math.min(this.#explainAt ?? dueAt, dueAt);
        continue;
      }
      this.#unexplained.delete(key);
      if (group?.isBlocked !== true) continue;
      group.markExplained(now);
      for (const taskId of group.taskIds) describeFailure(taskId, group.explanation, store, now);
    }
  }
}

/** A global service's task belongs to its node: its failures say nothing about where to go instead. */
function isGlobal(task: Task, store: Batch): boolean {
  const spec = store.get("service", task.serviceId)?.spec;
  return spec?.global !== undefined || spec?.globalJob !== undefined;
}
