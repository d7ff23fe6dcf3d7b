import type { StoreSnapshot } from "@swarmkit/proto/types";
import { isEqual } from "../lib/equal.ts";
import { deepFreeze } from "./freeze.ts";
import { createRoot, type Root, tableOf } from "./root.ts";
import { schemas, tableNames } from "./schema.ts";
import type { StoreEvent, TableName, Tables } from "./types.ts";

/** A root's objects as a snapshot carries them: arrays of frozen objects, by id. */
export function toSnapshot(root: Root): StoreSnapshot {
  return {
    nodes: root.node.all(),
    services: root.service.all(),
    networks: root.network.all(),
    tasks: root.task.all(),
    clusters: root.cluster.all(),
    secrets: root.secret.all(),
    resources: root.resource.all(),
    extensions: root.extension.all(),
    configs: root.config.all(),
    volumes: root.volume.all(),
  };
}

/**
 * The state that a snapshot holds, and how it differs from `old`: per table removals first, then
 * the rest by id. Objects that are the same in both stay the old ones in memory.
 */
export function fromSnapshot(
  snapshot: StoreSnapshot,
  old: Root,
): { readonly root: Root; readonly events: readonly StoreEvent[] } {
  const root = createRoot();
  const events: StoreEvent[] = [];
  for (const name of tableNames) fillTable(name, snapshot, { old, root, events });
  return { root, events };
}

function fillTable<T extends TableName>(
  name: T,
  snapshot: StoreSnapshot,
  restoring: { old: Root; root: Root; events: StoreEvent[] },
): void {
  const old = tableOf(restoring.old, name);
  const table = tableOf(restoring.root, name);
  for (const object of snapshot[schemas[name].snapshotField] as readonly Tables[T][]) {
    const before = old.get(object.id);
    table.put(before !== undefined && isEqual(before, object) ? before : deepFreeze(object));
  }
  const push = (event: object): unknown => restoring.events.push(event as StoreEvent);
  for (const object of old.all()) {
    if (table.get(object.id) === undefined) push({ table: name, kind: "remove", object });
  }
  for (const object of table.all()) {
    const before = old.get(object.id);
    if (before === undefined) push({ table: name, kind: "create", object });
    else if (before !== object) push({ table: name, kind: "update", object, old: before });
  }
}
