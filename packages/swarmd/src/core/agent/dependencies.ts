import type { Task } from "@swarmkit/proto/types";

/** Whether what a task refers to is on this node. */
export type DependencyState =
  | { readonly type: "present" }
  /** No full set of assignments has come yet, so what is missing may still be sent. */
  | { readonly type: "awaited" }
  | { readonly type: "missing"; readonly message: string };

/** Ids of the secrets and configs that the dispatcher has sent; their contents are kept elsewhere. */
export class Dependencies {
  #secretIds: Set<string> = new Set();
  #configIds: Set<string> = new Set();
  #isComplete = false;

  /** Forgets all and begins with what a complete set brings. */
  reset(): void {
    this.#secretIds = new Set();
    this.#configIds = new Set();
    this.#isComplete = true;
  }

  add(kind: "secret" | "config", id: string): void {
    this.#ids(kind).add(id);
  }

  delete(kind: "secret" | "config", id: string): void {
    this.#ids(kind).delete(id);
  }

  /** State of all that the task's container refers to. */
  check(task: Task): DependencyState {
    const missing = this.#findMissing(task);
    if (missing === undefined) return { type: "present" };
    if (!this.#isComplete) return { type: "awaited" };
    return {
      type: "missing",
      message: `${missing} was not sent to this node: check that it still exists and can be read`,
    };
  }

  #findMissing(task: Task): string | undefined {
    const { container } = task.spec;
    const secret = container?.secrets.find(({ secretId }) => !this.#hasSecret(secretId, task.id));
    if (secret !== undefined) return `secret ${secret.secretName}`;
    const config = container?.configs.find(({ configId }) => !this.#configIds.has(configId));
    return config === undefined ? undefined : `config ${config.configName}`;
  }

  /** A secret that must not be shared between tasks comes as a copy of the task's own. */
  #hasSecret(secretId: string, taskId: string): boolean {
    return this.#secretIds.has(secretId) || this.#secretIds.has(`${secretId}.${taskId}`);
  }

  #ids(kind: "secret" | "config"): Set<string> {
    return kind === "secret" ? this.#secretIds : this.#configIds;
  }
}
