/**
 * Recovery from a lost quorum (`--force-new-cluster`): a manager's log is made that of a group of one. All
 * that it holds counts as committed, and so does a removal that is appended for every other member.
 *
 * SwarmKit drops what is not known to be committed (manager/state/raft, ForceNewCluster). Here it stays: a
 * member hears of a commit after the client, so it may have been acknowledged. If it was not, its client
 * does not know what became of it, and it may as well have happened.
 *
 * It is one write to the log. When a crash tears it, the log still says what it said before, and the next
 * start with the flag does it again; done twice, the second time finds nothing to do.
 */
import { getCodec } from "@swarmkit/proto";
import {
  type ConfState,
  confStateMembers,
  type Entry,
  type HardState,
  type Snapshot,
  tryConfChange,
} from "@swarmkit/raft";
import { SwarmdError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { decodeConfChange, encodeConfChange } from "./conf-change-codec.ts";
import type { Wal } from "./wal.ts";
import type { Replay } from "./wal-replay.ts";

/** A member's log as it was found, and whose it is. */
export interface FoundLog {
  readonly raftId: string;
  /** An encoded RaftMember: this member as its group knows it. */
  readonly metadata: Uint8Array;
  readonly hardState: HardState | undefined;
  /** After the snapshot, consecutive. */
  readonly entries: readonly Entry[];
  readonly snapshot: Pick<Snapshot, "metadata"> | undefined;
}

/** What makes a found log that of a group of one. */
export interface RecoveryPlan {
  /** The found entries that count as committed. */
  readonly kept: readonly Entry[];
  /** Membership changes that follow them; none when the member is alone already. */
  readonly appended: readonly Entry[];
  readonly hardState: HardState;
  /** Members that are removed, in numeric order. */
  readonly removedRaftIds: readonly string[];
  /** Found entries that follow this member's own removal, and go. */
  readonly droppedCount: number;
}

/** Works out the recovery. Throws `recovery-impossible` for a log that holds no data of a swarm. */
export function planRecovery(found: FoundLog): RecoveryPlan {
  const { entries, hardState, metadata, raftId, snapshot } = found;
  const start = snapshot?.metadata ?? { index: 0, term: 0 };
  if (Math.max(hardState?.commit ?? 0, start.index) === 0) {
    throw nothingToRecover("its raft log holds nothing that was committed");
  }
  const { kept, confState } = keepOwn(found);
  const last = kept.at(-1) ?? start;
  const known = hardState ?? { term: last.term, vote: undefined, commit: 0 };
  const removedRaftIds = confStateMembers(confState).filter((member) => member !== raftId);
  const isVoter = confState.voters.includes(raftId);
  // First of all a voter that stays: no group may be without one, not for a moment.
  const changes = [
    ...(isVoter ? [] : [{ type: "add-node", nodeId: raftId, context: metadata } as const]),
    ...removedRaftIds.map((nodeId) => {
      return { type: "remove-node", nodeId, context: new Uint8Array() } as const;
    }),
  ];
  // A term of its own, so that no entry of the lost group is taken for one of these.
  const term = changes.length === 0 ? known.term : known.term + 1;
  const appended = changes.map((change, position): Entry => {
    const index = last.index + 1 + position;
    return { index, term, type: "conf-change", data: encodeConfChange({ id: "0", ...change }) };
  });
  const vote = changes.length === 0 ? known.vote : undefined;
  const commit = last.index + appended.length;
  const droppedCount = entries.length - kept.length;
  return { kept, appended, hardState: { term, vote, commit }, removedRaftIds, droppedCount };
}

/** Makes the log that of a group of one, durably; answers what it says from now on. */
export async function recoverAlone(options: {
  readonly wal: Pick<Wal, "append" | "flush">;
  readonly replay: Replay;
  readonly snapshot: Snapshot | undefined;
  readonly log: Logger;
}): Promise<Replay> {
  const { log, replay, snapshot, wal } = options;
  const { raftId } = getCodec("RaftMember").decode(replay.metadata);
  const plan = planRecovery({ ...replay, raftId, snapshot });
  const { appended, droppedCount, hardState, kept, removedRaftIds } = plan;
  if (appended.length > 0) {
    // The term comes before the entries that bear it, however much of the write a crash lets through.
    const keptIndex = kept.at(-1)?.index ?? snapshot?.metadata.index ?? 0;
    const commit = Math.min(replay.hardState?.commit ?? 0, keptIndex);
    wal.append([], { ...hardState, commit });
    wal.append(appended, hardState);
    await wal.flush({ sync: true });
  }
  log.warn("this manager goes on alone, as --force-new-cluster says", {
    removedMembers: removedRaftIds,
    droppedEntries: droppedCount,
    lastEntry: hardState.commit,
  });
  return { ...replay, entries: [...kept, ...appended], hardState };
}

/** The error for a manager that has nothing to go on with. */
export function nothingToRecover(why: string): SwarmdError {
  return new SwarmdError(
    "recovery-impossible",
    `--force-new-cluster cannot make a swarm of this manager's data: ${why}. Nothing was changed. ` +
      "Try it on another manager that has been in the swarm, or restore a backup with --restore",
  );
}

/** The entries up to this member's own removal, and the membership after them. */
function keepOwn({ entries, raftId, snapshot }: FoundLog): {
  readonly kept: readonly Entry[];
  readonly confState: ConfState;
} {
  let confState: ConfState = snapshot?.metadata.confState ?? { voters: [] };
  for (const [position, entry] of entries.entries()) {
    if (entry.type === "normal") continue;
    const result = tryConfChange(confState, decodeConfChange(entry));
    // The log of a removed member ends with its removal, which is what is to be undone.
    const isKept =
      result.ok && (!isMember(raftId, confState) || isMember(raftId, result.confState));
    if (!isKept) return { kept: entries.slice(0, position), confState };
    ({ confState } = result);
  }
  return { kept: entries, confState };
}

function isMember(raftId: string, confState: ConfState): boolean {
  return confStateMembers(confState).includes(raftId);
}
