// Gives services their endpoints and tasks their network resources, and with these lets a task go
// on from NEW to PENDING. Networks come later: what needs none passes at once, the rest stays NEW and
// says why. Reads services and tasks; writes Service.endpoint, and of tasks Endpoint and Status (NEW
// and PENDING only).
import type { Endpoint, EndpointSpec, Service, Task } from "@swarmkit/proto/types";
import { isEqual } from "../lib/equal.ts";
import { type Millis, toTimestamp } from "../lib/time.ts";
import type { Batch, Commit, Component } from "../store/types.ts";
import { explainNetworkNeed, isHostOnly } from "./network-needs.ts";

/** Message of a task that waits for the scheduler; it is SwarmKit's text. */
export const pendingMessage = "pending task scheduling";

/**
 * The leader's allocator. It keeps no state of its own: objects are read from the newest state, so a
 * task that was changed after its commit is seen as it is now.
 */
export class Allocator implements Component {
  readonly name = "allocator";

  start(store: Batch, now: Millis): void {
    for (const service of store.find("service", { by: "all" }))
      this.#allocateService(service, store);
    for (const task of store.find("task", { by: "task-state", state: "NEW" })) {
      this.#allocateTask(task, store, now);
    }
  }

  handle(commit: Commit, store: Batch, now: Millis): void {
    // Services first: a task takes over its service's endpoint.
    for (const event of commit.events) {
      if (event.table !== "service" || event.kind === "remove") continue;
      const service = store.get("service", event.object.id);
      if (service === undefined) continue;
      this.#allocateService(service, store);
      if (event.kind === "update") this.#allocateTasksOf(service, store, now);
    }
    for (const event of commit.events) {
      if (event.table !== "task" || event.kind === "remove") continue;
      const task = store.get("task", event.object.id);
      if (task?.status.state === "NEW") this.#allocateTask(task, store, now);
    }
  }

  tick(): void {}

  nextDeadline(): undefined {
    return undefined;
  }

  /** A service's update may lift what its NEW tasks wait for. */
  #allocateTasksOf(service: Service, store: Batch, now: Millis): void {
    for (const task of store.find("task", { by: "service", serviceId: service.id })) {
      if (task.status.state === "NEW") this.#allocateTask(task, store, now);
    }
  }

  #allocateService(service: Service, store: Batch): void {
    const endpoint = endpointOf(service);
    if (endpoint === undefined || isEqual(service.endpoint, endpoint)) return;
    store.update((transaction) => {
      const current = transaction.get("service", service.id);
      if (current !== undefined) transaction.update("service", { ...current, endpoint });
    });
  }

  #allocateTask(task: Task, store: Batch, now: Millis): void {
    const service = store.get("service", task.serviceId);
    const need = explainNetworkNeed(task, service);
    if (need !== undefined && task.status.err === need) return;
    store.update((transaction) => {
      const current = transaction.get("task", task.id);
      if (current?.status.state !== "NEW") return;
      transaction.update(
        "task",
        need === undefined ? toPending(current, service, now) : toRefused(current, need, now),
      );
    });
  }
}

function toPending(task: Task, service: Service | undefined, now: Millis): Task {
  const endpoint = taskEndpoint(task, service);
  return {
    ...task,
    ...(endpoint === undefined ? {} : { endpoint }),
    status: {
      ...task.status,
      state: "PENDING",
      message: pendingMessage,
      err: "",
      timestamp: toTimestamp(now),
    },
  };
}

function toRefused(task: Task, need: string, now: Millis): Task {
  return { ...task, status: { ...task.status, err: need, timestamp: toTimestamp(now) } };
}

/**
 * The endpoint that a service shall have; undefined when it is to be left as it is. One that never
 * had an endpoint does not get an empty one, which saves a write for most services.
 */
function endpointOf(service: Service): Endpoint | undefined {
  const spec = service.spec.endpoint;
  if (spec === undefined) {
    return service.endpoint === undefined ? undefined : { ports: [], virtualIps: [] };
  }
  return isHostOnly(spec) ? hostEndpoint(spec) : undefined;
}

/**
 * The task's copy of the service's endpoint. A task of an older spec keeps its own: with the newer
 * one it would pass for up to date.
 */
function taskEndpoint(task: Task, service: Service | undefined): Endpoint | undefined {
  const spec = task.endpoint?.spec;
  if (spec === undefined) return task.endpoint;
  const shared = service?.endpoint;
  return shared !== undefined && isEqual(shared.spec, spec) ? shared : hostEndpoint(spec);
}

function hostEndpoint(spec: EndpointSpec): Endpoint {
  return { spec, ports: spec.ports, virtualIps: [] };
}
