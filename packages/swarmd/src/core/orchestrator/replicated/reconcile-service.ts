import type { Service, Task } from "@swarmkit/proto/types";
import type { IdSource } from "../../lib/ids.ts";
import type { Millis } from "../../lib/time.ts";
import { newTask } from "../../model/new-task.ts";
import type { Batch } from "../../store/types.ts";
import type { RestartSupervisor } from "../restart/restart-supervisor.ts";
import type { UpdateSupervisor } from "../update/update-supervisor.ts";
import { createTask, discardTask, findCluster, setDesiredState } from "../writes.ts";
import { orderByWorth, type Slot, slotNumber } from "./scale-down.ts";

export interface Reconciler {
  readonly restarts: RestartSupervisor;
  readonly updates: UpdateSupervisor;
  readonly newTaskId: IdSource;
}

/**
 * Brings a replicated service to its number of slots and has the slots that stay updated to its
 * spec (swarmkit manager/orchestrator/replicated). Costs the number of the service's tasks.
 */
export function reconcileService(
  store: Batch,
  service: Service,
  reconciler: Reconciler,
  now: Millis,
): void {
  const replicas = service.spec.replicated?.replicas ?? 0;
  const slots = findSlots(store, service.id);
  const live = new Map<number, Slot>();
  for (const [slot, tasks] of slots) {
    const standing = reconciler.restarts.findStanding(tasks, service);
    if (standing.length > 0) live.set(slot, standing);
  }
  const kept =
    live.size > replicas
      ? orderByWorth([...live.values()]).slice(0, replicas)
      : [...live.values()].sort((left, right) => slotNumber(left) - slotNumber(right));
  reconciler.updates.update(store, service, kept, now);
  const keptSlots = new Set(kept.map(slotNumber));
  for (const [slot, tasks] of slots) {
    if (live.has(slot) && !keptSlots.has(slot)) removeSlot(store, tasks);
  }
  const added = addSlots(store, service, { count: replicas - kept.length, live, reconciler, now });
  for (const [slot, tasks] of slots) {
    if (live.has(slot) || added.has(slot)) continue;
    for (const task of tasks) store.update((transaction) => discardTask(transaction, task.id));
  }
}

function findSlots(store: Batch, serviceId: string): ReadonlyMap<number, readonly Task[]> {
  const slots = new Map<number, Task[]>();
  for (const task of store.find("task", { by: "service", serviceId })) {
    const known = slots.get(task.slot);
    if (known === undefined) slots.set(task.slot, [task]);
    else known.push(task);
  }
  return slots;
}

/**
 * The whole slot goes, its history too: what SwarmKit leaves behind of a service that is never
 * restarted counts as a slot when the service grows again.
 */
function removeSlot(store: Batch, tasks: readonly Task[]): void {
  store.update((transaction) => {
    for (const task of tasks) setDesiredState(transaction, task.id, "REMOVE");
  });
}

/** Makes tasks in the lowest free slots, which begin at 1, and gives these. */
function addSlots(
  store: Batch,
  service: Service,
  options: {
    readonly count: number;
    readonly live: ReadonlyMap<number, Slot>;
    readonly reconciler: Reconciler;
    readonly now: Millis;
  },
): ReadonlySet<number> {
  const added = new Set<number>();
  const cluster = findCluster(store);
  for (let slot = 1; added.size < options.count; slot += 1) {
    if (options.live.has(slot)) continue;
    const id = options.reconciler.newTaskId();
    const task = newTask({ id, service, cluster, slot, nodeId: "", now: options.now });
    store.update((transaction) => createTask(transaction, task));
    added.add(slot);
  }
  return added;
}
