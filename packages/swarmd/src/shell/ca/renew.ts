// A member's next certificate. Its role is what the swarm says by now, which is how a node learns that it
// was promoted or demoted.
import { SwarmdError } from "../errors.ts";
import { RpcClient, type Trust } from "../grpc/client.ts";
import { findFlaw, type NodeIdentity, toNodeIdentity } from "../tls/node-identity.ts";
import { requestCertificate } from "./request-certificate.ts";

/** Where to ask: another manager's `host:port`, or the own control socket. */
export type RenewalTarget =
  | { readonly kind: "remote"; readonly address: string }
  | { readonly kind: "local"; readonly socketPath: string };

/** Rejects with an `RpcError`, or with a coded error when what comes back is not usable. */
export async function renewIdentity(
  current: NodeIdentity,
  target: RenewalTarget,
  nowMs: number,
): Promise<NodeIdentity> {
  const address = target.kind === "remote" ? target.address : `unix:${target.socketPath}`;
  const client = new RpcClient(address, trustOf(current, target));
  try {
    const role = current.role === "swarm-manager" ? "MANAGER" : "WORKER";
    const order = { client, address, token: "", role, availability: "ACTIVE" } as const;
    const files = { ...(await requestCertificate(order)), rootPem: current.rootPem };
    const next = toNodeIdentity(files, "the renewed certificate");
    const flaw = findFlaw(next, nowMs) ?? findStranger(next, current);
    if (flaw === undefined) return next;
    const message = `the manager at ${address} issued a certificate that is of no use: ${flaw}`;
    throw new SwarmdError("identity-invalid", message);
  } finally {
    client.close();
  }
}

function trustOf(identity: NodeIdentity, target: RenewalTarget): Trust {
  if (target.kind === "local") return { kind: "local" };
  const { rootPem } = identity;
  return { kind: "swarm", serverName: "swarm-ca", rootPem, identity };
}

function findStranger(next: NodeIdentity, current: NodeIdentity): string | undefined {
  const isSame = next.nodeId === current.nodeId && next.organization === current.organization;
  return isSame ? undefined : `it is for the node ${next.nodeId} of the swarm ${next.organization}`;
}
