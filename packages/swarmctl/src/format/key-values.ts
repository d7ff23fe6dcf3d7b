/** Entries of a map in the order of their keys. */
export function sortedEntries(
  map: Readonly<Record<string, string>>,
): readonly (readonly [string, string])[] {
  return Object.entries(map).sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
}

/** A map on one line: `a=1 b=2`. */
export function formatKeyValues(map: Readonly<Record<string, string>>): string {
  return sortedEntries(map)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}
