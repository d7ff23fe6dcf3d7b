// Chooses nodes for like tasks, one after the other. Each preference splits the nodes by a label; a
// task goes to the branch that has the fewest of the service's tasks, and there to the best node.
// All choices are kept in heaps: a placement costs the logarithm of the number of nodes.
import type { Node, PlacementPreference } from "@swarmkit/proto/types";
import { Heap } from "../lib/heap.ts";
import type { Filter } from "./filter.ts";
import type { NodeInfo } from "./node-info.ts";

export interface PlacementOptions {
  readonly nodes: Iterable<NodeInfo>;
  readonly serviceId: string;
  readonly preferences: readonly PlacementPreference[];
  readonly filters: readonly Filter[];
  /** True for a node where tasks like these have failed too often lately: it comes last. */
  readonly isFaulty: (node: NodeInfo) => boolean;
  /** Told once of each node that cannot take one more task, with the filter's position. */
  readonly onRejected: (node: NodeInfo, filterIndex: number) => void;
}

export class PlacementTree {
  readonly #options: PlacementOptions;
  readonly #labels: readonly LabelReader[];
  readonly #root: Branch;

  constructor(options: PlacementOptions) {
    this.#options = options;
    this.#labels = options.preferences.flatMap(toLabelReader);
    this.#root = this.#build("", [...options.nodes], 0);
  }

  /** The best node for one more task; undefined when none is left. */
  next(): NodeInfo | undefined {
    return this.#next(this.#root);
  }

  /** The node that `next` gave has got the task, and its totals show it. */
  confirm(): void {
    this.#confirm(this.#root);
  }

  #build(label: string, nodes: readonly NodeInfo[], depth: number): Branch {
    const { serviceId } = this.#options;
    const taskCount = nodes.reduce((sum, node) => sum + node.activeCountOf(serviceId), 0);
    const readLabel = this.#labels[depth];
    if (readLabel === undefined) {
      const candidates = nodes.map((node) => this.#toCandidate(node));
      return { label, taskCount, candidates: new Heap(compareCandidates, candidates) };
    }
    const byLabel = Map.groupBy(nodes, ({ node }) => readLabel(node));
    const branches = [...byLabel].map(([value, members]) => this.#build(value, members, depth + 1));
    return { label, taskCount, branches: new Heap(compareBranches, branches) };
  }

  #toCandidate(node: NodeInfo): Candidate {
    return {
      node,
      isFaulty: this.#options.isFaulty(node),
      serviceTasks: node.activeCountOf(this.#options.serviceId),
      allTasks: node.activeCount,
      hasPassedStatic: false,
    };
  }

  #next(branch: Branch): NodeInfo | undefined {
    if ("candidates" in branch) return this.#nextCandidate(branch.candidates);
    for (;;) {
      const best = branch.branches.peek();
      if (best === undefined) return undefined;
      const node = this.#next(best);
      if (node !== undefined) return node;
      // Exhausted: nothing becomes free while a group is placed.
      branch.branches.pop();
    }
  }

  #nextCandidate(candidates: Heap<Candidate>): NodeInfo | undefined {
    for (;;) {
      const best = candidates.peek();
      if (best === undefined) return undefined;
      const failing = this.#check(best);
      if (failing < 0) return best.node;
      candidates.pop();
      this.#options.onRejected(best.node, failing);
    }
  }

  #check(candidate: Candidate): number {
    const { filters } = this.#options;
    const failing = filters.findIndex(
      (filter) => !(candidate.hasPassedStatic && filter.isStatic) && !filter.passes(candidate.node),
    );
    candidate.hasPassedStatic = true;
    return failing;
  }

  #confirm(branch: Branch): void {
    branch.taskCount += 1;
    if ("branches" in branch) {
      const used = branch.branches.peek();
      if (used !== undefined) this.#confirm(used);
      branch.branches.reorderTop();
      return;
    }
    const used = branch.candidates.peek();
    if (used === undefined) return;
    used.serviceTasks += 1;
    used.allTasks += 1;
    branch.candidates.reorderTop();
  }
}

interface Candidate {
  readonly node: NodeInfo;
  readonly isFaulty: boolean;
  serviceTasks: number;
  allTasks: number;
  hasPassedStatic: boolean;
}

/** Nodes with one value of each label so far. A node without the label is in the branch "". */
type Branch = { readonly label: string; taskCount: number } & (
  | { readonly branches: Heap<Branch> }
  | { readonly candidates: Heap<Candidate> }
);

type LabelReader = (node: Node) => string;

function compareCandidates(left: Candidate, right: Candidate): number {
  if (left.isFaulty !== right.isFaulty) return left.isFaulty ? 1 : -1;
  if (left.serviceTasks !== right.serviceTasks) return left.serviceTasks - right.serviceTasks;
  if (left.allTasks !== right.allTasks) return left.allTasks - right.allTasks;
  return left.node.id < right.node.id ? -1 : 1;
}

function compareBranches(left: Branch, right: Branch): number {
  if (left.taskCount !== right.taskCount) return left.taskCount - right.taskCount;
  return left.label < right.label ? -1 : 1;
}

const nodeLabelPrefix = "node.labels.";
const engineLabelPrefix = "engine.labels.";

/** Only spreading over labels is known; other preferences are passed over. */
function toLabelReader(preference: PlacementPreference): readonly LabelReader[] {
  const descriptor = preference.spread?.spreadDescriptor ?? "";
  const lower = descriptor.toLowerCase();
  if (lower.startsWith(nodeLabelPrefix) && descriptor.length > nodeLabelPrefix.length) {
    const name = descriptor.slice(nodeLabelPrefix.length);
    return [({ spec }) => labelValue(spec.annotations.labels, name)];
  }
  if (lower.startsWith(engineLabelPrefix) && descriptor.length > engineLabelPrefix.length) {
    const name = descriptor.slice(engineLabelPrefix.length);
    return [({ description }) => labelValue(description?.engine?.labels ?? {}, name)];
  }
  return [];
}

function labelValue(labels: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? "") : "";
}
