import { accept, type Parsed, refuse } from "./parsed.ts";

/** Where swarmd listens unless told otherwise (SwarmKit's place). */
export const defaultSocketPath = "/var/run/swarmd.sock";

/** A socket's path from a path or a `unix:` address. */
export function parseSocketPath(text: string): Parsed<string> {
  const remedy = "give the path of swarmd's socket, for example unix:///var/run/swarmd.sock";
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "unix") {
    return refuse(`"${scheme}" sockets cannot be used`, remedy);
  }
  const path = text.replace(/^unix:(?:\/\/)?/i, "");
  return path === "" ? refuse("it names no file", remedy) : accept(path);
}
