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
import type { Query, ReadView, WriteTransaction } from "../store/types.ts";
import type { ClusterMember, ControlContext } from "./context.ts";
import { invalidArgument, notBuilt, notFound, toOutcome } from "./refusals.ts";
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
): Outcome<UpdateNodeResponse> {
  if (nodeId === "" || nodeVersion === undefined || spec === undefined) return invalidArgument;
  const node = tx.get("node", nodeId);
  if (node === undefined) return notFound("node", nodeId);
  const refusal = checkRole(node, spec, tx);
  if (refusal !== undefined) return refusal;
  const updated = tx.update("node", {
    ...node,
    meta: { ...node.meta, version: nodeVersion },
    spec,
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

function checkRole(node: Node, spec: NodeSpec, view: ReadView): Refusal | undefined {
  if (spec.desiredRole === node.spec.desiredRole) return undefined;
  if (node.spec.desiredRole === "MANAGER") {
    const [manager, ...others] = view.find("node", { by: "role", role: "MANAGER" });
    if (manager?.id === node.id && others.length === 0) {
      return refuse("failed-precondition", "attempting to demote the last manager of the swarm");
    }
  }
  const remedy = "this version has one manager, the node that started the swarm";
  return notBuilt("changing a node's role is", remedy);
}
