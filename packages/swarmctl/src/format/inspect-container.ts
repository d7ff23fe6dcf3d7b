import type {
  ConfigReference,
  ContainerSpec,
  Driver,
  SecretReference,
} from "@swarmkit/proto/types";
import { type Detail, detail, heading } from "./details.ts";
import { sortedEntries } from "./key-values.ts";

/** What a container runs. */
export function commandDetails(container: ContainerSpec, depth: number): readonly Detail[] {
  const { image, command, args, env } = container;
  return [
    ...detail(depth, "Image", image),
    ...detail(depth, "Command", command.length === 0 ? "" : JSON.stringify(command.join(" "))),
    ...detail(depth, "Args", formatList(args)),
    ...detail(depth, "Env", formatList(env)),
  ];
}

/** The secrets and configs that a container gets. */
export function fileDetails(container: ContainerSpec, depth: number): readonly Detail[] {
  const secrets = container.secrets.map(describeSecret);
  const configs = container.configs.map(describeConfig);
  return [
    ...(secrets.length === 0 ? [] : [heading(depth, "Secrets")]),
    ...secrets.map((text) => heading(depth + 1, text)),
    ...(configs.length === 0 ? [] : [heading(depth, "Configs")]),
    ...configs.map((text) => heading(depth + 1, text)),
  ];
}

export function mountDetails({ mounts }: ContainerSpec, depth: number): readonly Detail[] {
  if (mounts.length === 0) return [];
  return [
    heading(depth, "Mounts"),
    ...mounts.flatMap((mount) => [
      ...detail(depth + 1, "Target", mount.target),
      ...detail(depth + 2, "Source", mount.source),
      ...detail(depth + 2, "Readonly", mount.readonly ? "true" : "false"),
      ...detail(depth + 2, "Type", mount.type.toLowerCase()),
    ]),
  ];
}

export function logDriverDetails(
  label: string,
  driver: Driver | undefined,
  depth: number,
): readonly Detail[] {
  if (driver === undefined) return [];
  return [
    ...detail(depth, label, driver.name),
    ...sortedEntries(driver.options).map(([key, value]) =>
      value === "" ? heading(depth + 1, key) : { depth: depth + 1, label: key, value },
    ),
  ];
}

function formatList(items: readonly string[]): string {
  return items.length === 0 ? "" : `[${items.join(", ")}]`;
}

function describeSecret({ secretName, secretId, file }: SecretReference): string {
  return `[${file === undefined ? "" : "FILE"}] ${secretName}@${secretId}:${file?.name ?? ""}`;
}

function describeConfig({ configName, configId, file, runtime }: ConfigReference): string {
  const kind = file !== undefined ? "FILE" : runtime !== undefined ? "RUNTIME" : "";
  return `[${kind}] ${configName}@${configId}:${file?.name ?? ""}`;
}
