import type { ContainerSpec } from "@swarmkit/proto/types";
import type { FlagValues } from "../../define-command.ts";
import { usageError } from "../../errors.ts";
import { mergeMounts } from "./merge-mounts.ts";
import type { SpecFlags } from "./spec-flags.ts";

/** The flags that are about the container. */
const containerFlags = [
  "image",
  "hostname",
  "command",
  "args",
  "env",
  "tty",
  "openStdin",
  "init",
  "ulimit",
  "bind",
  "volume",
  "tmpfs",
  "npipe",
] as const satisfies readonly (keyof SpecFlags)[];

/** A container's spec as the flags have it. */
export function applyContainerFlags(
  container: ContainerSpec | undefined,
  flags: FlagValues<SpecFlags>,
): ContainerSpec | undefined {
  if (containerFlags.every((key) => flags[key] === undefined)) return container;
  if (container === undefined) throw noContainer();
  const { bind = [], volume = [], tmpfs = [], npipe = [] } = flags;
  return {
    ...container,
    image: flags.image ?? container.image,
    hostname: flags.hostname ?? container.hostname,
    command: flags.command ?? container.command,
    args: flags.args ?? container.args,
    env: flags.env ?? container.env,
    tty: flags.tty ?? container.tty,
    openStdin: flags.openStdin ?? container.openStdin,
    init: flags.init === undefined ? container.init : { value: flags.init },
    ulimits: flags.ulimit ?? container.ulimits,
    mounts: mergeMounts(container.mounts, [...bind, ...volume, ...tmpfs, ...npipe]),
  };
}

/** The service runs something else than containers. */
export function noContainer(): Error {
  const why = "the service's tasks are not containers";
  return usageError("flags for containers cannot be used", why, "leave them out");
}
