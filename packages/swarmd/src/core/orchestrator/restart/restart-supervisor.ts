// Decides whether and when a task that ended, or lost its node, gets a successor. Each orchestrator
// has one of its own and shows it every event; it writes only desired states and new tasks. What it
// remembers (restarts so far, starts to come) is made again at each leadership by `task-init.ts`.
import type { Service, Task } from "@swarmkit/proto/types";
import type { IdSource } from "../../lib/ids.ts";
import type { Millis } from "../../lib/time.ts";
import { newTask } from "../../model/new-task.ts";
import { compareTaskStates, isTerminal } from "../../model/task-state.ts";
import { compareByCreation } from "../../model/task-time.ts";
import type { Batch, ReadView, StoreEvent, WriteTransaction } from "../../store/types.ts";
import { type Instance, instanceOf, isJob } from "../instance.ts";
import { isNodeLost, isWanted, needsRestart } from "../task-health.ts";
import { createTask, findCluster, mustWrite, setDesiredState } from "../writes.ts";
import { type DelayedStart, DelayedStarts } from "./delayed-starts.ts";
import { RestartHistory } from "./restart-history.ts";
import { restartCondition, restartDelay } from "./restart-policy.ts";

export class RestartSupervisor {
  readonly #newTaskId: IdSource;
  readonly #history = new RestartHistory();
  readonly #starts = new DelayedStarts();

  constructor(options: { readonly newTaskId: IdSource }) {
    this.#newTaskId = options.newTaskId;
  }

  /**
   * Shuts the task down and, if its policy allows it, makes a successor that starts after the
   * delay. `task` and `service` are what the transaction sees. A task whose own start is still
   * delayed is left alone: it is looked at again when its delay is over, so that a task that cannot
   * start (no such image) is not tried in a tight loop.
   */
  restart(transaction: WriteTransaction, task: Task, service: Service, now: Millis): void {
    if (this.#starts.has(task.id) || compareTaskStates(task.desiredState, "COMPLETE") > 0) return;
    setDesiredState(transaction, task.id, "SHUTDOWN");
    if (!this.shouldRestart(task, service)) return;
    const instance = instanceOf(task, service);
    const successor: Task = {
      ...newTask({
        ...instance,
        id: this.#newTaskId(),
        service,
        cluster: findCluster(transaction),
        now,
      }),
      desiredState: "READY",
    };
    createTask(transaction, successor);
    this.#history.record(instance, successor);
    const delayMs = isNodesFault(transaction, task) ? 0 : restartDelay(task);
    this.#starts.add({ taskId: successor.id, instance, delayMs, waitsForStop: true }, now);
  }

  /** What the task's policy says about one more restart. */
  shouldRestart(task: Task, service: Service): boolean {
    const condition = restartCondition(task);
    if (condition === "NONE") return false;
    // Of a job, to complete is the point.
    const isDoneByCompleting = condition === "ON_FAILURE" || isJob(service);
    if (isDoneByCompleting && task.status.state === "COMPLETE") return false;
    return this.#history.hasAttemptLeft(instanceOf(task, service), task);
  }

  /**
   * Of an instance's tasks, those that stand for it: the wanted ones, or else the newest if it is
   * over for good and not to be restarted. No tasks mean that the instance is dead. In a rollback
   * nothing is over for good, so that it always ends in a service that runs. Tasks on their way out
   * of the store stand for nothing.
   */
  findStanding(tasks: readonly Task[], service: Service): readonly Task[] {
    const wanted = tasks.filter(isWanted);
    if (wanted.length > 0 || service.updateStatus?.state === "ROLLBACK_STARTED") return wanted;
    const newest = tasks
      .filter((task) => task.desiredState !== "REMOVE")
      .sort(compareByCreation)
      .at(-1);
    return newest === undefined || this.shouldRestart(newest, service) ? [] : [newest];
  }

  /** Has the task wanted RUNNING when its turn comes. */
  delayStart(start: DelayedStart, now: Millis): void {
    this.#starts.add(start, now);
  }

  isStartDelayed(taskId: string): boolean {
    return this.#starts.has(taskId);
  }

  /** Counts a task that another leader made as a restart. */
  recordRestart(instance: Instance, replacement: Task): void {
    this.#history.record(instance, replacement);
  }

  forgetService(serviceId: string): void {
    this.#history.forgetService(serviceId);
  }

  /** Takes notice of a task that stops and of a node that is lost: others may wait for it. */
  observe(event: StoreEvent, view: ReadView, now: Millis): void {
    if (event.table === "task") {
      this.#observeTask(event.object, view, now);
      if (event.kind === "remove") this.#starts.cancel(event.object.id);
    } else if (event.table === "node" && isNodeLost(view.get("node", event.object.id))) {
      for (const task of view.find("task", { by: "node", nodeId: event.object.id })) {
        this.#observeTask(task, view, now);
      }
    }
  }

  /** Starts the tasks whose turn it is. */
  tick(store: Batch, now: Millis): void {
    // A start that turns into a restart without delay is due at once.
    for (;;) {
      const ready = this.#starts.takeReady(store, now);
      if (ready.length === 0) return;
      for (const taskId of ready) {
        store.update((transaction) => this.#start(transaction, taskId, now));
      }
    }
  }

  nextDeadline(): Millis | undefined {
    return this.#starts.nextDeadline();
  }

  #observeTask(task: Task, view: ReadView, now: Millis): void {
    const service = view.get("service", task.serviceId);
    if (service !== undefined) this.#starts.wake(instanceOf(task, service), now);
  }

  #start(transaction: WriteTransaction, taskId: string, now: Millis): void {
    const task = transaction.get("task", taskId);
    if (task === undefined || compareTaskStates(task.desiredState, "RUNNING") >= 0) return;
    const service = transaction.get("service", task.serviceId);
    if (service === undefined) return;
    if (needsRestart(transaction, task)) this.restart(transaction, task, service, now);
    else {
      const desiredState = task.jobIteration === undefined ? "RUNNING" : "COMPLETE";
      mustWrite(transaction.update("task", { ...task, desiredState }));
    }
  }
}

/**
 * True when the task moves on account of its node. SwarmKit skips the delay for drained nodes only;
 * here also when the node is down or gone and the task had not ended by itself: the delay is there
 * against crash loops, and a lost node is none.
 */
function isNodesFault(view: ReadView, task: Task): boolean {
  if (task.nodeId === "") return false;
  const node = view.get("node", task.nodeId);
  if (node?.spec.availability === "DRAIN") return true;
  return isNodeLost(node) && !isTerminal(task.status.state);
}
