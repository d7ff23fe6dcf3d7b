// A manager with objects in it: it gets, lists with the filters that swarmctl uses, and accepts
// changes without carrying them out.
import type {
  Cluster,
  Config,
  DeepPartial,
  Network,
  Node,
  Secret,
  Service,
  Task,
} from "@swarmkit/proto/types";
import { RpcError } from "../client/rpc-error.ts";
import type { Handlers } from "./fake-client.ts";

export interface Objects {
  readonly nodes?: readonly DeepPartial<Node>[];
  readonly services?: readonly DeepPartial<Service>[];
  readonly tasks?: readonly DeepPartial<Task>[];
  readonly clusters?: readonly DeepPartial<Cluster>[];
  readonly networks?: readonly DeepPartial<Network>[];
  readonly secrets?: readonly DeepPartial<Secret>[];
  readonly configs?: readonly DeepPartial<Config>[];
}

export function fakeCluster(objects: Objects): Handlers {
  const { nodes = [], services = [], tasks = [], clusters = [] } = objects;
  const { networks = [], secrets = [], configs = [] } = objects;
  return {
    GetNode: ({ nodeId }) => ({ node: get("node", nodes, nodeId) }),
    ListNodes: ({ filters }) => ({
      nodes: list(nodes, filters, ({ description }) => description?.hostname),
    }),
    UpdateNode: ({ nodeId }) => ({ node: get("node", nodes, nodeId) }),
    RemoveNode: () => ({}),
    GetService: ({ serviceId }) => ({ service: get("service", services, serviceId) }),
    ListServices: ({ filters }) => ({ services: list(services, filters, specName) }),
    CreateService: ({ spec }) => ({ service: { id: "newserviceid", spec } }),
    UpdateService: ({ serviceId }) => ({ service: get("service", services, serviceId) }),
    RemoveService: () => ({}),
    GetTask: ({ taskId }) => ({ task: get("task", tasks, taskId) }),
    ListTasks: ({ filters }) => ({
      tasks: list(tasks, filters, ({ annotations }) => annotations?.name).filter(
        ({ serviceId = "", nodeId = "" }) =>
          isAmong(filters?.serviceIds, serviceId) && isAmong(filters?.nodeIds, nodeId),
      ),
    }),
    RemoveTask: () => ({}),
    GetCluster: ({ clusterId }) => ({ cluster: get("cluster", clusters, clusterId) }),
    ListClusters: ({ filters }) => ({ clusters: list(clusters, filters, specName) }),
    UpdateCluster: ({ clusterId }) => ({ cluster: get("cluster", clusters, clusterId) }),
    GetNetwork: ({ networkId }) => ({ network: get("network", networks, networkId) }),
    ListNetworks: ({ filters }) => ({ networks: list(networks, filters, specName) }),
    ListSecrets: ({ filters }) => ({ secrets: list(secrets, filters, specName) }),
    ListConfigs: ({ filters }) => ({ configs: list(configs, filters, specName) }),
  };
}

interface Identified {
  readonly id?: string | undefined;
}

interface Specified {
  readonly spec?:
    | { readonly annotations?: { readonly name?: string | undefined } | undefined }
    | undefined;
}

interface Filters {
  readonly names: readonly string[];
  readonly idPrefixes: readonly string[];
}

function get<T extends Identified>(kind: string, objects: readonly T[], id: string): T {
  const object = objects.find((candidate) => candidate.id === id);
  if (object === undefined) throw new RpcError("NOT_FOUND", `${kind} ${id} not found`);
  return object;
}

function list<T extends Identified>(
  objects: readonly T[],
  filters: Filters | undefined,
  nameOf: (object: T) => string | undefined,
): readonly T[] {
  return objects.filter(
    (object) =>
      isAmong(filters?.names, nameOf(object) ?? "") &&
      (filters === undefined ||
        filters.idPrefixes.length === 0 ||
        filters.idPrefixes.some((prefix) => object.id?.startsWith(prefix))),
  );
}

function isAmong(wanted: readonly string[] | undefined, value: string): boolean {
  return wanted === undefined || wanted.length === 0 || wanted.includes(value);
}

function specName({ spec }: Specified): string | undefined {
  return spec?.annotations?.name;
}
