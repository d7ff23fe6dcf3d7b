import type { RaftMemberStatusReachability } from "@swarmkit/proto/types";

/** One member of the Raft group, as a manager sees it. */
export interface ClusterMember {
  /** Decimal, as Raft ids fill 63 bits. */
  readonly raftId: string;
  readonly nodeId: string;
  readonly addr: string;
  readonly isLeader: boolean;
  readonly reachability: RaftMemberStatusReachability;
}
