// What each table holds beside its objects: names and indexes (swarmkit manager/state/store).
import type { StoreSnapshot } from "@swarmkit/proto/types";
import { taskName } from "../model/naming.ts";
import type { Query, TableName, Tables } from "./types.ts";

/** How one table is named in a snapshot and looked up by more than the id. */
export interface TableSchema<T extends TableName> {
  /** The table's field in a snapshot. */
  readonly snapshotField: keyof StoreSnapshot;
  /** An object's name as its user wrote it; undefined when it has none yet. */
  readonly name: (object: Tables[T]) => string | undefined;
  /** True when no two objects may have one name, whatever its case. */
  readonly isNameUnique: boolean;
  /** Further indexes by the `by` of the query that they answer. None may have more than one key. */
  readonly indexes: Readonly<Record<string, (object: Tables[T]) => string>>;
}

/** Every table. The order is that of a snapshot's fields and of a restore's events. */
export const schemas: { readonly [T in TableName]: TableSchema<T> } = {
  node: {
    snapshotField: "nodes",
    name: (node) => node.description?.hostname,
    isNameUnique: false,
    indexes: { role: (node) => node.role, membership: (node) => node.spec.membership },
  },
  service: {
    snapshotField: "services",
    name: (service) => service.spec.annotations.name,
    isNameUnique: true,
    indexes: {},
  },
  network: {
    snapshotField: "networks",
    name: (network) => network.spec.annotations.name,
    isNameUnique: true,
    indexes: {},
  },
  task: {
    snapshotField: "tasks",
    name: taskName,
    isNameUnique: false,
    indexes: {
      service: (task) => task.serviceId,
      node: (task) => task.nodeId,
      slot: (task) => slotKey(task.serviceId, task.slot),
      "desired-state": (task) => task.desiredState,
      "task-state": (task) => task.status.state,
    },
  },
  cluster: {
    snapshotField: "clusters",
    name: (cluster) => cluster.spec.annotations.name,
    isNameUnique: true,
    indexes: {},
  },
  secret: {
    snapshotField: "secrets",
    name: (secret) => secret.spec.annotations.name,
    isNameUnique: true,
    indexes: {},
  },
  resource: {
    snapshotField: "resources",
    name: (resource) => resource.annotations.name,
    isNameUnique: true,
    indexes: {},
  },
  extension: {
    snapshotField: "extensions",
    name: (extension) => extension.annotations.name,
    isNameUnique: true,
    indexes: {},
  },
  config: {
    snapshotField: "configs",
    name: (config) => config.spec.annotations.name,
    isNameUnique: true,
    indexes: {},
  },
  volume: {
    snapshotField: "volumes",
    name: (volume) => volume.spec.annotations.name,
    isNameUnique: true,
    indexes: {},
  },
};

/** All table names, in the order of `schemas`. */
export const tableNames: readonly TableName[] = Object.keys(schemas) as TableName[];

/** A query that an index answers: every object whose key is `key`. */
export interface IndexLookup {
  readonly index: string;
  readonly key: string;
}

type KeyedQuery = Exclude<
  Query<"task"> | Query<"node">,
  { by: "all" | "id-prefix" | "name" | "name-prefix" }
>;

/** Index and key of a query on a reference or a state. */
export function toIndexLookup(query: KeyedQuery): IndexLookup {
  switch (query.by) {
    case "service":
      return { index: query.by, key: query.serviceId };
    case "node":
      return { index: query.by, key: query.nodeId };
    case "slot":
      return { index: query.by, key: slotKey(query.serviceId, query.slot) };
    case "desired-state":
    case "task-state":
      return { index: query.by, key: query.state };
    case "role":
      return { index: query.by, key: query.role };
    case "membership":
      return { index: query.by, key: query.membership };
  }
}

/**
 * A name as the index holds it: each character lower-cased by itself, as Go's `strings.ToLower`
 * does. (JavaScript looks at a character's surroundings, and may make two characters of one; managers
 * of both kinds must agree on what is the same name.)
 */
export function toNameKey(name: string): string {
  if (isAscii(name)) return name.toLowerCase();
  let key = "";
  for (const character of name) {
    const [first] = character.toLowerCase();
    key += first ?? "";
  }
  return key;
}

function isAscii(text: string): boolean {
  for (let position = 0; position < text.length; position += 1) {
    if (text.charCodeAt(position) > 0x7f) return false;
  }
  return true;
}

function slotKey(serviceId: string, slot: number): string {
  return `${serviceId}\0${slot}`;
}
