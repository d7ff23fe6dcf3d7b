import type { Cluster } from "@swarmkit/proto/types";
import { type ClusterFounding, createCluster } from "../model/new-cluster.ts";
import { createNode } from "../model/new-node.ts";
import type { WriteTransaction } from "../store/types.ts";

/** Whether the state is that of a swarm. */
export type BootstrapResult =
  | { readonly ok: true; readonly cluster: Cluster }
  /** There is no cluster object, and nothing to make one of: the founding was cut short. */
  | { readonly ok: false };

/**
 * What every new leader does first: the cluster object is there, and so is the manager's own node
 * (swarmkit manager/manager.go, becomeLeader). Its role is set at once; SwarmKit leaves that to the
 * role manager, a moment later.
 */
export function bootstrap(
  transaction: WriteTransaction,
  options: { readonly nodeId: string; readonly founding: ClusterFounding | undefined },
): BootstrapResult {
  const { nodeId, founding } = options;
  const [existing] = transaction.find("cluster", { by: "name", name: "default" });
  if (existing === undefined && founding === undefined) return { ok: false };
  const cluster = existing ?? createCluster(founding as ClusterFounding);
  if (existing === undefined) transaction.create("cluster", cluster);
  if (transaction.get("node", nodeId) === undefined) {
    const node = createNode({ id: nodeId, desiredRole: "MANAGER", availability: "ACTIVE" });
    transaction.create("node", {
      ...node,
      role: "MANAGER",
      certificate: { ...node.certificate, status: { state: "ISSUED", err: "" } },
    });
  }
  return { ok: true, cluster };
}
