// Keeps at most one updater for each service. Each orchestrator has a supervisor of its own.
import type { Service, Task } from "@swarmkit/proto/types";
import { DeadlineQueue } from "../../lib/deadline-queue.ts";
import type { IdSource } from "../../lib/ids.ts";
import type { Millis } from "../../lib/time.ts";
import type { Batch } from "../../store/types.ts";
import { instanceOf } from "../instance.ts";
import type { RestartSupervisor } from "../restart/restart-supervisor.ts";
import { isSlotDirty } from "../task-dirty.ts";
import { isPaused, isUnderWay, writeCompleted, writeStarted } from "./update-status.ts";
import { type TaskChange, Updater } from "./updater.ts";

export class UpdateSupervisor {
  readonly #restarts: RestartSupervisor;
  readonly #newTaskId: IdSource;
  readonly #updaters = new Map<string, Updater>();
  readonly #deadlines = new DeadlineQueue();

  constructor(options: { readonly restarts: RestartSupervisor; readonly newTaskId: IdSource }) {
    this.#restarts = options.restarts;
    this.#newTaskId = options.newTaskId;
  }

  /**
   * Has the slots brought to the service's spec, in the given order. An update to the same spec
   * that is under way goes on; one to another spec ends. While the service is paused nothing is
   * done. `service` is the newest; the tasks of each slot are those that stand for it.
   */
  update(store: Batch, service: Service, slots: readonly (readonly Task[])[], now: Millis): void {
    if (this.#updaters.get(service.id)?.isFor(service)) {
      this.#writeStarted(store, service.id, now);
      return;
    }
    this.cancel(service.id);
    if (isPaused(service)) return;
    const dirty = slots.flatMap((tasks) => {
      const [first] = tasks;
      const isDirty = first !== undefined && isSlotDirty(store, service, tasks);
      return isDirty ? [instanceOf(first, service)] : [];
    });
    if (dirty.length === 0) {
      if (isUnderWay(service)) this.#writeCompleted(store, service.id, now);
      return;
    }
    this.#writeStarted(store, service.id, now);
    const restarts = this.#restarts;
    const updater = new Updater({ service, dirty, restarts, newTaskId: this.#newTaskId });
    this.#updaters.set(service.id, updater);
    updater.run(store, now);
    this.#arm(service.id, updater);
  }

  /** Forgets the service's update; what it has begun stays as it is. */
  cancel(serviceId: string): void {
    this.#updaters.delete(serviceId);
    this.#deadlines.delete(serviceId);
  }

  observe(store: Batch, change: TaskChange, now: Millis): void {
    const { serviceId } = change.task;
    const updater = this.#updaters.get(serviceId);
    if (updater === undefined) return;
    updater.observe(store, change, now);
    this.#arm(serviceId, updater);
  }

  tick(store: Batch, now: Millis): void {
    for (const serviceId of this.#deadlines.takeDue(now)) {
      const updater = this.#updaters.get(serviceId);
      if (updater === undefined) continue;
      updater.run(store, now);
      this.#arm(serviceId, updater);
    }
  }

  nextDeadline(): Millis | undefined {
    return this.#deadlines.next();
  }

  #arm(serviceId: string, updater: Updater): void {
    const at = updater.isOver ? undefined : updater.nextDeadline();
    if (at === undefined) this.#deadlines.delete(serviceId);
    else this.#deadlines.set(serviceId, at);
    if (updater.isOver) this.#updaters.delete(serviceId);
  }

  #writeStarted(store: Batch, serviceId: string, now: Millis): void {
    store.update((transaction) => {
      const service = transaction.get("service", serviceId);
      if (service !== undefined) writeStarted(transaction, service, now);
    });
  }

  #writeCompleted(store: Batch, serviceId: string, now: Millis): void {
    store.update((transaction) => {
      const service = transaction.get("service", serviceId);
      if (service !== undefined) writeCompleted(transaction, service, now);
    });
  }
}
