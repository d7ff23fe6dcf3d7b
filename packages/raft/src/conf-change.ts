// Membership changes of one member at a time. Two majorities that differ by one member always share a
// member, so no joint phase is needed (the thesis, §4.1). A change takes effect when it is applied.
import { assert } from "./errors.ts";
import { assertRaftId, type RaftId, sortRaftIds } from "./raft-id.ts";
import type { ConfState } from "./state.ts";

/** One change. `context` and "update-node" matter to the host only (a member's address, for example). */
export interface ConfChange {
  /** Chosen by the proposer to recognise its own change; a decimal uint64, opaque here. */
  readonly id: string;
  readonly type: "add-node" | "remove-node" | "update-node";
  readonly nodeId: RaftId;
  readonly context: Uint8Array;
}

/**
 * The membership after `change`. Adding a member twice or removing a stranger changes nothing, because a
 * restart and a snapshot both replay changes that were already known.
 */
export function changedConfState(confState: ConfState, change: ConfChange): ConfState {
  assertRaftId(change.nodeId);
  switch (change.type) {
    case "add-node":
      return { voters: sortRaftIds([...confState.voters, change.nodeId]) };
    case "remove-node": {
      const voters = confState.voters.filter((id) => id !== change.nodeId);
      assert(
        voters.length > 0 || confState.voters.length === 0,
        `applying a change would remove the last voter ${change.nodeId}`,
      );
      return { voters };
    }
    case "update-node":
      return confState;
  }
}
