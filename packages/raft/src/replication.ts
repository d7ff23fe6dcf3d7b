// How a leader spreads its log (§5.3) and decides what is committed (§5.3, §5.4.2).
//
// Appends are not written when something is proposed but when the host takes a Ready: everything that
// gathered since the last one then travels in one message per follower, as one fsync saves it here.
import { confStateMembers } from "./conf-state.ts";
import { entryBytes } from "./entry.ts";
import { assert } from "./errors.ts";
import type { Raft } from "./raft.ts";
import { type RaftId, sortRaftIds } from "./raft-id.ts";
import { startEarlyReads } from "./read-index.ts";
import type { ConfState } from "./state.ts";
import type { Progress } from "./tracker/progress.ts";

/** Whether writeAppends() would write anything. */
export function hasAppendsToWrite(raft: Raft): boolean {
  if (raft.role !== "leader") return false;
  return raft.tracker.followers(raft.id).some(({ progress }) => needsAppend(raft, progress));
}

/** Writes every append that followers may get now; bounded by their windows. */
export function writeAppends(raft: Raft): void {
  if (raft.role !== "leader") return;
  for (const { id, progress } of raft.tracker.followers(raft.id)) {
    while (needsAppend(raft, progress)) writeAppend(raft, id, progress);
  }
}

/**
 * Commits what a majority has saved, if it is an entry of the own term: an older one could still be
 * replaced although a majority has it (§5.4.2, figure 8). Entries before it are committed with it.
 */
export function maybeCommit(raft: Raft): boolean {
  const index = raft.tracker.committableIndex();
  if (index <= raft.log.committed || !raft.log.hasEntry(index, raft.term)) return false;
  raft.log.commitTo(index);
  startEarlyReads(raft);
  return true;
}

function needsAppend(raft: Raft, progress: Progress): boolean {
  switch (progress.state) {
    case "probe":
      return !progress.isProbeSent;
    case "replicate":
      return (
        progress.isAppendDue ||
        (progress.next <= raft.log.lastIndex() && !progress.inflights.isFull()) ||
        progress.sentCommit < Math.min(raft.log.committed, progress.next - 1)
      );
    case "snapshot":
      return false;
  }
}

function writeAppend(raft: Raft, to: RaftId, progress: Progress): void {
  const previousIndex = progress.next - 1;
  const previousTerm = raft.log.term(previousIndex);
  const isWindowFull = progress.state === "replicate" && progress.inflights.isFull();
  const end = isWindowFull ? progress.next : raft.log.lastIndex() + 1;
  const entries = raft.log.slice(progress.next, end, raft.config.entryBytesMax);
  if (entries === "compacted" || typeof previousTerm !== "number") {
    writeSnapshot(raft, to, progress);
    return;
  }
  const commit = raft.log.committed;
  raft.send({ type: "append", to, previousIndex, previousTerm, entries, commit });
  const bytes = entries.reduce((sum, entry) => sum + entryBytes(entry.data), 0);
  progress.sent({ lastIndex: previousIndex + entries.length, bytes, commit });
}

/** §7: what the follower needs is no longer in the log. One that is not there would not take it either. */
function writeSnapshot(raft: Raft, to: RaftId, progress: Progress): void {
  if (!progress.isActive) {
    progress.awaitSignOfLife();
    return;
  }
  const { metadata, data } = raft.log.snapshot();
  assert(
    metadata.index + 1 >= raft.log.firstIndex(),
    `the log was compacted to ${raft.log.firstIndex()}, beyond the snapshot at ${metadata.index}`,
  );
  const confState = withReceiver(metadata.confState, to);
  raft.send({ type: "snapshot", to, snapshot: { metadata: { ...metadata, confState }, data } });
  progress.becomeSnapshot(metadata.index);
}

/**
 * A member that joined after the snapshot must find itself in it, or peers that check this ignore it. As a
 * learner it counts for nothing, until the log that follows says what it is; and what the log says fits,
 * because the rest is the membership of the snapshot's index.
 */
function withReceiver(confState: ConfState, to: RaftId): ConfState {
  if (confStateMembers(confState).includes(to)) return confState;
  return { ...confState, learners: sortRaftIds([...(confState.learners ?? []), to]) };
}
