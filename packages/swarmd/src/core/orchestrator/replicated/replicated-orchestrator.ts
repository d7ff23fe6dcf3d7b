// The component for replicated services. It is one with its restart supervisor (successors of ended
// tasks) and its update supervisor (rolling updates): it shows them every commit and gives them
// their ticks, in this order: observe, restart tasks, reconcile services, go on with updates, start
// tasks.
//
// Commits only say where to look. What is done follows from the newest state, so that a commit that
// is heard of late, or twice, does no harm. No commit costs more than the tasks of the services,
// slots and nodes that it names.
//
// Reads services, tasks, nodes and the cluster. Writes tasks (whole new ones, desired states,
// removals) and of services the update status, and on rollback the specs.
import type { Service } from "@swarmkit/proto/types";
import type { IdSource } from "../../lib/ids.ts";
import type { Millis } from "../../lib/time.ts";
import type { Batch, Commit, Component, StoreEvent } from "../../store/types.ts";
import { isReplicated } from "../instance.ts";
import { RestartSupervisor } from "../restart/restart-supervisor.ts";
import { takeOverTasks } from "../restart/task-init.ts";
import { isNodeInvalid, isWanted, needsRestart } from "../task-health.ts";
import { settleInstance } from "../update/settle-instance.ts";
import { UpdateSupervisor } from "../update/update-supervisor.ts";
import { setDesiredState } from "../writes.ts";
import { reconcileService } from "./reconcile-service.ts";

type TaskEvent = Extract<StoreEvent, { table: "task" }>;
type ServiceEvent = Extract<StoreEvent, { table: "service" }>;

export class ReplicatedOrchestrator implements Component {
  readonly name = "replicated-orchestrator";
  readonly #newTaskId: IdSource;
  readonly #restarts: RestartSupervisor;
  readonly #updates: UpdateSupervisor;
  /** Ids of the tasks and services to look at when the commit has been read. */
  readonly #toRestart = new Set<string>();
  readonly #toReconcile = new Set<string>();

  constructor(options: { readonly newTaskId: IdSource }) {
    this.#newTaskId = options.newTaskId;
    this.#restarts = new RestartSupervisor(options);
    this.#updates = new UpdateSupervisor({ ...options, restarts: this.#restarts });
  }

  start(store: Batch, now: Millis): void {
    const unhandled = takeOverTasks({ store, restarts: this.#restarts, isOurs: isReplicated, now });
    for (const taskId of unhandled) this.#toRestart.add(taskId);
    for (const service of store.find("service", { by: "all" })) {
      if (isReplicated(service)) this.#toReconcile.add(service.id);
    }
    this.#act(store, now);
  }

  handle(commit: Commit, store: Batch, now: Millis): void {
    for (const event of commit.events) {
      this.#restarts.observe(event, store, now);
      if (event.table === "service") this.#handleService(event, store);
      else if (event.table === "task") this.#handleTask(event, store, now);
      else if (event.table === "node") this.#handleNode(event.object.id, store);
    }
    this.#act(store, now);
  }

  tick(store: Batch, now: Millis): void {
    this.#act(store, now);
  }

  nextDeadline(): Millis | undefined {
    const deadlines = [this.#restarts.nextDeadline(), this.#updates.nextDeadline()];
    const known = deadlines.filter((deadline) => deadline !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  #handleService(event: ServiceEvent, store: Batch): void {
    if (!isReplicated(event.object)) return;
    if (event.kind === "remove") this.#removeService(event.object.id, store);
    else this.#toReconcile.add(event.object.id);
  }

  #removeService(serviceId: string, store: Batch): void {
    this.#updates.cancel(serviceId);
    this.#restarts.forgetService(serviceId);
    for (const task of store.find("task", { by: "service", serviceId })) {
      store.update((transaction) => setDesiredState(transaction, task.id, "REMOVE"));
    }
  }

  #handleTask(event: TaskEvent, store: Batch, now: Millis): void {
    const { object } = event;
    const service = findReplicated(store, object.serviceId);
    if (service === undefined) return;
    // A task that someone has deleted while it was wanted leaves a slot empty.
    if (event.kind === "remove" && isWanted(object)) this.#toReconcile.add(service.id);
    const current = store.get("task", object.id);
    if (current !== undefined && needsRestart(store, current)) this.#toRestart.add(object.id);
    const before = event.kind === "update" ? event.old : undefined;
    if (object.status.state === "RUNNING" && before?.status.state !== "RUNNING") {
      settleInstance(store, service, object.id);
    }
    this.#updates.observe(store, { task: object, before }, now);
  }

  #handleNode(nodeId: string, store: Batch): void {
    if (!isNodeInvalid(store.get("node", nodeId))) return;
    for (const task of store.find("task", { by: "node", nodeId })) {
      if (isWanted(task)) this.#toRestart.add(task.id);
    }
  }

  /** Tasks first, so that services are reconciled over slots whose ended tasks have successors. */
  #act(store: Batch, now: Millis): void {
    for (const taskId of this.#toRestart) this.#restart(taskId, store, now);
    this.#toRestart.clear();
    for (const serviceId of this.#toReconcile) this.#reconcile(serviceId, store, now);
    this.#toReconcile.clear();
    this.#updates.tick(store, now);
    this.#restarts.tick(store, now);
  }

  #restart(taskId: string, store: Batch, now: Millis): void {
    store.update((transaction) => {
      const task = transaction.get("task", taskId);
      if (task === undefined) return;
      const service = findReplicated(transaction, task.serviceId);
      if (service !== undefined) this.#restarts.restart(transaction, task, service, now);
    });
  }

  #reconcile(serviceId: string, store: Batch, now: Millis): void {
    const service = findReplicated(store, serviceId);
    if (service === undefined) return;
    const [restarts, updates, newTaskId] = [this.#restarts, this.#updates, this.#newTaskId];
    reconcileService(store, service, { restarts, updates, newTaskId }, now);
  }
}

function findReplicated(store: Pick<Batch, "get">, serviceId: string): Service | undefined {
  const service = store.get("service", serviceId);
  return service !== undefined && isReplicated(service) ? service : undefined;
}
