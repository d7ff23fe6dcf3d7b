import type { PluginDescription } from "@swarmkit/proto/types";
import type { PluginInfo } from "dockerode";
import type { ExecutorDescription } from "../executor/port.ts";
import type { DockerInfo } from "./engine.ts";

/** SwarmKit's names for the capabilities of managed plug-ins; others keep their own. */
const capabilityTypes: Readonly<Record<string, string>> = {
  volumedriver: "Volume",
  networkdriver: "Network",
};

/** The engine's host as SwarmKit's agent describes it. */
export function toDescription(
  info: DockerInfo,
  plugins: readonly PluginInfo[],
): ExecutorDescription {
  const labels = (info.Labels ?? []).map((label): [string, string] => {
    const [key = "", ...rest] = label.split("=");
    return [key, rest.join("=")];
  });
  return {
    hostname: info.Name,
    platform: { architecture: info.Architecture, os: info.OSType },
    resources: { nanoCpus: info.NCPU * 1e9, memoryBytes: info.MemTotal, generic: [] },
    engine: {
      engineVersion: info.ServerVersion,
      labels: Object.fromEntries(labels),
      plugins: toPlugins(info, plugins),
    },
  };
}

/** Built-in and managed plug-ins, sorted, so that equal engines give equal descriptions. */
function toPlugins(info: DockerInfo, managed: readonly PluginInfo[]): PluginDescription[] {
  const plugins = [
    ...["Volume", "Network", "Authorization"].flatMap((type) =>
      (info.Plugins[type] ?? []).map((name) => ({ type, name })),
    ),
    ...managed.filter(({ Enabled }) => Enabled).flatMap(toManagedPlugins),
  ];
  const unique = new Map(plugins.map((plugin) => [`${plugin.type} ${plugin.name}`, plugin]));
  return [...unique.keys()].sort().flatMap((key) => unique.get(key) ?? []);
}

function toManagedPlugins({ Name, Config }: PluginInfo): PluginDescription[] {
  // `docker.volumedriver/1.0`; the typings call the list `any`.
  const types: readonly string[] = Config?.Interface?.Types ?? [];
  return types.map((type) => {
    const capability = type.replace(/^docker\./, "").replace(/\/.*$/, "");
    return { type: capabilityTypes[capability] ?? capability, name: Name };
  });
}
