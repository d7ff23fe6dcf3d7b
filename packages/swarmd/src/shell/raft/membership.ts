import { getCodec, type RaftMember } from "@swarmkit/proto";
import type { ConfChange } from "@swarmkit/raft";

/**
 * Who the members of the raft group are, with their addresses. Raft itself knows only ids; the rest comes
 * with the membership changes in the log, and with snapshots.
 */
export class Membership {
  private readonly byId = new Map<string, RaftMember>();
  /** Ids are never used again: a removed member that comes back must not count. */
  private readonly removed = new Set<string>();

  /** All members, in the order in which they joined. */
  members(): readonly RaftMember[] {
    return [...this.byId.values()];
  }

  /** Whether this id was a member's once. */
  isRemoved(raftId: string): boolean {
    return this.removed.has(raftId);
  }

  /** Takes a committed change into account. */
  apply(change: ConfChange): void {
    if (change.type === "remove-node") {
      this.byId.delete(change.nodeId);
      this.removed.add(change.nodeId);
      return;
    }
    const member = getCodec("RaftMember").decode(change.context);
    // As in SwarmKit, a change without a description concerns raft alone.
    if (member.raftId !== "0" && member.raftId !== "") this.byId.set(member.raftId, member);
  }

  /** A ClusterSnapshot message of the members now. */
  encode(): Uint8Array {
    const removed = [...this.removed];
    return getCodec("ClusterSnapshot").encode({ members: this.members(), removed });
  }

  /** Replaces all by what a ClusterSnapshot message says. */
  restore(encoded: Uint8Array): void {
    const { members, removed } = getCodec("ClusterSnapshot").decode(encoded);
    this.byId.clear();
    this.removed.clear();
    for (const member of members) this.byId.set(member.raftId, member);
    for (const raftId of removed) this.removed.add(raftId);
  }
}
