/**
 * Recovery from a lost quorum (`--force-new-cluster`): a manager's log is made that of a group of one. What
 * is not known to be committed goes; for every other member a removal is appended and counts as
 * committed. All other data stays (swarmkit manager/state/raft, ForceNewCluster).
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
  /** The found entries that are committed. */
  readonly kept: readonly Entry[];
  /** Membership changes that follow them; none when the member is alone already. */
  readonly appended: readonly Entry[];
  readonly hardState: HardState;
  /** Members that are removed, in numeric order. */
  readonly removedRaftIds: readonly string[];
  /** Found entries that are not known to be committed, and go. */
  readonly droppedCount: number;
}

/** Works out the recovery. Throws `recovery-impossible` for a log that holds no data of a swarm. */
export function planRecovery(found: FoundLog): RecoveryPlan {
  const { entries, hardState, metadata, raftId, snapshot } = found;
  const { kept, confState } = keepCommitted(found);
  const start = snapshot?.metadata ?? { index: 0, term: 0 };
  const last = kept.at(-1) ?? start;
  if (last.index === 0) throw nothingToRecover("its raft log holds nothing that was committed");
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

/** The committed entries, and the membership after them. */
function keepCommitted(found: FoundLog): {
  readonly kept: readonly Entry[];
  readonly confState: ConfState;
} {
  const { entries, hardState, raftId, snapshot } = found;
  let confState: ConfState = snapshot?.metadata.confState ?? { voters: [] };
  const commit = hardState?.commit ?? 0;
  for (const [position, entry] of entries.entries()) {
    const isAlone = confState.voters.length === 1 && confState.voters[0] === raftId;
    // A lone voter's log is committed as it stands, though its hard state may say so later.
    if (entry.index > commit && !isAlone) return { kept: entries.slice(0, position), confState };
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
