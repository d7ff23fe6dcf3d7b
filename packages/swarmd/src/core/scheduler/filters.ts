// What a node must have to take a task. Filters are made once per group of like tasks and asked for
// many nodes; their texts are SwarmKit's.
import type { Platform, Task } from "@swarmkit/proto/types";
import { nodeMatches, parseConstraints } from "../constraint/constraint.ts";
import { type Filter, onNodes } from "./filter.ts";
import { toGenericRequest } from "./generic-resources.ts";
import { hostPorts } from "./node-info.ts";
import { pluginFilter } from "./plugin-filter.ts";

/** The filters that matter for a task, in the order in which they are asked. */
export function filtersFor(task: Task): readonly Filter[] {
  const filters = [
    readyFilter,
    resourceFilter(task),
    pluginFilter(task),
    constraintFilter(task),
    platformFilter(task),
    hostPortFilter(task),
    maxReplicasFilter(task),
    clusterVolumeFilter(task),
  ];
  return filters.filter((filter) => filter !== undefined);
}

const readyFilter: Filter = {
  isStatic: true,
  passes: ({ node }) => node.status.state === "READY" && node.spec.availability === "ACTIVE",
  explain: (nodeCount) =>
    `${nodeCount} ${nodeCount === 1 ? "node" : "nodes"} not available for new tasks`,
};

function resourceFilter(task: Task): Filter | undefined {
  const reservations = task.spec.resources?.reservations;
  if (reservations === undefined) return undefined;
  const { nanoCpus, memoryBytes } = reservations;
  const generic = toGenericRequest(reservations.generic);
  if (nanoCpus === 0 && memoryBytes === 0 && generic.size === 0) return undefined;
  return {
    isStatic: false,
    passes: (node) =>
      nanoCpus <= node.nanoCpusAvailable &&
      memoryBytes <= node.memoryBytesAvailable &&
      node.hasEnoughGeneric(generic),
    explain: onNodes("insufficient resources"),
  };
}

function constraintFilter(task: Task): Filter | undefined {
  const expressions = task.spec.placement?.constraints ?? [];
  if (expressions.length === 0) return undefined;
  const parsed = parseConstraints(expressions);
  // The control API refuses what does not parse; a peer's object that has it counts as unconstrained.
  if (!parsed.ok) return undefined;
  return {
    isStatic: true,
    passes: ({ node }) => nodeMatches(parsed.constraints, node),
    explain: onNodes("scheduling constraints not satisfied"),
  };
}

function platformFilter(task: Task): Filter | undefined {
  const platforms = task.spec.placement?.platforms ?? [];
  if (platforms.length === 0) return undefined;
  return {
    isStatic: true,
    passes: ({ node }) => {
      const actual = node.description?.platform;
      return actual !== undefined && platforms.some((wanted) => isPlatform(wanted, actual));
    },
    explain: onNodes("unsupported platform"),
  };
}

/** What an image leaves open fits any node. */
function isPlatform(wanted: Platform, actual: Platform): boolean {
  const isArchitecture =
    wanted.architecture === "" ||
    toArchitecture(wanted.architecture) === toArchitecture(actual.architecture);
  return isArchitecture && (wanted.os === "" || wanted.os === actual.os);
}

/** Kernels and images name two architectures differently. */
function toArchitecture(name: string): string {
  if (name === "x86_64") return "amd64";
  if (name === "aarch64") return "arm64";
  return name;
}

function hostPortFilter(task: Task): Filter | undefined {
  const ports = hostPorts(task);
  if (ports.length === 0) return undefined;
  return {
    isStatic: false,
    passes: (node) => !ports.some((port) => node.usesPort(port)),
    explain: onNodes("host-mode port already in use"),
  };
}

function maxReplicasFilter(task: Task): Filter | undefined {
  const maxReplicas = task.spec.placement?.maxReplicas ?? 0;
  if (maxReplicas === 0) return undefined;
  return {
    isStatic: false,
    passes: (node) => node.activeCountOf(task.serviceId) < maxReplicas,
    explain: () => "max replicas per node limit exceed",
  };
}

/** Cluster (CSI) volumes are not built yet: no node has them, and the task says so. */
function clusterVolumeFilter(task: Task): Filter | undefined {
  if (task.spec.container?.mounts.some((mount) => mount.type === "CLUSTER") !== true) {
    return undefined;
  }
  return {
    isStatic: true,
    passes: () => false,
    explain: onNodes("cannot fulfill requested CSI volume mounts"),
  };
}
