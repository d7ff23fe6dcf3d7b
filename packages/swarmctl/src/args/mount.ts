import type { Mount, MountType } from "@swarmkit/proto/types";
import { accept, type Parsed, refuse } from "./parsed.ts";

/** `SOURCE:TARGET` of a directory on the node. */
export function parseBind(text: string): Parsed<Mount> {
  return parsePair(text, "BIND", "write SOURCE:TARGET, for example /srv/data:/data");
}

/** `SOURCE:TARGET` of a Windows named pipe. */
export function parseNpipe(text: string): Parsed<Mount> {
  return parsePair(text, "NPIPE", "write SOURCE:TARGET, for example \\\\.\\pipe\\a:\\\\.\\pipe\\b");
}

/** The target of a volume without a name. */
export function parseVolume(text: string): Parsed<Mount> {
  const remedy = "give only the path inside the container, for example /data";
  if (text === "") return refuse("the path is missing", remedy);
  if (text.includes(":")) return refuse("it has a source", remedy);
  return accept(newMount("VOLUME", "", text));
}

/** A mount of nothing but its kind and places. */
export function newMount(type: MountType, source: string, target: string): Mount {
  return { type, source, target, readonly: false, consistency: "DEFAULT" };
}

function parsePair(text: string, type: MountType, remedy: string): Parsed<Mount> {
  const colon = text.indexOf(":");
  const [source, target] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  if (source === "" || target === "") {
    return refuse(`"${text}" does not name a source and a target`, remedy);
  }
  return accept(newMount(type, source, target));
}
