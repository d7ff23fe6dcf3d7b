import type { Node, Task } from "@swarmkit/proto/types";
import { NodeInfo } from "./node-info.ts";

/** All nodes with what their tasks take, and which of them may take more than when last looked at. */
export class NodeSet {
  readonly #nodes = new Map<string, NodeInfo>();
  /** Node of each counted task. */
  readonly #places = new Map<string, string>();
  #changed = new Set<string>();

  get(id: string): NodeInfo | undefined {
    return this.#nodes.get(id);
  }

  values(): Iterable<NodeInfo> {
    return this.#nodes.values();
  }

  /** True when the node is new: its tasks are not counted yet. */
  put(node: Node): boolean {
    this.#changed.add(node.id);
    const known = this.#nodes.get(node.id);
    if (known === undefined) this.#nodes.set(node.id, new NodeInfo(node));
    else known.describe(node);
    return known === undefined;
  }

  delete(id: string): void {
    if (this.#nodes.delete(id)) this.#changed.add(id);
  }

  /** Takes known nodes as they are now; `newest` are all there are. New ones come with their commits. */
  refresh(newest: readonly Node[]): void {
    let knownCount = 0;
    for (const node of newest) {
      const known = this.#nodes.get(node.id);
      if (known === undefined) continue;
      knownCount += 1;
      if (known.node !== node) this.put(node);
    }
    if (knownCount === this.#nodes.size) return;
    const ids = new Set(newest.map(({ id }) => id));
    for (const id of [...this.#nodes.keys()]) if (!ids.has(id)) this.delete(id);
  }

  /** Counts a task on its node; one on an unknown node is not counted. */
  putTask(task: Task): void {
    const node = this.#nodes.get(task.nodeId);
    if (node === undefined) return;
    this.#places.set(task.id, task.nodeId);
    if (node.put(task)) this.#changed.add(task.nodeId);
  }

  /** Stops counting a task, and gives the node on which it was. */
  deleteTask(taskId: string): NodeInfo | undefined {
    const nodeId = this.#places.get(taskId);
    if (nodeId === undefined) return undefined;
    this.#places.delete(taskId);
    const node = this.#nodes.get(nodeId);
    if (node?.delete(taskId) === true) this.#changed.add(nodeId);
    return node;
  }

  /** Nodes (also removed ones) that changed or had something freed since the last call. */
  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  get hasChanged(): boolean {
    return this.#changed.size > 0;
  }
}
