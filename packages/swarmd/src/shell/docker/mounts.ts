import type { Mount, MountTmpfsOptions } from "@swarmkit/proto/types";
import type { MountSettings, MountType, VolumeCreateOptions } from "dockerode";

/** The engine's bind options; newer fields than the typings know are passed all the same. */
interface BindOptions {
  readonly Propagation?: string;
  readonly NonRecursive?: boolean;
  readonly CreateMountpoint?: boolean;
  readonly ReadOnlyNonRecursive?: boolean;
  readonly ReadOnlyForceRecursive?: boolean;
}

/** Binds, volumes and named pipes; tmpfs goes another way, see `toTmpfs`. */
export function toMounts(mounts: readonly Mount[]): MountSettings[] {
  return mounts.filter(({ type }) => type !== "TMPFS").map(toMount);
}

/** Engine's options per mount point: its mount entries cannot say `exec` or `noexec`. */
export function toTmpfs(mounts: readonly Mount[]): Record<string, string> {
  const tmpfs: Record<string, string> = {};
  for (const { type, target, readonly, tmpfsOptions } of mounts) {
    if (type === "TMPFS") tmpfs[target] = toTmpfsOptions(readonly, tmpfsOptions);
  }
  return tmpfs;
}

/** Volumes that have to exist first, because they are not of the engine's default driver. */
export function driverVolumes(mounts: readonly Mount[]): VolumeCreateOptions[] {
  return mounts.flatMap(({ type, source, volumeOptions }) => {
    const driver = volumeOptions?.driverConfig;
    if (type !== "VOLUME" || source === "" || driver === undefined) return [];
    return {
      Name: source,
      Labels: { ...volumeOptions?.labels },
      DriverOpts: { ...driver.options },
      ...(driver.name !== "" && { Driver: driver.name }),
    };
  });
}

function toMount(mount: Mount): MountSettings {
  const { bindOptions, volumeOptions, consistency } = mount;
  return {
    Type: mount.type.toLowerCase() as MountType,
    Source: mount.source,
    Target: mount.target,
    ReadOnly: mount.readonly,
    ...(consistency !== "DEFAULT" && {
      Consistency: consistency.toLowerCase() as NonNullable<MountSettings["Consistency"]>,
    }),
    ...(bindOptions !== undefined && {
      BindOptions: toBindOptions(bindOptions) as NonNullable<MountSettings["BindOptions"]>,
    }),
    ...(mount.type === "VOLUME" &&
      volumeOptions !== undefined && { VolumeOptions: toVolumeOptions(volumeOptions) }),
  };
}

function toBindOptions(options: NonNullable<Mount["bindOptions"]>): BindOptions {
  return {
    Propagation: options.propagation.toLowerCase(),
    ...(options.nonrecursive && { NonRecursive: true }),
    ...(options.createmountpoint && { CreateMountpoint: true }),
    ...(options.readonlynonrecursive && { ReadOnlyNonRecursive: true }),
    ...(options.readonlyforcerecursive && { ReadOnlyForceRecursive: true }),
  };
}

function toVolumeOptions(
  options: NonNullable<Mount["volumeOptions"]>,
): NonNullable<MountSettings["VolumeOptions"]> {
  const { nocopy, labels, driverConfig } = options;
  return {
    NoCopy: nocopy,
    Labels: { ...labels },
    // The typings want a driver; the engine takes none to mean its default.
    ...(driverConfig && {
      DriverConfig: { Name: driverConfig.name, Options: { ...driverConfig.options } },
    }),
  } as NonNullable<MountSettings["VolumeOptions"]>;
}

function toTmpfsOptions(isReadonly: boolean, options: MountTmpfsOptions | undefined): string {
  const parts: string[] = [];
  if (isReadonly) parts.push("ro");
  if (options !== undefined && options.mode !== 0) parts.push(`mode=${options.mode.toString(8)}`);
  if (options !== undefined && options.sizeBytes > 0) parts.push(formatSize(options.sizeBytes));
  if (options !== undefined && options.options !== "") parts.push(options.options);
  return parts.join(",");
}

/** Size in the largest unit in which it is whole. */
function formatSize(sizeBytes: number): string {
  for (const [suffix, unit] of [
    ["g", 2 ** 30],
    ["m", 2 ** 20],
    ["k", 2 ** 10],
  ] as const) {
    if (sizeBytes % unit === 0) return `size=${sizeBytes / unit}${suffix}`;
  }
  return `size=${sizeBytes}`;
}
