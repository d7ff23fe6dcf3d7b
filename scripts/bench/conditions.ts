import { readFileSync } from "node:fs";
import { availableParallelism, cpus, freemem, loadavg, release, totalmem } from "node:os";
import type { Engine } from "../lib/engine.ts";
import { callEngine } from "../lib/engine-api.ts";

const bytesPerGib = 1024 ** 3;

/** What the figures depend on, in one line: figures of two machines are not comparable. */
export async function describeConditions(
  engine: Engine | undefined,
  directory: string,
): Promise<string> {
  const gib = (bytes: number): string => (bytes / bytesPerGib).toFixed(1);
  const parts = [
    `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? "unknown"})`,
    `${gib(totalmem())} GiB memory, ${gib(freemem())} free`,
    `load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(" ")} at the start`,
    `Linux ${release()}`,
    `Node ${process.versions.node}`,
    `state on ${fileSystemOf(directory)}`,
    engine === undefined ? "no Docker engine" : await describeEngine(engine),
  ];
  return parts.join("; ");
}

async function describeEngine({ socketPath, version, isPrivate }: Engine): Promise<string> {
  const text = await callEngine(socketPath, { method: "GET", path: "/info" });
  const info = JSON.parse(text) as { readonly Driver: string; readonly DefaultRuntime: string };
  const whose = isPrivate ? "started for this run" : "found running";
  return `Docker ${version} (${whose}; storage ${info.Driver}, runtime ${info.DefaultRuntime})`;
}

/** Type of the file system that a path is on. */
function fileSystemOf(path: string): string {
  let best = { place: "", type: "unknown" };
  for (const line of readFileSync("/proc/self/mounts", "utf8").split("\n")) {
    const [, place = "", type = ""] = line.split(" ");
    const isAbove = path === place || path.startsWith(place === "/" ? "/" : `${place}/`);
    if (isAbove && place.length >= best.place.length) best = { place, type };
  }
  return best.type;
}
