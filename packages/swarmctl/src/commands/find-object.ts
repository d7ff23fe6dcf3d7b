// From what a user calls a thing to the thing.
import type { Cluster, Network, Node, Service, Task } from "@swarmkit/proto/types";
import { RpcError } from "../client/rpc-error.ts";
import type { CommandContext } from "../context.ts";
import type { ObjectKind } from "../define-command.ts";
import { CliError } from "../errors.ts";
import { suggest } from "../suggest.ts";

/** How things of one kind are asked for. */
interface Source<T> {
  readonly kind: ObjectKind;
  readonly get: (id: string) => Promise<T | undefined>;
  readonly list: (filters: {
    readonly names?: readonly string[];
    readonly idPrefixes?: readonly string[];
  }) => Promise<readonly T[]>;
  readonly nameOf: (object: T) => string;
}

export function findNode({ client }: CommandContext, wanted: string): Promise<Node> {
  return findObject(wanted, {
    kind: "node",
    get: async (nodeId) => (await client.call("GetNode", { nodeId })).node,
    list: async (filters) => (await client.call("ListNodes", { filters })).nodes,
    nameOf: ({ description }) => description?.hostname ?? "",
  });
}

export function findService({ client }: CommandContext, wanted: string): Promise<Service> {
  return findObject(wanted, {
    kind: "service",
    get: async (serviceId) => (await client.call("GetService", { serviceId })).service,
    list: async (filters) => (await client.call("ListServices", { filters })).services,
    nameOf: ({ spec }) => spec.annotations.name,
  });
}

export function findTask({ client }: CommandContext, wanted: string): Promise<Task> {
  return findObject(wanted, {
    kind: "task",
    get: async (taskId) => (await client.call("GetTask", { taskId })).task,
    list: async (filters) => (await client.call("ListTasks", { filters })).tasks,
    nameOf: ({ annotations }) => annotations.name,
  });
}

export function findCluster({ client }: CommandContext, wanted: string): Promise<Cluster> {
  return findObject(wanted, {
    kind: "cluster",
    get: async (clusterId) => (await client.call("GetCluster", { clusterId })).cluster,
    list: async (filters) => (await client.call("ListClusters", { filters })).clusters,
    nameOf: ({ spec }) => spec.annotations.name,
  });
}

export function findNetwork({ client }: CommandContext, wanted: string): Promise<Network> {
  return findObject(wanted, {
    kind: "network",
    get: async (networkId) => (await client.call("GetNetwork", { networkId })).network,
    list: async (filters) => (await client.call("ListNetworks", { filters })).networks,
    nameOf: ({ spec }) => spec.annotations.name,
  });
}

/** Looks for an id, then for a name, then for the beginning of just one id. */
async function findObject<T>(wanted: string, source: Source<T>): Promise<T> {
  const { kind } = source;
  if (wanted === "") {
    const parts = { what: `${kind} ""`, why: "it is empty", remedy: `name a ${kind}` };
    throw new CliError("usage", parts);
  }
  const exact = await getOrUndefined(source, wanted);
  if (exact !== undefined) return exact;
  const named = await source.list({ names: [wanted] });
  const found = named.length > 0 ? named : await source.list({ idPrefixes: [wanted] });
  const [first] = found;
  if (first === undefined) throw await notFoundError(wanted, source);
  if (found.length > 1) throw ambiguousError(wanted, kind, found.length);
  return first;
}

/** Something that does not exist, with the nearest name that does. */
export function notFound(kind: ObjectKind, wanted: string, names: readonly string[]): CliError {
  const near = suggest(wanted, names);
  return new CliError("not-found", {
    what: `${kind} ${wanted} not found`,
    why: "nothing has that id or name, or an id that begins so",
    remedy: near === undefined ? listRemedy(kind) : `did you mean ${near}?`,
  });
}

/** How many tasks there may be makes asking for all their names a waste. */
async function notFoundError<T>(wanted: string, source: Source<T>): Promise<CliError> {
  const all = source.kind === "task" ? [] : await source.list({});
  return notFound(source.kind, wanted, all.map(source.nameOf));
}

function ambiguousError(wanted: string, kind: ObjectKind, count: number): CliError {
  return new CliError("failed", {
    what: `${kind} ${wanted} is ambiguous`,
    why: `${count} matches found`,
    remedy: "give the whole id",
  });
}

async function getOrUndefined<T>(source: Source<T>, id: string): Promise<T | undefined> {
  try {
    return await source.get(id);
  } catch (error) {
    if (error instanceof RpcError && error.status === "NOT_FOUND") return undefined;
    throw error;
  }
}

/** Secrets, configs and networks have no list command yet. */
const listed: readonly ObjectKind[] = ["cluster", "node", "service", "task"];

function listRemedy(kind: ObjectKind): string {
  return listed.includes(kind) ? `'swarmctl ${kind} ls' shows what there is` : "check the name";
}
