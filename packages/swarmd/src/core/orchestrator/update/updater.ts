// One rolling update of one service, to one spec: a state machine over its dirty slots.
//
//   queued → replacing (until the new task runs or has ended) → pausing (the delay) → done
//
// At most `parallelism` slots are in the two middle states. When all are done, failures are watched
// for a while longer, and then the update is complete. Slots are looked at when it is their turn,
// so one that was scaled away or has become clean is passed over. A new spec ends the updater: its
// successor takes over what it finds.
import type { Service, ServiceSpec, Task } from "@swarmkit/proto/types";
import { DeadlineQueue } from "../../lib/deadline-queue.ts";
import { isEqual } from "../../lib/equal.ts";
import type { IdSource } from "../../lib/ids.ts";
import type { Millis } from "../../lib/time.ts";
import { newTask } from "../../model/new-task.ts";
import { isTerminal } from "../../model/task-state.ts";
import type { Batch, ReadView } from "../../store/types.ts";
import { findInstanceTasks, type Instance, instanceKey, instanceOf } from "../instance.ts";
import type { RestartSupervisor } from "../restart/restart-supervisor.ts";
import { isSlotDirty } from "../task-dirty.ts";
import { isWanted } from "../task-health.ts";
import { createTask, findCluster } from "../writes.ts";
import { settleInstance } from "./settle-instance.ts";
import { findReusable, shutDownOthers } from "./slot-tasks.ts";
import { planUpdate, type UpdatePlan } from "./update-plan.ts";
import { isPaused, writeCompleted, writePaused, writeRolledBack } from "./update-status.ts";

export interface UpdaterOptions {
  readonly service: Service;
  /** The dirty slots in the order in which they are to be updated. */
  readonly dirty: readonly Instance[];
  readonly restarts: RestartSupervisor;
  readonly newTaskId: IdSource;
}

/** A change of a task as a commit tells it; `before` is absent for a new one. */
export interface TaskChange {
  readonly task: Task;
  readonly before: Task | undefined;
}

export class Updater {
  readonly #spec: ServiceSpec;
  readonly #serviceId: string;
  readonly #plan: UpdatePlan;
  readonly #restarts: RestartSupervisor;
  readonly #newTaskId: IdSource;
  readonly #dirty: readonly Instance[];
  /** Position in `#dirty` of the next slot to take up. */
  #next = 0;
  /** The task that each slot in work waits for, by instance; undefined while the worker pauses. */
  readonly #working = new Map<string, string | undefined>();
  readonly #pauses = new DeadlineQueue();
  /** Tasks whose end is a failure of the update, with the time at which they came to run. */
  readonly #watched = new Map<string, Millis | undefined>();
  /** Of the watched tasks those that have ended, by the commits seen so far. */
  readonly #ends = new Map<string, "by-itself" | "as-told">();
  #failures = 0;
  #monitorUntil: Millis | undefined;
  #isOver = false;

  constructor(options: UpdaterOptions) {
    this.#spec = options.service.spec;
    this.#serviceId = options.service.id;
    this.#plan = planUpdate(options.service, options.dirty.length);
    this.#restarts = options.restarts;
    this.#newTaskId = options.newTaskId;
    this.#dirty = options.dirty;
  }

  /** True when there is nothing left to do, for whatever reason. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether this update leads to what the service asks for now. */
  isFor(service: Service): boolean {
    const isRollback = service.updateStatus?.state === "ROLLBACK_STARTED";
    return isRollback === this.#plan.isRollback && isEqual(service.spec, this.#spec);
  }

  /** Goes on as far as it can. */
  run(store: Batch, now: Millis): void {
    const service = this.#findService(store);
    if (service === undefined) {
      this.#isOver = true;
      return;
    }
    for (const key of this.#pauses.takeDue(now)) this.#working.delete(key);
    for (let instance = this.#take(); instance !== undefined; instance = this.#take()) {
      this.#begin(store, service, instance, now);
    }
    if (this.#working.size > 0) return;
    this.#monitorUntil ??= now + this.#plan.monitorMs;
    if (this.#monitorUntil <= now) this.#complete(store, now);
  }

  observe(store: Batch, change: TaskChange, now: Millis): void {
    const service = this.#findService(store);
    if (service === undefined) {
      this.#isOver = true;
      return;
    }
    this.#watch(store, change, now);
    if (this.#isOver) return;
    const instance = instanceOf(change.task, service);
    if (this.#working.get(instanceKey(instance)) !== undefined) {
      this.#follow(store, service, instance, now);
    }
    this.run(store, now);
  }

  nextDeadline(): Millis | undefined {
    return this.#pauses.next() ?? this.#monitorUntil;
  }

  /** The service, as long as it still asks for what this update leads to. */
  #findService(view: ReadView): Service | undefined {
    const service = view.get("service", this.#serviceId);
    return service !== undefined && this.isFor(service) && !isPaused(service) ? service : undefined;
  }

  #take(): Instance | undefined {
    if (this.#working.size >= this.#plan.parallelism) return undefined;
    const instance = this.#dirty[this.#next];
    this.#next += 1;
    return instance;
  }

  #begin(store: Batch, service: Service, instance: Instance, now: Millis): void {
    const standing = this.#restarts.findStanding(findInstanceTasks(store, instance), service);
    if (!isSlotDirty(store, service, standing)) return;
    const reused = findReusable(store, service, standing);
    const task = reused ?? this.#newTask(store, service, instance, now);
    store.update((transaction) => {
      if (reused === undefined) createTask(transaction, task);
      if (this.#plan.order === "STOP_FIRST") shutDownOthers(transaction, standing, task);
    });
    if (task.desiredState === "READY" && !this.#restarts.isStartDelayed(task.id)) {
      const waitsForStop = this.#plan.order === "STOP_FIRST";
      this.#restarts.delayStart({ taskId: task.id, instance, delayMs: 0, waitsForStop }, now);
    }
    this.#waitFor(instance, task);
    this.#follow(store, service, instance, now);
  }

  #newTask(view: ReadView, service: Service, instance: Instance, now: Millis): Task {
    const id = this.#newTaskId();
    const task = newTask({ ...instance, id, service, cluster: findCluster(view), now });
    return { ...task, desiredState: "READY" };
  }

  #waitFor(instance: Instance, task: Task): void {
    this.#working.set(instanceKey(instance), task.id);
    if (task.status.state !== "RUNNING") this.#watched.set(task.id, undefined);
  }

  /**
   * Waits until the slot's new task runs or has ended (what comes after its end is for the restart
   * supervisor). Where the task was moved before it could run, its successor is waited for:
   * SwarmKit waits for the task that is not wanted any more.
   */
  #follow(store: Batch, service: Service, instance: Instance, now: Millis): void {
    const taskId = this.#working.get(instanceKey(instance));
    const task = taskId === undefined ? undefined : store.get("task", taskId);
    if (task !== undefined && isWanted(task) && !isTerminal(task.status.state)) {
      if (task.status.state !== "RUNNING") return;
      this.#noteStart(task.id, now);
      settleInstance(store, service, task.id);
      this.#pause(instance, now);
      return;
    }
    const end = task === undefined ? undefined : this.#ends.get(task.id);
    // The state is ahead of the commits: whether the end is a failure is known when its commit
    // comes.
    if (task !== undefined && isTerminal(task.status.state) && end === undefined) return;
    const heir = findReusable(store, service, findInstanceTasks(store, instance));
    if (end === "by-itself" || heir === undefined) {
      this.#pause(instance, now);
      return;
    }
    this.#waitFor(instance, heir);
    // The heir is wanted, so this goes no deeper.
    this.#follow(store, service, instance, now);
  }

  #pause(instance: Instance, now: Millis): void {
    const key = instanceKey(instance);
    if (this.#plan.delayMs === 0) {
      this.#working.delete(key);
      return;
    }
    this.#working.set(key, undefined);
    this.#pauses.set(key, now + this.#plan.delayMs);
  }

  #noteStart(taskId: string, now: Millis): void {
    if (this.#watched.has(taskId)) this.#watched.set(taskId, this.#watched.get(taskId) ?? now);
  }

  /**
   * A task of this update that ends while it is wanted, before it ran or soon after, has failed.
   */
  #watch(store: Batch, { task, before }: TaskChange, now: Millis): void {
    if (!this.#watched.has(task.id) || before === undefined) return;
    if (task.status.state === "RUNNING") this.#noteStart(task.id, now);
    if (isTerminal(before.status.state) || !isTerminal(task.status.state)) return;
    this.#ends.set(task.id, isWanted(before) ? "by-itself" : "as-told");
    if (!isWanted(before)) return;
    const startedAt = this.#watched.get(task.id) ?? now;
    if (now - startedAt <= this.#plan.monitorMs) this.#fail(store, task.id, now);
  }

  #fail(store: Batch, taskId: string, now: Millis): void {
    this.#failures += 1;
    const { failureAction, isRollback, maxFailureRatio } = this.#plan;
    if (failureAction === "CONTINUE") return;
    if (this.#failures / this.#dirty.length <= maxFailureRatio) return;
    this.#isOver = true;
    store.update((transaction) => {
      const service = this.#findService(transaction);
      if (service === undefined) return;
      // A rollback that fails is not rolled back in its turn.
      if (failureAction === "ROLLBACK" && !isRollback) {
        writeRolledBack(transaction, service, { taskId, now });
      } else {
        writePaused(transaction, service, taskId);
      }
    });
  }

  #complete(store: Batch, now: Millis): void {
    this.#isOver = true;
    store.update((transaction) => {
      const service = this.#findService(transaction);
      if (service !== undefined) writeCompleted(transaction, service, now);
    });
  }
}
