// The calls that a node makes to whichever manager it turns to.
import { DispatcherError } from "../agent/dispatcher-connection.ts";
import { type RenewalTarget, renewIdentity } from "../ca/renew.ts";
import { dialDispatcher } from "../grpc/dispatcher-client.ts";
import type { NodeIdentity } from "../tls/node-identity.ts";

/** The agent's line to a manager. Rejects with `unavailable` when none is known. */
export async function connectDispatcher(
  target: RenewalTarget | undefined,
  identity: NodeIdentity,
): Promise<ReturnType<typeof dialDispatcher>> {
  if (target === undefined) {
    const message = "no manager is known: start swarmd with --join-addr, a manager's host:port";
    throw new DispatcherError("unavailable", message);
  }
  if (target.kind === "local")
    return dialDispatcher(`unix:${target.socketPath}`, { kind: "local" });
  const { rootPem } = identity;
  const trust = { kind: "swarm", serverName: "swarm-manager", rootPem, identity } as const;
  return dialDispatcher(target.address, trust);
}

/** A certificate from the first manager that issues one; rejects with what the last of them said. */
export async function renewAnywhere(
  current: NodeIdentity,
  targets: readonly RenewalTarget[],
): Promise<NodeIdentity> {
  let failure: unknown = new Error("no manager is known");
  for (const target of targets) {
    try {
      return await renewIdentity(current, target, Date.now());
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
