import type { GenericResource, Node, PortConfig, Task } from "@swarmkit/proto/types";
import type { Millis } from "../lib/time.ts";
import { compareTaskStates } from "../model/task-state.ts";
import { addTo, GenericLedger, type GenericRequest } from "./generic-resources.ts";

/** Failures that make a node the last choice for a service's spec version, while they are recent. */
export const failuresMax = 5;

/** How long a failure counts. */
export const failureWindowMs: Millis = 5 * 60 * 1000;

/** Services whose failures one node remembers; beyond, the one remembered longest is forgotten. */
export const failureKeysMax = 256;

/** What one task takes of its node. */
interface TaskShare {
  readonly serviceId: string;
  /** Wanted running or complete: counted for spreading and for the replicas per node. */
  readonly isActive: boolean;
  readonly nanoCpus: number;
  readonly memoryBytes: number;
  readonly generic: readonly GenericResource[];
  readonly ports: readonly string[];
}

/** A node with running totals of its tasks, kept with every change instead of being added up anew. */
export class NodeInfo {
  readonly id: string;
  #node: Node;
  readonly #shares = new Map<string, TaskShare>();
  readonly #activeByService = new Map<string, number>();
  readonly #ports = new Map<string, number>();
  readonly #generic = new GenericLedger();
  /** Times of the newest failures, oldest first, by service and spec version. */
  readonly #failures = new Map<string, readonly Millis[]>();
  #activeCount = 0;
  #nanoCpusReserved = 0;
  #memoryBytesReserved = 0;

  constructor(node: Node) {
    this.id = node.id;
    this.#node = node;
    this.describe(node);
  }

  get node(): Node {
    return this.#node;
  }

  /** Active tasks of all services. */
  get activeCount(): number {
    return this.#activeCount;
  }

  get nanoCpusAvailable(): number {
    return (this.#node.description?.resources?.nanoCpus ?? 0) - this.#nanoCpusReserved;
  }

  get memoryBytesAvailable(): number {
    return (this.#node.description?.resources?.memoryBytes ?? 0) - this.#memoryBytesReserved;
  }

  activeCountOf(serviceId: string): number {
    return this.#activeByService.get(serviceId) ?? 0;
  }

  usesPort(key: string): boolean {
    return this.#ports.has(key);
  }

  hasEnoughGeneric(request: GenericRequest): boolean {
    return this.#generic.hasEnough(request);
  }

  chooseGeneric(request: GenericRequest): readonly GenericResource[] {
    return this.#generic.choose(request);
  }

  describe(node: Node): void {
    this.#node = node;
    this.#generic.describe(node.description?.resources?.generic ?? []);
  }

  /** Counts a task, or what has changed of it. True when something became free by it. */
  put(task: Task): boolean {
    const old = this.#shares.get(task.id);
    const isActive = isWanted(task);
    // A task's spec never changes, and what it was given is fixed with its assignment.
    if (old !== undefined && old.isActive === isActive) return false;
    const share = old === undefined ? toShare(task) : { ...old, isActive };
    if (old !== undefined) this.#count(old, -1);
    this.#shares.set(task.id, share);
    this.#count(share, 1);
    return old?.isActive === true;
  }

  /** Stops counting a task. True when it was counted. */
  delete(taskId: string): boolean {
    const share = this.#shares.get(taskId);
    if (share === undefined) return false;
    this.#shares.delete(taskId);
    this.#count(share, -1);
    return true;
  }

  recordFailure(key: string, now: Millis): void {
    const times = this.#failures.get(key) ?? [];
    this.#failures.delete(key);
    this.#failures.set(key, [...times, now].slice(-failuresMax));
    if (this.#failures.size <= failureKeysMax) return;
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest);
      return;
    }
  }

  /** True when the service's tasks of this spec version have failed here too often lately. */
  isFaulty(key: string, now: Millis): boolean {
    const times = this.#failures.get(key);
    const first = times?.[0];
    if (times === undefined || first === undefined) return false;
    return times.length >= failuresMax && now - first < failureWindowMs;
  }

  #count(share: TaskShare, sign: 1 | -1): void {
    this.#nanoCpusReserved += sign * share.nanoCpus;
    this.#memoryBytesReserved += sign * share.memoryBytes;
    if (sign === 1) this.#generic.hold(share.generic);
    else this.#generic.release(share.generic);
    for (const port of share.ports) addTo(this.#ports, port, sign);
    if (!share.isActive) return;
    this.#activeCount += sign;
    addTo(this.#activeByService, share.serviceId, sign);
  }
}

/** True while the orchestrator wants the task to run or to complete. */
export function isWanted(task: Task): boolean {
  return compareTaskStates(task.desiredState, "COMPLETE") <= 0;
}

/** The host ports that a task takes, as keys of protocol and number; a port chosen at run time is none. */
export function hostPorts(task: Task): readonly string[] {
  return (task.endpoint?.ports ?? []).filter(isFixedHostPort).map(portKey);
}

function isFixedHostPort(port: PortConfig): boolean {
  return port.publishMode === "HOST" && port.publishedPort !== 0;
}

function portKey(port: PortConfig): string {
  return `${port.protocol}/${port.publishedPort}`;
}

function toShare(task: Task): TaskShare {
  const reservations = task.spec.resources?.reservations;
  return {
    serviceId: task.serviceId,
    isActive: isWanted(task),
    nanoCpus: reservations?.nanoCpus ?? 0,
    memoryBytes: reservations?.memoryBytes ?? 0,
    generic: task.assignedGenericResources,
    ports: hostPorts(task),
  };
}
