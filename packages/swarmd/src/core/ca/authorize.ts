// Who is calling, and may they: one function for every RPC. The rules are the wire table's.
import type { Outcome } from "../lib/outcome.ts";

/** The two organizational units a node certificate can carry. */
export type CertificateRole = "swarm-manager" | "swarm-worker";

/** What a verified node certificate says; computed once per connection. */
export interface CertificateIdentity {
  readonly nodeId: string;
  readonly roles: readonly string[];
  readonly organization: string;
}

/** The caller at the other end of a connection. */
export type Peer =
  /** The control socket: whoever may open the file is trusted. */
  | { readonly kind: "local"; readonly address: string }
  /** No certificate was shown. */
  | { readonly kind: "anonymous"; readonly address: string }
  | { readonly kind: "node"; readonly address: string; readonly certificate: CertificateIdentity };

/** Metadata by which a manager that proxies a call tells whose call it is. */
export interface ForwardedMetadata {
  /** True when `forwarded_cert` is exactly one value "true". */
  readonly isForwarded: boolean;
  readonly nodeId: string;
  readonly organization: string;
  readonly roles: readonly string[];
  readonly address: string;
}

export interface AuthorizationRule {
  readonly roles: readonly string[];
  /** True when the method decides by itself who may call it. */
  readonly insecure: boolean;
}

/** The facts of the cluster that a decision needs. */
export interface AuthorizationContext {
  readonly organization: string;
  /** This node, which is who a local caller acts as. */
  readonly nodeId: string;
  isBlacklisted(nodeId: string): boolean;
}

/** The identity a handler sees. */
export interface Caller {
  /** Empty when the caller has no certificate. */
  readonly nodeId: string;
  readonly role: CertificateRole | undefined;
  /** Remote address; of the original caller when a manager forwarded the call. */
  readonly address: string;
  readonly isLocal: boolean;
}

/**
 * Decides whether `peer` may call a method, and as whom.
 *
 * A forwarded identity counts only on a manager's connection, and then it counts alone: an anonymous
 * joiner behind a manager stays anonymous, and never inherits that manager's rights.
 */
export function authorize(
  rule: AuthorizationRule,
  peer: Peer,
  forwarded: ForwardedMetadata,
  context: AuthorizationContext,
): Outcome<Caller> {
  if (peer.kind === "local") {
    const { address } = peer;
    return allowed({ nodeId: context.nodeId, role: "swarm-manager", address, isLocal: true });
  }
  if (forwarded.isForwarded) return authorizeForwarded(rule, peer, forwarded, context);
  const anonymous = { nodeId: "", role: undefined, address: peer.address, isLocal: false } as const;
  if (peer.kind === "anonymous") {
    return rule.insecure ? allowed(anonymous) : denied("no client certificates in request");
  }
  const { certificate, address } = peer;
  const refusal = checkCertificate(rule, certificate, context);
  if (refusal === undefined) {
    return allowed({
      nodeId: certificate.nodeId,
      role: roleOf(certificate),
      address,
      isLocal: false,
    });
  }
  // A method that anybody may call treats a certificate that does not count as none.
  return rule.insecure ? allowed(anonymous) : denied(refusal);
}

function authorizeForwarded(
  rule: AuthorizationRule,
  peer: Exclude<Peer, { kind: "local" }>,
  forwarded: ForwardedMetadata,
  context: AuthorizationContext,
): Outcome<Caller> {
  if (peer.kind === "anonymous") return denied("no client certificates in request");
  const managersOnly = { roles: ["swarm-manager"], insecure: false };
  const refusal = checkCertificate(managersOnly, peer.certificate, context);
  if (refusal !== undefined) return denied(refusal);
  const { address, nodeId, organization, roles } = forwarded;
  const anonymous = { nodeId: "", role: undefined, address, isLocal: false } as const;
  if (nodeId === "" || organization === "" || roles.length === 0) {
    return rule.insecure ? allowed(anonymous) : denied("missing information in forwarded request");
  }
  const certificate = { nodeId, organization, roles };
  // The blacklist applies to forwarded identities too; SwarmKit leaves that gap open.
  const forwardedRefusal = checkCertificate(rule, certificate, context);
  if (forwardedRefusal === undefined) {
    return allowed({ nodeId, role: roleOf(certificate), address, isLocal: false });
  }
  return rule.insecure ? allowed(anonymous) : denied(forwardedRefusal);
}

/** Why a certificate does not give access; undefined when it does. */
function checkCertificate(
  rule: AuthorizationRule,
  certificate: CertificateIdentity,
  context: AuthorizationContext,
): string | undefined {
  const { nodeId, organization, roles } = certificate;
  if (context.isBlacklisted(nodeId)) return `node ${nodeId} was removed from swarm`;
  if (organization !== context.organization) {
    return `remote certificate not part of organization: ${context.organization}`;
  }
  if (!rule.insecure && !roles.some((role) => rule.roles.includes(role))) {
    return `remote certificate not part of OUs: [${rule.roles.join(" ")}]`;
  }
  return undefined;
}

function roleOf(certificate: CertificateIdentity): CertificateRole {
  return certificate.roles.includes("swarm-manager") ? "swarm-manager" : "swarm-worker";
}

function allowed(caller: Caller): Outcome<Caller> {
  return { ok: true, value: caller };
}

function denied(reason: string): Outcome<Caller> {
  const message = `Permission denied: unauthorized peer role: rpc error: code = PermissionDenied desc = ${reason}`;
  return { ok: false, code: "permission-denied", message };
}
