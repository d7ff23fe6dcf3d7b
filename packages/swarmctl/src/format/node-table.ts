import type { Node } from "@swarmkit/proto/types";
import { compareText, nodeName } from "./names.ts";
import { formatTable } from "./table.ts";

const columns = ["ID", "Name", "Membership", "Status", "Availability", "Manager Status"];

/** The order in which nodes are listed: by name. */
export function sortNodes(nodes: readonly Node[]): readonly Node[] {
  return [...nodes].sort(
    (left, right) => compareText(nodeName(left), nodeName(right)) || compareText(left.id, right.id),
  );
}

export function formatNodeTable(nodes: readonly Node[]): string {
  return formatTable(
    columns,
    nodes.map((node) => [
      node.id,
      node.spec.annotations.name || (node.description?.hostname ?? ""),
      node.spec.membership,
      node.status.state,
      node.spec.availability,
      managerStatus(node),
    ]),
  );
}

function managerStatus({ managerStatus: status, spec }: Node): string {
  if (status === undefined) return spec.desiredRole === "MANAGER" ? "UNKNOWN" : "";
  return status.leader ? "LEADER" : status.reachability;
}
