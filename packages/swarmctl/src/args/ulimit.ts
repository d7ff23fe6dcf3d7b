import type { ContainerSpecUlimit } from "@swarmkit/proto/types";
import { accept, type Parsed, refuse } from "./parsed.ts";

const remedy = "write NAME=SOFT[:HARD], for example nofile=1024:4096; -1 means no limit";

/** The limits that Docker knows. */
const names: ReadonlySet<string> = new Set(
  "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(
    " ",
  ),
);

/** A limit of a container's processes, `nofile=1024[:4096]`; without a hard limit it is the soft one. */
export function parseUlimit(text: string): Parsed<ContainerSpecUlimit> {
  const match = /^([^=]+)=(-1|[0-9]+)(?::(-1|[0-9]+))?$/.exec(text);
  if (match === null) return refuse(`"${text}" is not a limit`, remedy);
  const [, name = "", softText = "", hardText = softText] = match;
  if (!names.has(name)) return refuse(`"${name}" is no known limit`, remedy);
  const [soft, hard] = [Number(softText), Number(hardText)];
  if (!Number.isSafeInteger(soft) || !Number.isSafeInteger(hard)) {
    return refuse("it is too large", remedy);
  }
  if (hard !== -1 && (soft === -1 || soft > hard)) {
    return refuse("the soft limit is above the hard limit", remedy);
  }
  return accept({ name, soft, hard });
}
