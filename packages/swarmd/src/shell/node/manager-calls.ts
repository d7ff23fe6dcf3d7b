// The calls that a node makes to whichever manager it turns to.
import { DispatcherError } from "../agent/dispatcher-connection.ts";
import type { RenewalTarget } from "../ca/renew.ts";
import { SwarmdError } from "../errors.ts";
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

/** Asks one manager after the other until one answers; rejects with what the last of them said. */
export async function askInTurn<Answer>(
  targets: readonly RenewalTarget[],
  ask: (target: RenewalTarget) => Promise<Answer>,
): Promise<Answer> {
  let failure: unknown = new Error("no manager is known");
  for (const target of targets) {
    try {
      return await ask(target);
    } catch (error) {
      // What one knows for certain, the others need not be asked.
      if (error instanceof SwarmdError && error.code === "node-removed") throw error;
      failure = error;
    }
  }
  throw failure;
}
