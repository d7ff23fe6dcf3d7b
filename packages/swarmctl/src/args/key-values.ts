import { accept, type Parsed, refuse } from "./parsed.ts";

/** Items `key=value` as a map; spaces around both are dropped, and the last of a key counts. */
export function parseKeyValues(items: readonly string[]): Parsed<Readonly<Record<string, string>>> {
  const entries: [string, string][] = [];
  for (const item of items) {
    const equals = item.indexOf("=");
    const key = item.slice(0, Math.max(equals, 0)).trim();
    if (key === "") return refuse(`"${item}" is not key=value`, "write it as key=value");
    entries.push([key, item.slice(equals + 1).trim()]);
  }
  return accept(Object.fromEntries(entries));
}
