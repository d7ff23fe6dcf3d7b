import type { ClusterMember } from "./cluster-member.ts";

/**
 * Whether the group can go on without a member: of those that are left, more than half must answer now
 * (swarmkit manager/state/raft/raft.go, CanRemoveMember). False for the only member, and for a stranger.
 */
export function canRemoveMember(members: readonly ClusterMember[], raftId: string): boolean {
  const rest = members.filter((member) => member.raftId !== raftId);
  if (rest.length === members.length || rest.length === 0) return false;
  const reachable = rest.filter(({ reachability }) => reachability === "REACHABLE");
  return reachable.length >= Math.floor(rest.length / 2) + 1;
}
