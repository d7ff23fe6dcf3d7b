import type { NodeInfo } from "./node-info.ts";

/** One thing that a node must have to take a task. */
export interface Filter {
  /** True when placing further tasks of the group cannot change the answer for a node. */
  readonly isStatic: boolean;
  passes(node: NodeInfo): boolean;
  /** Why `nodeCount` nodes (at least 1) did not pass. */
  explain(nodeCount: number): string;
}

/** Joins the reasons, the one that ruled out most nodes first; equal counts keep the filters' order. */
export function explainFailures(filters: readonly Filter[], counts: readonly number[]): string {
  return filters
    .map((filter, position) => ({ filter, count: counts[position] ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((left, right) => right.count - left.count)
    .map(({ filter, count }) => filter.explain(count))
    .join("; ");
}

/** `REASON on 1 node`, `REASON on N nodes`. */
export function onNodes(reason: string): (nodeCount: number) => string {
  return (nodeCount) => `${reason} on ${nodeCount} ${nodeCount === 1 ? "node" : "nodes"}`;
}

/** Position of the first filter that the node does not pass; -1 when it passes all. */
export function findFailing(filters: readonly Filter[], node: NodeInfo): number {
  return filters.findIndex((filter) => !filter.passes(node));
}
