import type { TLSSocket } from "node:tls";
import type { Peer } from "../../core/ca/authorize.ts";

/**
 * Who is at the other end of a TLS connection, read once after its handshake. Undefined: a
 * certificate was shown and does not verify, so the connection must be refused, as Go's
 * VerifyClientCertIfGiven does. It must never be taken for an anonymous one.
 */
export function identifyPeer(socket: TLSSocket): Peer | undefined {
  const address = `${socket.remoteAddress ?? ""}:${socket.remotePort ?? 0}`;
  const certificate = socket.getPeerCertificate();
  // Node answers with an empty object when no certificate was shown.
  if (certificate === null || Object.keys(certificate).length === 0) {
    return { kind: "anonymous", address };
  }
  if (!socket.authorized) return undefined;
  const { CN, O, OU } = certificate.subject as Record<
    string,
    string | readonly string[] | undefined
  >;
  const nodeId = single(CN);
  const organization = single(O);
  const roles = OU === undefined ? [] : [OU].flat();
  if (nodeId === "" || organization === "" || roles.length === 0) return undefined;
  return { kind: "node", address, certificate: { nodeId, organization, roles } };
}

function single(value: string | readonly string[] | undefined): string {
  return typeof value === "string" ? value : "";
}
