import type { NetworkAttachment, Task } from "@swarmkit/proto/types";
import type { EndpointSettings, NetworkCreateOptions } from "dockerode";

/** One network that a task's container joins. */
export interface AttachedNetwork {
  readonly name: string;
  readonly driver: string;
  /** True for the engine's own networks (`host`, `bridge`, `none`), which need no creation. */
  readonly isPredefined: boolean;
  readonly attachment: NetworkAttachment;
}

const predefinedNames: ReadonlySet<string> = new Set(["bridge", "host", "none"]);

/** The task's networks in the order in which it lists them. */
export function attachedNetworks(task: Task): readonly AttachedNetwork[] {
  return task.networks.flatMap((attachment) => {
    const { network } = attachment;
    if (network === undefined) return [];
    const { name } = network.spec.annotations;
    const driver = network.driverState?.name || network.spec.driverConfig?.name || "overlay";
    return { name, driver, isPredefined: predefinedNames.has(name), attachment };
  });
}

/** What to ask the engine for when it lacks a network. */
export function toNetworkOptions({
  name,
  driver,
  attachment,
}: AttachedNetwork): NetworkCreateOptions {
  const network = attachment.network;
  const spec = network?.spec;
  const ipam = network?.ipam ?? spec?.ipam;
  return {
    Name: name,
    Driver: driver,
    CheckDuplicate: true,
    Internal: spec?.internal ?? false,
    EnableIPv6: spec?.ipv6Enabled ?? false,
    Options: { ...network?.driverState?.options },
    Labels: { ...spec?.annotations.labels },
    IPAM: {
      Driver: ipam?.driver?.name || "default",
      Options: { ...ipam?.driver?.options },
      Config: (ipam?.configs ?? []).map(({ subnet, range, gateway }) => ({
        Subnet: subnet,
        ...(range !== "" && { IPRange: range }),
        ...(gateway !== "" && { Gateway: gateway }),
      })),
    },
  };
}

/** The container's place in a network: its addresses there and the names that lead to it. */
export function toEndpointSettings({ attachment }: AttachedNetwork): EndpointSettings {
  const addresses = attachment.addresses.map((address) => address.split("/")[0] ?? "");
  const ipv4 = addresses.find((address) => address.includes("."));
  const ipv6 = addresses.find((address) => address.includes(":"));
  return {
    IPAMConfig: {
      ...(ipv4 !== undefined && { IPv4Address: ipv4 }),
      ...(ipv6 !== undefined && { IPv6Address: ipv6 }),
    },
    Aliases: [...attachment.aliases],
    DriverOpts: { ...attachment.driverAttachmentOpts },
  } as EndpointSettings;
}
