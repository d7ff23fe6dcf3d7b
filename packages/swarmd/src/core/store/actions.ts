import type { StoreAction, StoreActionKind } from "@swarmkit/proto/types";
import { assert } from "../lib/assert.ts";
import { tableNames } from "./schema.ts";
import type { StoreEvent, TableName, Tables } from "./types.ts";

/** What a store action asks for, with its one target found. */
export type Change = {
  [T in TableName]: {
    readonly table: T;
    readonly kind: StoreEvent["kind"];
    readonly object: Tables[T];
  };
}[TableName];

const actionKinds: Readonly<Record<StoreEvent["kind"], StoreActionKind>> = {
  create: "STORE_ACTION_CREATE",
  update: "STORE_ACTION_UPDATE",
  remove: "STORE_ACTION_REMOVE",
};

/** Wire form of an event. A removed object goes along whole, as SwarmKit's log has it. */
export function toStoreAction(event: StoreEvent): StoreAction {
  return { action: actionKinds[event.kind], [event.table]: event.object };
}

/**
 * Reads one action of a committed entry. Every member must do the same with an entry, so one that
 * cannot be understood ends the process instead of being skipped.
 */
export function fromStoreAction(action: StoreAction): Change {
  const table = tableNames.find((name) => action[name] !== undefined);
  assert(table !== undefined, "a store action names no table that this version knows");
  return { table, kind: toKind(action.action), object: action[table] } as Change;
}

function toKind(action: StoreActionKind): StoreEvent["kind"] {
  switch (action) {
    case "STORE_ACTION_CREATE":
      return "create";
    case "STORE_ACTION_UPDATE":
      return "update";
    case "STORE_ACTION_REMOVE":
      return "remove";
    default:
      assert(false, `a store action is of a kind that this version does not know: ${action}`);
  }
}
