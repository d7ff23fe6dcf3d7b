import type {
  GetNodeRequest,
  GetNodeResponse,
  ListNodesRequest,
  ListNodesRequestFilters,
  ListNodesResponse,
  Node,
  NodeSpec,
  UpdateNodeRequest,
  UpdateNodeResponse,
} from "@swarmkit/proto/types";
import { type Outcome, type Refusal, refuse, succeed } from "../lib/outcome.ts";
import { isDemotionForced, withoutForcedDemotion } from "../model/force-demotion.ts";
import { canRemoveMember } from "../model/quorum.ts";
import type { Query, ReadView, WriteTransaction } from "../store/types.ts";
import type { ClusterMember, ControlContext } from "./context.ts";
import { invalidArgument, notFound, toOutcome } from "./refusals.ts";
import { matchesLabels, passes, selectAll, type Traits } from "./select.ts";

const traits: Traits<"node"> = {
  table: "node",
  name: ({ description }) => description?.hostname,
  labels: ({ description }) => description?.engine?.labels,
};

export function getNode(
  { nodeId }: GetNodeRequest,
  view: ReadView,
  { members }: ControlContext,
): Outcome<GetNodeResponse> {
  if (nodeId === "") return invalidArgument;
  const node = view.get("node", nodeId);
  if (node === undefined) return notFound("node", nodeId);
  return succeed({ node: withManagerStatus(node, members) });
}

export function listNodes(
  { filters }: ListNodesRequest,
  view: ReadView,
  { members }: ControlContext,
): Outcome<ListNodesResponse> {
  const found = selectAll(view, traits, filters, filters && narrowingQueries(filters));
  const nodes = found.filter((node) => filters === undefined || passesAll(node, filters));
  return succeed({ nodes: nodes.map((node) => withManagerStatus(node, members)) });
}

export function updateNode(
  { nodeId, nodeVersion, spec }: UpdateNodeRequest,
  tx: WriteTransaction,
  { members }: ControlContext,
): Outcome<UpdateNodeResponse> {
  if (nodeId === "" || nodeVersion === undefined || spec === undefined) return invalidArgument;
  const node = tx.get("node", nodeId);
  if (node === undefined) return notFound("node", nodeId);
  const refusal = checkDemotion(node, spec, tx, members);
  if (refusal !== undefined) return refusal;
  const updated = tx.update("node", {
    ...node,
    meta: { ...node.meta, version: nodeVersion },
    // What was said of one demotion must not hold for the next.
    spec: spec.desiredRole === "MANAGER" ? withoutForcedDemotion(spec) : spec,
  });
  return toOutcome(updated, () => ({ node: tx.get("node", nodeId) }));
}

function narrowingQueries({
  roles,
  memberships,
}: ListNodesRequestFilters): readonly Query<"node">[] {
  if (roles.length > 0) return roles.map((role) => ({ by: "role", role }));
  return memberships.map((membership) => ({ by: "membership", membership }));
}

function passesAll(node: Node, filters: ListNodesRequestFilters): boolean {
  return (
    passes(filters.roles, (role) => role === node.role) &&
    passes(filters.memberships, (membership) => membership === node.spec.membership) &&
    matchesLabels(node.spec.annotations.labels, filters.nodeLabels)
  );
}

/** What Raft knows of a manager is not in the store; it is added to what is shown. */
function withManagerStatus(node: Node, members: readonly ClusterMember[]): Node {
  const member = members.find(({ nodeId }) => nodeId === node.id);
  if (member === undefined) return node;
  const { raftId, addr, isLeader, reachability } = member;
  return { ...node, managerStatus: { raftId, addr, leader: isLeader, reachability } };
}

/**
 * Only demotions can do harm. Those of nodes that have never joined the Raft group are let through, where
 * SwarmKit says "can't find manager in raft memberlist": a promotion by mistake must not be for ever.
 */
function checkDemotion(
  node: Node,
  spec: NodeSpec,
  view: ReadView,
  members: readonly ClusterMember[],
): Refusal | undefined {
  if (node.spec.desiredRole !== "MANAGER" || spec.desiredRole === "MANAGER") return undefined;
  // Those who are on their way out do not count, or two demotions at once would take the last two.
  const others = view
    .find("node", { by: "role", role: "MANAGER" })
    .filter(({ id, spec: { desiredRole } }) => id !== node.id && desiredRole === "MANAGER");
  if (others.length === 0) {
    return refuse("failed-precondition", "attempting to demote the last manager of the swarm");
  }
  const member = members.find(({ nodeId }) => nodeId === node.id);
  if (member === undefined || isDemotionForced(spec)) return undefined;
  if (canRemoveMember(members, member.raftId)) return undefined;
  return refuse(
    "failed-precondition",
    "can't remove member from the raft: this would result in a loss of quorum",
  );
}
