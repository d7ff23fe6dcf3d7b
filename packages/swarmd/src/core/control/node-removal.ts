import type {
  BlacklistedCertificate,
  Node,
  RemoveNodeRequest,
  RemoveNodeResponse,
} from "@swarmkit/proto/types";
import { type Outcome, type Refusal, refuse } from "../lib/outcome.ts";
import { toTimestamp } from "../lib/time.ts";
import { compareTaskStates } from "../model/task-state.ts";
import type { WriteResult, WriteTransaction } from "../store/types.ts";
import { pruneBlacklist } from "./blacklist.ts";
import type { ControlContext } from "./context.ts";
import { invalidArgument, notFound, toOutcome } from "./refusals.ts";

/**
 * Removes a node in one transaction: its certificate is listed as void, its tasks that have not
 * ended become ORPHANED (nobody will report on them any more), and the object goes.
 */
export function removeNode(
  request: RemoveNodeRequest,
  tx: WriteTransaction,
  context: ControlContext,
): Outcome<RemoveNodeResponse> {
  if (request.nodeId === "") return invalidArgument;
  const node = tx.get("node", request.nodeId);
  if (node === undefined) return notFound("node", request.nodeId);
  const refusal = checkRemovable(node, request, context);
  if (refusal !== undefined) return refusal;
  const [cluster, ...others] = tx.find("cluster", { by: "name", name: "default" });
  if (cluster === undefined || others.length > 0) {
    return refuse("internal", "could not fetch cluster object");
  }
  const blacklisted = {
    ...cluster.blacklistedCertificates,
    [node.id]: toBlacklisted(node, context),
  };
  const blacklistedCertificates = pruneBlacklist(blacklisted, context.now);
  const written = inTurn([
    () => tx.update("cluster", { ...cluster, blacklistedCertificates }),
    () => orphanTasks(node.id, tx, context),
    () => tx.remove("node", node.id),
  ]);
  return toOutcome(written, () => ({}));
}

function checkRemovable(
  node: Node,
  { force }: RemoveNodeRequest,
  { members }: ControlContext,
): Refusal | undefined {
  const isMember = members.some(({ nodeId }) => nodeId === node.id);
  if (node.spec.desiredRole === "MANAGER" && isMember) {
    return refuse(
      "failed-precondition",
      `node ${node.id} is a cluster manager and is a member of the raft cluster. ` +
        "It must be demoted to worker before removal",
    );
  }
  if (force || node.status.state !== "READY") return undefined;
  return refuse("failed-precondition", `node ${node.id} is not down and can't be removed`);
}

/** Listed for ever when the end of its certificate is not known. */
function toBlacklisted({ certificate }: Node, context: ControlContext): BlacklistedCertificate {
  if (certificate.certificate.length === 0) return {};
  const expiry = context.findCertificateExpiry(certificate.certificate);
  return expiry === undefined ? {} : { expiry: toTimestamp(expiry) };
}

function orphanTasks(nodeId: string, tx: WriteTransaction, { now }: ControlContext): WriteResult {
  const writes = tx
    .find("task", { by: "node", nodeId })
    .filter(({ status }) => compareTaskStates(status.state, "COMPLETE") < 0)
    .map((task) => () => {
      const status = {
        timestamp: toTimestamp(now),
        state: "ORPHANED",
        message: "Task belonged to a node that has been deleted",
        err: "",
        appliedBy: "",
      } as const;
      return tx.update("task", { ...task, status });
    });
  return inTurn(writes);
}

/** Makes writes up to the first that is refused. */
function inTurn(writes: readonly (() => WriteResult)[]): WriteResult {
  for (const write of writes) {
    const result = write();
    if (!result.ok) return result;
  }
  return { ok: true };
}
