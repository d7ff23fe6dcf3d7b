import type { GenericResource } from "@swarmkit/proto/types";
import { accept, type Parsed, refuse } from "./parsed.ts";

const remedy = "write KIND=COUNT[,KIND=COUNT…], for example gpu=2,fpga=1";

/** How many of the nodes' own kinds of resources a task needs; tasks ask for counts, not for names. */
export function parseGenericResources(text: string): Parsed<readonly GenericResource[]> {
  const counts = new Map<string, number>();
  for (const part of text.split(",").map((item) => item.trim())) {
    if (part === "") continue;
    const match = /^([^=]+)=([0-9]+)$/.exec(part);
    const [, kind = "", count = ""] = match ?? [];
    if (match === null) return refuse(`"${part}" is not a kind and a count`, remedy);
    if (counts.has(kind)) return refuse(`"${kind}" is there twice`, remedy);
    if (!Number.isSafeInteger(Number(count))) return refuse("it is too large", remedy);
    counts.set(kind, Number(count));
  }
  return accept([...counts].map(([kind, value]) => ({ discreteResourceSpec: { kind, value } })));
}
