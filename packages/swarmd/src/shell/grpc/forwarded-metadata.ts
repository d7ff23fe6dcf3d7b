// The metadata by which a manager that passes a call on tells whose call it is. The names and their
// meaning are SwarmKit's.
import type { OutgoingHttpHeaders } from "node:http2";
import { Metadata } from "@grpc/grpc-js";
import type { Caller, ForwardedMetadata, Peer } from "../../core/ca/authorize.ts";

/** Carries the address of whom a manager passed the call on for. */
const redirectKey = "redirect";
/** What stands for the control socket there. */
const localRedirect = "@";

/** What only a manager may say of a call: whoever else says it is not believed, and not quoted. */
const ownKeys: ReadonlySet<string> = new Set([
  redirectKey,
  "forwarded_cert",
  "forwarded_cert_cn",
  "forwarded_cert_org",
  "forwarded_cert_ou",
  "remote_addr",
]);

/** Headers that belong to the connection or to HTTP, and not to the call. */
const transportKeys: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-length",
  "content-type",
  "date",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
  "user-agent",
]);

/** A call that nobody has passed on. */
export const notForwarded: ForwardedMetadata = {
  isForwarded: false,
  nodeId: "",
  organization: "",
  roles: [],
  address: "",
};

/** What the metadata of a call say of its origin; whether to believe it depends on who sent them. */
export function readForwarded(metadata: Metadata): ForwardedMetadata {
  const texts = (key: string): readonly string[] => metadata.get(key).map(String);
  const flag = texts("forwarded_cert");
  if (flag.length !== 1 || flag[0] !== "true") return notForwarded;
  const first = (key: string): string => texts(key)[0] ?? "";
  return {
    isForwarded: true,
    nodeId: first("forwarded_cert_cn"),
    organization: first("forwarded_cert_org"),
    roles: texts("forwarded_cert_ou"),
    address: first("remote_addr"),
  };
}

/** For whom a call has been passed on already; empty when it comes from the caller himself. */
export function readRedirects(metadata: Metadata): readonly string[] {
  return metadata.get(redirectKey).map(String);
}

/**
 * The metadata of a call that is passed on to the leader: the caller's own, and who he is.
 *
 * The leader sees our certificate, a manager's. For the control socket that is right, since whoever
 * may open it commands this manager. Everybody else must be named, and he whose certificate does not
 * count (`caller` then has no node id) by blanks: else he would inherit what we may do.
 */
export function toForwarded(metadata: Metadata, peer: Peer, caller: Caller): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const [key, value] of Object.entries(metadata.toHttp2Headers())) {
    if (ownKeys.has(key) || transportKeys.has(key)) continue;
    if (key.startsWith("grpc-") || key.startsWith(":")) continue;
    // The library cut it at commas, dates too; and some names may stand only once.
    headers[key] = Array.isArray(value) ? value.join(", ") : value;
  }
  if (peer.kind === "local") return { ...headers, [redirectKey]: localRedirect };
  const isNamed = peer.kind === "node" && caller.nodeId !== "";
  const { nodeId, organization, roles } = isNamed ? peer.certificate : notForwarded;
  return {
    ...headers,
    [redirectKey]: peer.address,
    forwarded_cert: "true",
    forwarded_cert_cn: nodeId,
    forwarded_cert_org: organization,
    forwarded_cert_ou: roles.length === 0 ? "" : [...roles],
    remote_addr: peer.address,
  };
}

/** Trailers with one entry. */
export function aTrailer(key: string, value: string): Metadata {
  const metadata = new Metadata();
  metadata.set(key, value);
  return metadata;
}
