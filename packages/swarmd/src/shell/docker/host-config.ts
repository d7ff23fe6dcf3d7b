import type { ContainerSpec, Privileges, ResourceRequirements, Task } from "@swarmkit/proto/types";
import type { HostConfig } from "dockerode";
import { toMounts, toTmpfs } from "./mounts.ts";
import { attachedNetworks } from "./networks.ts";
import { toPortBindings } from "./ports.ts";

/** Length of the kernel's CPU accounting period, of which a limit is a share (SwarmKit: 100 ms). */
const cpuPeriodMicroseconds = 100_000;

/** How the engine confines a task's container and connects it to the host. */
export function toHostConfig(task: Task): HostConfig {
  const container = task.spec.container;
  if (container === undefined) throw new Error(`task ${task.id} runs no container`);
  const ports = toPortBindings(task);
  const [network] = attachedNetworks(task);
  const { logDriver } = task;
  return {
    ...toResources(task.spec.resources),
    ...toProcessOptions(container),
    ...toNameResolution(container),
    ...toSecurity(container),
    ...(Object.keys(ports).length > 0 && { PortBindings: ports }),
    ...(network !== undefined && { NetworkMode: network.name }),
    ...(logDriver !== undefined &&
      logDriver.name !== "" && {
        LogConfig: { Type: logDriver.name, Config: { ...logDriver.options } },
      }),
  };
}

/** Limits only: reservations are the scheduler's affair. */
function toResources(resources: ResourceRequirements | undefined): HostConfig {
  const { nanoCpus = 0, memoryBytes = 0 } = resources?.limits ?? {};
  const swap = resources?.swapBytes?.value;
  const swappiness = resources?.memorySwappiness?.value;
  return {
    ...(memoryBytes > 0 && { Memory: memoryBytes }),
    ...(nanoCpus > 0 && {
      CpuPeriod: cpuPeriodMicroseconds,
      CpuQuota: Math.round((nanoCpus * cpuPeriodMicroseconds) / 1e9),
    }),
    // The engine counts memory and swap together; -1 is no limit.
    ...(swap !== undefined && { MemorySwap: swap === -1 ? -1 : memoryBytes + swap }),
    ...(swappiness !== undefined && { MemorySwappiness: swappiness }),
  };
}

function toProcessOptions(container: ContainerSpec): HostConfig {
  const { ulimits, groups, isolation } = container;
  const mounts = toMounts(container.mounts);
  const tmpfs = toTmpfs(container.mounts);
  return {
    ...(mounts.length > 0 && { Mounts: mounts }),
    ...(Object.keys(tmpfs).length > 0 && { Tmpfs: tmpfs }),
    ...(groups.length > 0 && { GroupAdd: [...groups] }),
    ...(container.init !== undefined && { Init: container.init.value }),
    ...(container.readOnly && { ReadonlyRootfs: true }),
    ...(container.pidsLimit !== 0 && { PidsLimit: container.pidsLimit }),
    ...(ulimits.length > 0 && {
      Ulimits: ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    }),
    ...(isolation === "ISOLATION_PROCESS" && { Isolation: "process" }),
    ...(isolation === "ISOLATION_HYPERV" && { Isolation: "hyperv" }),
    ...(Object.keys(container.sysctls).length > 0 && { Sysctls: { ...container.sysctls } }),
  };
}

function toNameResolution({ hosts, dnsConfig }: ContainerSpec): HostConfig {
  const { nameservers = [], search = [], options = [] } = dnsConfig ?? {};
  const extraHosts = hosts.flatMap(toExtraHost);
  return {
    ...(extraHosts.length > 0 && { ExtraHosts: extraHosts }),
    ...(nameservers.length > 0 && { Dns: [...nameservers] }),
    ...(search.length > 0 && { DnsSearch: [...search] }),
    ...(options.length > 0 && { DnsOptions: [...options] }),
  };
}

/** A line `IP host [alias…]` of a hosts file as the engine's `host:IP`; aliases are dropped. */
function toExtraHost(line: string): string[] {
  const [address, host] = line.trim().split(/\s+/);
  return address && host ? [`${host}:${address}`] : [];
}

function toSecurity({ capabilityAdd, capabilityDrop, privileges }: ContainerSpec): HostConfig {
  const options = privileges === undefined ? [] : toSecurityOptions(privileges);
  return {
    ...(capabilityAdd.length > 0 && { CapAdd: [...capabilityAdd] }),
    ...(capabilityDrop.length > 0 && { CapDrop: [...capabilityDrop] }),
    ...(options.length > 0 && { SecurityOpt: options }),
  };
}

function toSecurityOptions(privileges: Privileges): string[] {
  const { seccomp, apparmor, selinuxContext: selinux } = privileges;
  const options: string[] = [];
  if (privileges.noNewPrivileges) options.push("no-new-privileges");
  if (seccomp?.mode === "UNCONFINED") options.push("seccomp=unconfined");
  if (seccomp?.mode === "CUSTOM") {
    options.push(`seccomp=${new TextDecoder().decode(seccomp.profile)}`);
  }
  if (apparmor?.mode === "DISABLED") options.push("apparmor=unconfined");
  if (selinux?.disable) options.push("label=disable");
  for (const key of ["user", "role", "type", "level"] as const) {
    if (selinux?.[key]) options.push(`label=${key}:${selinux[key]}`);
  }
  return options;
}
