import type { ManagerCore } from "../../core/manager/manager-core.ts";
import { encodeStoreSnapshotInSlices } from "../raft/encode-in-slices.ts";
import type { RaftHost } from "../raft/raft-host.ts";

/** What the Raft driver drives: the manager's core, and who is told when the log fails. */
export function createRaftHost(core: ManagerCore, fatal: (error: Error) => void): RaftHost {
  return {
    applyEntry: (entry) => core.applyEntry(entry),
    confChangeApplied: (index) => core.confChangeApplied(index),
    restoreSnapshot: (store, index) => core.restoreSnapshot(store, index),
    leadershipChanged: (isLeader) => core.leadershipChanged(isLeader),
    leaderChanged: () => core.leaderChanged(),
    membersChanged: () => core.membersChanged(),
    removed: () => core.removed(),
    readReady: (context) => core.readReady(context),
    takeSnapshot: () => {
      const snapshot = core.store.save();
      return () => encodeStoreSnapshotInSlices(snapshot);
    },
    fatal,
  };
}
