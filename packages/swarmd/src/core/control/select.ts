// Lists: values within one filter are alternatives, and every filter given must hold. The store's
// index narrows the search; it compares names without case, and the filter afterwards compares them
// exactly, so a name in another case finds nothing (as in SwarmKit).
import { compareStrings } from "../store/ordered-map.ts";
import type { Query, ReadView, TableName, Tables } from "../store/types.ts";

/** The filters that every list has. */
export interface CommonFilters {
  readonly names: readonly string[];
  readonly idPrefixes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly namePrefixes: readonly string[];
}

/** How a list reads its objects. */
export interface Traits<T extends TableName> {
  readonly table: T;
  readonly name: (object: Tables[T]) => string | undefined;
  /** The labels that `labels` filters by; undefined when the object cannot have any yet. */
  readonly labels: (object: Tables[T]) => Readonly<Record<string, string>> | undefined;
}

/**
 * Objects that pass all filters, by id. `others` are queries of further filters' values: used to
 * narrow the search, not as filters.
 */
export function selectAll<T extends TableName>(
  view: ReadView,
  traits: Traits<T>,
  filters: CommonFilters | undefined,
  others: readonly Query<T>[] = [],
): readonly Tables[T][] {
  if (filters === undefined) return view.find(traits.table, { by: "all" });
  const { names, namePrefixes, idPrefixes, labels } = filters;
  return findAny(view, traits.table, firstQueries(filters, others)).filter((object) => {
    const name = traits.name(object);
    return (
      passes(names, (wanted) => wanted === name) &&
      passes(namePrefixes, (prefix) => name?.startsWith(prefix) === true) &&
      passes(idPrefixes, (prefix) => object.id.startsWith(prefix)) &&
      matchesLabels(traits.labels(object), labels)
    );
  });
}

/**
 * The other style, of secrets, configs and resources: an object with one of the names, one of the
 * name prefixes or one of the id prefixes is taken (without regard to case), and labels must hold.
 */
export function selectAny<T extends TableName>(
  view: ReadView,
  traits: Traits<T>,
  filters: CommonFilters | undefined,
): readonly Tables[T][] {
  if (filters === undefined) return view.find(traits.table, { by: "all" });
  const queries = [nameQueries(filters), namePrefixQueries(filters), idPrefixQueries(filters)];
  return findAny(view, traits.table, queries.flat()).filter((object) =>
    matchesLabels(traits.labels(object), filters.labels),
  );
}

/** True when no value is asked for, or one of those asked for fits. */
export function passes<V>(wanted: readonly V[], fits: (value: V) => boolean): boolean {
  return wanted.length === 0 || wanted.some(fits);
}

/** True when every label asked for is there, and has the value asked for, if one is. */
export function matchesLabels(
  labels: Readonly<Record<string, string>> | undefined,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(
    ([key, value]) =>
      labels !== undefined && Object.hasOwn(labels, key) && (value === "" || labels[key] === value),
  );
}

function firstQueries<T extends TableName>(
  filters: CommonFilters,
  others: readonly Query<T>[],
): readonly Query<T>[] {
  const candidates: readonly (readonly Query<T>[])[] = [
    nameQueries(filters),
    namePrefixQueries(filters),
    idPrefixQueries(filters),
    others,
  ];
  return candidates.find((queries) => queries.length > 0) ?? [];
}

function nameQueries({ names }: CommonFilters): readonly { by: "name"; name: string }[] {
  return names.map((name) => ({ by: "name", name }));
}

function namePrefixQueries({
  namePrefixes,
}: CommonFilters): readonly { by: "name-prefix"; prefix: string }[] {
  return namePrefixes.map((prefix) => ({ by: "name-prefix", prefix }));
}

function idPrefixQueries({
  idPrefixes,
}: CommonFilters): readonly { by: "id-prefix"; prefix: string }[] {
  return idPrefixes.map((prefix) => ({ by: "id-prefix", prefix }));
}

/** Objects that one of the queries finds, each once, by id; all objects when there is no query. */
function findAny<T extends TableName>(
  view: ReadView,
  table: T,
  queries: readonly Query<T>[],
): readonly Tables[T][] {
  const [only, ...more] = queries;
  if (only === undefined) return view.find(table, { by: "all" });
  if (more.length === 0) return view.find(table, only);
  const found = new Map<string, Tables[T]>();
  for (const query of queries) {
    for (const object of view.find(table, query)) found.set(object.id, object);
  }
  return [...found.values()].sort((left, right) => compareStrings(left.id, right.id));
}
