// The address that other nodes are told to dial.
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { isUnspecified, type SwarmdFlags } from "../flags.ts";

const routesFile = "/proc/net/route";
const defaultRoute = "00000000";

/**
 * What the user says, or where this manager listens. One that listens everywhere names the address of the
 * interface with the default route, or another that leaves the host; nobody could dial 0.0.0.0.
 */
export function chooseOwnAddress(
  flags: Pick<SwarmdFlags, "advertiseRemoteApi" | "listenRemoteApi">,
  boundPort: number,
): string {
  if (flags.advertiseRemoteApi !== undefined) return flags.advertiseRemoteApi;
  const { host } = flags.listenRemoteApi;
  return formatAddress(isUnspecified(host) ? findHost() : host, boundPort);
}

function findHost(): string {
  const candidates = Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).filter(({ internal }) => !internal).map((address) => ({ name, ...address })),
  );
  const preferred = defaultInterface();
  const usable = candidates.filter(({ address }) => !address.startsWith("fe80:"));
  const ranked = [...usable].sort(
    (left, right) =>
      Number(right.name === preferred) - Number(left.name === preferred) ||
      Number(right.family === "IPv4") - Number(left.family === "IPv4"),
  );
  return ranked[0]?.address ?? "127.0.0.1";
}

function defaultInterface(): string | undefined {
  try {
    const lines = readFileSync(routesFile, "utf8").trim().split("\n").slice(1);
    const fields = lines.map((line) => line.split(/\s+/));
    return fields.find(([, destination]) => destination === defaultRoute)?.[0];
  } catch {
    // Hosts without this file have their addresses ranked without it.
    return undefined;
  }
}

function formatAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
