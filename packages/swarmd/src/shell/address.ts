import { parseAddress } from "../core/lib/ip-address.ts";

/** Where something listens. IPv6 hosts are without brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Parses `host:port` or `[host]:port`; undefined when it is neither. The host may be empty. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([0-9]{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  return port === 0 || port > 65_535 ? undefined : { host: match[1] ?? match[2] ?? "", port };
}

/** The inverse. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** True for an address that means "any of this machine's", which nobody else can connect to. */
export function isUnspecifiedHost(host: string): boolean {
  const address = parseAddress(host);
  return host === "" || address === 0n || address === 0xffffn << 32n;
}

/**
 * The host of a socket's remote address and port as Node shows them: an IPv6 address is without brackets,
 * and an IPv4 one may be spelled as IPv6.
 */
export function hostOfPeer(peerAddress: string): string {
  const host = peerAddress.slice(0, Math.max(0, peerAddress.lastIndexOf(":")));
  return host.replace(/^\[(.*)\]$/, "$1").replace(/^::ffff:(?=\d+\.)/i, "");
}
