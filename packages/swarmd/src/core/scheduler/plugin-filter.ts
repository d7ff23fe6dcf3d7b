import type { EngineDescription, Task } from "@swarmkit/proto/types";
import { type Filter, onNodes } from "./filter.ts";

interface Plugin {
  readonly type: "Volume" | "Network" | "Log";
  readonly name: string;
}

/**
 * Passes nodes whose engine has the volume, network and log drivers that the task names. Undefined
 * when it names none. A node that has not described its engine passes.
 */
export function pluginFilter(task: Task): Filter | undefined {
  const wanted = wantedPlugins(task);
  if (wanted.length === 0) return undefined;
  return {
    isStatic: true,
    passes: ({ node }) => {
      const engine = node.description?.engine;
      return engine === undefined || wanted.every((plugin) => hasPlugin(engine, plugin));
    },
    explain: onNodes("missing plugin"),
  };
}

function wantedPlugins(task: Task): readonly Plugin[] {
  const volumes = (task.spec.container?.mounts ?? [])
    .filter((mount) => mount.type === "VOLUME")
    .map((mount) => mount.volumeOptions?.driverConfig?.name ?? "")
    .filter((name) => name !== "" && name !== "local")
    .map((name): Plugin => ({ type: "Volume", name }));
  const networks = task.networks
    .map((attachment) => attachment.network?.driverState?.name ?? "")
    .filter((name) => name !== "")
    .map((name): Plugin => ({ type: "Network", name }));
  const log = task.spec.logDriver?.name ?? "";
  const logs: readonly Plugin[] = log === "" || log === "none" ? [] : [{ type: "Log", name: log }];
  return [...volumes, ...networks, ...logs];
}

function hasPlugin(engine: EngineDescription, wanted: Plugin): boolean {
  // Old engines do not list their log drivers at all.
  if (wanted.type === "Log" && !engine.plugins.some((plugin) => plugin.type === "Log")) return true;
  return engine.plugins.some(
    (plugin) =>
      plugin.type === wanted.type &&
      (plugin.name === wanted.name || plugin.name === `${wanted.name}:latest`),
  );
}
