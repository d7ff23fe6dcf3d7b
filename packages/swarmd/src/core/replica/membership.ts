import type { ClusterSnapshot, RaftMember } from "@swarmkit/proto/types";
import { type ConfChange, type ConfChangeV2, isConfChangeV2, type RaftId } from "@swarmkit/raft";

/**
 * Who the members of the raft group are, with their addresses. Raft itself knows only ids; the rest comes
 * with the membership changes in the log, and with snapshots.
 */
export class Membership {
  readonly #byId = new Map<RaftId, RaftMember>();
  /**
   * Ids are never used again: a removed member that comes back must not count. Only a recovery makes one a
   * member again, which goes on alone.
   */
  readonly #removed = new Set<RaftId>();

  /** All members, in the order in which they joined. */
  members(): readonly RaftMember[] {
    return [...this.#byId.values()];
  }

  find(raftId: RaftId): RaftMember | undefined {
    return this.#byId.get(raftId);
  }

  /** Whether this id was a member's once. */
  isRemoved(raftId: RaftId): boolean {
    return this.#removed.has(raftId) && !this.#byId.has(raftId);
  }

  /** Takes a committed change into account. */
  apply(change: ConfChange | ConfChangeV2, decodeMember: (bytes: Uint8Array) => RaftMember): void {
    if (isConfChangeV2(change)) {
      // No SwarmKit member writes these; one that removes must be obeyed all the same.
      for (const { type, nodeId } of change.changes)
        if (type === "remove-node") this.#remove(nodeId);
      return;
    }
    if (change.type === "remove-node") {
      this.#remove(change.nodeId);
      return;
    }
    const member = decodeMember(change.context);
    // As in SwarmKit, a change without a description concerns raft alone.
    if (member.raftId !== "0" && member.raftId !== "") this.#byId.set(member.raftId, member);
  }

  toSnapshot(): ClusterSnapshot {
    return { members: this.members(), removed: [...this.#removed] };
  }

  restore({ members, removed }: ClusterSnapshot): void {
    this.#byId.clear();
    this.#removed.clear();
    for (const member of members) this.#byId.set(member.raftId, member);
    for (const raftId of removed) this.#removed.add(raftId);
  }

  #remove(raftId: RaftId): void {
    this.#byId.delete(raftId);
    this.#removed.add(raftId);
  }
}
