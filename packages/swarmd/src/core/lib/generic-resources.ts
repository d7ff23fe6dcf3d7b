import type { GenericResource } from "@swarmkit/proto/types";

export type GenericResourcesResult =
  | { readonly ok: true; readonly resources: readonly GenericResource[] }
  | { readonly ok: false; readonly message: string };

/**
 * Reads SwarmKit's notation: `kind=value` separated by commas. One whole number is a count; one or
 * more other values are a set of names; the two must not be mixed for a kind
 * (swarmkit api/genericresource/parse.go).
 */
export function parseGenericResources(text: string): GenericResourcesResult {
  const values = new Map<string, string[]>();
  for (const part of text.split(",").map((item) => item.trim())) {
    if (part === "" && text.trim() === "") break;
    const match = /^([^=]+)=(.+)$/.exec(part);
    if (match === null) return refuse(`"${part}" is not kind=value`);
    const [, kind = "", value = ""] = match;
    values.set(kind, [...(values.get(kind) ?? []), value]);
  }
  const resources: GenericResource[] = [];
  for (const [kind, list] of [...values].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const counts = list.filter((value) => /^[+-]?[0-9]+$/.test(value));
    if (counts.length === 0) {
      for (const value of list) resources.push({ namedResourceSpec: { kind, value } });
      continue;
    }
    if (list.length > 1) return refuse(`"${kind}" has several values, so none may be a number`);
    const count = Number(counts[0]);
    if (count < 0) return refuse(`"${kind}" has a count below 0`);
    if (!Number.isSafeInteger(count)) return refuse(`"${kind}" has a count that is too large`);
    resources.push({ discreteResourceSpec: { kind, value: count } });
  }
  return { ok: true, resources };
}

function refuse(message: string): GenericResourcesResult {
  return { ok: false, message };
}
