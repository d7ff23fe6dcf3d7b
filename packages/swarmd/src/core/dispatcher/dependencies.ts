import type { Assignment, Task } from "@swarmkit/proto/types";
import type { ReadView } from "../store/types.ts";
import { removedConfig, removedSecret } from "./removed-objects.ts";

interface Reference {
  readonly table: "secret" | "config";
  readonly id: string;
}

interface Dependency {
  readonly reference: Reference;
  /** False when there was nothing to send. */
  isSent: boolean;
  readonly taskIds: Set<string>;
}

/** Secrets and configs that one node has, with the tasks for which it has them. */
export class Dependencies {
  readonly #byKey = new Map<string, Dependency>();
  readonly #keysOfTask = new Map<string, readonly string[]>();

  /** The task needs its dependencies: gives those that the node has not got yet. */
  take(task: Task, view: ReadView): readonly Assignment[] {
    const missing: Assignment[] = [];
    const keys: string[] = [];
    for (const reference of referencesOf(task)) {
      const key = `${reference.table} ${reference.id}`;
      const dependency = this.#byKey.get(key) ?? { reference, isSent: false, taskIds: new Set() };
      this.#byKey.set(key, dependency);
      dependency.taskIds.add(task.id);
      keys.push(key);
      const assignment = dependency.isSent ? undefined : find(reference, view);
      if (assignment === undefined) continue;
      dependency.isSent = true;
      missing.push(assignment);
    }
    if (keys.length > 0) this.#keysOfTask.set(task.id, keys);
    return missing;
  }

  has(taskId: string): boolean {
    return this.#keysOfTask.has(taskId);
  }

  /** The task needs nothing any more: gives what the node is to drop. */
  release(taskId: string): readonly Assignment[] {
    const dropped: Assignment[] = [];
    for (const key of this.#keysOfTask.get(taskId) ?? []) {
      const dependency = this.#byKey.get(key);
      dependency?.taskIds.delete(taskId);
      if (dependency === undefined || dependency.taskIds.size > 0) continue;
      this.#byKey.delete(key);
      if (dependency.isSent) dropped.push(toRemoval(dependency.reference));
    }
    this.#keysOfTask.delete(taskId);
    return dropped;
  }
}

/** What the task's spec names, each once. */
function referencesOf(task: Task): readonly Reference[] {
  const { container, resourceReferences } = task.spec;
  const found: Reference[] = [];
  for (const { resourceType, resourceId } of resourceReferences) {
    if (resourceType === "SECRET") found.push({ table: "secret", id: resourceId });
    if (resourceType === "CONFIG") found.push({ table: "config", id: resourceId });
  }
  for (const { secretId } of container?.secrets ?? [])
    found.push({ table: "secret", id: secretId });
  for (const { configId } of container?.configs ?? [])
    found.push({ table: "config", id: configId });
  return [...new Map(found.map((item) => [`${item.table} ${item.id}`, item])).values()];
}

/** What is missing is not sent: the agent says so in the task. Secrets of drivers are not built yet. */
function find({ table, id }: Reference, view: ReadView): Assignment | undefined {
  if (table === "config") {
    const config = view.get("config", id);
    return config === undefined ? undefined : { config };
  }
  const secret = view.get("secret", id);
  return secret === undefined || secret.spec.driver !== undefined ? undefined : { secret };
}

function toRemoval({ table, id }: Reference): Assignment {
  return table === "secret" ? { secret: removedSecret(id) } : { config: removedConfig(id) };
}
