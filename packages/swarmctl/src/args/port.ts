import type { PortConfig, PortConfigProtocol } from "@swarmkit/proto/types";
import { accept, type Parsed, refuse } from "./parsed.ts";

const remedy = "write NAME:PORT[/PROTOCOL][:PUBLISHED[/PROTOCOL]], for example web:80:8080";
const portMax = 65_535;

const protocols: Readonly<Record<string, PortConfigProtocol>> = {
  tcp: "TCP",
  udp: "UDP",
  sctp: "SCTP",
};

interface PortNumber {
  readonly port: number;
  readonly protocol: PortConfigProtocol;
}

/** One port of a service in SwarmKit's notation. It is published on the hosts of its tasks. */
export function parsePort(text: string): Parsed<PortConfig> {
  const [name = "", targetText, publishedText, ...more] = text.split(":");
  if (targetText === undefined) return refuse("the name and the port are not both there", remedy);
  if (more.length > 0) return refuse("it has too many parts", remedy);
  const target = parseNumber(targetText);
  if (!target.ok) return target;
  if (target.value.port === 0) return refuse("port 0 cannot be listened on", remedy);
  const published = publishedText === undefined ? undefined : parseNumber(publishedText);
  if (published?.ok === false) return published;
  if (published !== undefined && published.value.protocol !== target.value.protocol) {
    return refuse("the two protocols differ", "give the same protocol on both sides");
  }
  return accept({
    name,
    protocol: target.value.protocol,
    targetPort: target.value.port,
    publishedPort: published?.value.port ?? 0,
    publishMode: "HOST",
  });
}

function parseNumber(text: string): Parsed<PortNumber> {
  const [digits = "", protocolText = "tcp", ...more] = text.split("/");
  const port = /^[0-9]+$/.test(digits) ? Number(digits) : Number.NaN;
  if (!(port <= portMax)) return refuse(`"${digits}" is not a port from 0 to ${portMax}`, remedy);
  const key = protocolText.toLowerCase();
  const protocol = Object.hasOwn(protocols, key) ? protocols[key] : undefined;
  if (protocol === undefined || more.length > 0) {
    return refuse(`"${text}" names no known protocol`, "choose tcp, udp or sctp");
  }
  return accept({ port, protocol });
}
