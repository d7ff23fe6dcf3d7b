import { schemas } from "./schema.ts";
import { Table } from "./table.ts";
import type { Query, ReadView, TableName, Tables } from "./types.ts";

/** One whole state. Its tables are never written once it is shared: a change clones them. */
export type Root = { readonly [T in TableName]: Table<T> };

/** The state of a store that nothing was written to. */
export function createRoot(): Root {
  return {
    node: Table.create(schemas.node),
    service: Table.create(schemas.service),
    network: Table.create(schemas.network),
    task: Table.create(schemas.task),
    cluster: Table.create(schemas.cluster),
    secret: Table.create(schemas.secret),
    resource: Table.create(schemas.resource),
    extension: Table.create(schemas.extension),
    config: Table.create(schemas.config),
    volume: Table.create(schemas.volume),
  };
}

/** Reads one root; it stays as it is whatever is written later. */
export class RootView implements ReadView {
  readonly #root: Root;

  constructor(root: Root) {
    this.#root = root;
  }

  get<T extends TableName>(table: T, id: string): Tables[T] | undefined {
    return tableOf(this.#root, table).get(id);
  }

  find<T extends TableName>(table: T, query: Query<T>): readonly Tables[T][] {
    return tableOf(this.#root, table).find(query);
  }

  count(table: TableName): number {
    return this.#root[table].size;
  }
}

/** The table of one name, with the type that goes with the name. */
export function tableOf<T extends TableName>(root: Root, name: T): Table<T> {
  return root[name] as Table<T>;
}
