// A member's next certificate. Its role is what the swarm says by now, which is how a node learns that it
// was promoted or demoted.
import { SwarmdError } from "../errors.ts";
import { RpcClient } from "../grpc/client.ts";
import { RpcError } from "../grpc/rpc-error.ts";
import { findFlaw, type NodeIdentity, toNodeIdentity } from "../tls/node-identity.ts";
import { requestCertificate } from "./request-certificate.ts";

/** Where to ask: another manager's `host:port`, or the own control socket. */
export type RenewalTarget =
  | { readonly kind: "remote"; readonly address: string }
  | { readonly kind: "local"; readonly socketPath: string };

/**
 * Rejects with an `RpcError`, with `node-removed` when the swarm does not know this node any more, or with
 * another coded error when what comes back is not usable.
 */
export async function renewIdentity(
  current: NodeIdentity,
  target: RenewalTarget,
  nowMs: number,
): Promise<NodeIdentity> {
  const { address, client } = openClient(target, current);
  try {
    const role = current.role === "swarm-manager" ? "MANAGER" : "WORKER";
    const order = { client, address, token: "", role, availability: "ACTIVE" } as const;
    const files = { ...(await requestCertificate(order)), rootPem: current.rootPem };
    const next = toNodeIdentity(files, "the renewed certificate");
    const flaw = findFlaw(next, nowMs) ?? findStranger(next, current);
    if (flaw === undefined) return next;
    const message = `the manager at ${address} issued a certificate that is of no use: ${flaw}`;
    throw new SwarmdError("identity-invalid", message);
  } catch (error) {
    throw isUnknownToSwarm(error) ? removedError(current.nodeId, error) : error;
  } finally {
    client.close();
  }
}

/**
 * A certificate that was struck off counts as none, and then a token is asked for; one whose node is gone
 * otherwise, as from an older backup, has no node to be renewed for.
 */
function isUnknownToSwarm(error: unknown): boolean {
  if (!(error instanceof RpcError)) return false;
  const isStruckOff = error.code === "invalid-argument" && error.message.includes("join token");
  return isStruckOff || error.code === "not-found";
}

function removedError(nodeId: string, cause: unknown): SwarmdError {
  const remedy = "to join again, start it with an empty --state-dir, --join-addr and --join-token";
  const message = `this node, ${nodeId}, was removed from the swarm; ${remedy}`;
  return new SwarmdError("node-removed", message, { cause });
}

/** A line to a manager as a certificate authority; it has to be closed. */
export function openClient(
  target: RenewalTarget,
  identity: NodeIdentity,
): { readonly address: string; readonly client: RpcClient } {
  if (target.kind === "local") {
    const address = `unix:${target.socketPath}`;
    return { address, client: new RpcClient(address, { kind: "local" }) };
  }
  const { address } = target;
  const { rootPem } = identity;
  const trust = { kind: "swarm", serverName: "swarm-ca", rootPem, identity } as const;
  return { address, client: new RpcClient(address, trust) };
}

function findStranger(next: NodeIdentity, current: NodeIdentity): string | undefined {
  const isSame = next.nodeId === current.nodeId && next.organization === current.organization;
  return isSame ? undefined : `it is for the node ${next.nodeId} of the swarm ${next.organization}`;
}
