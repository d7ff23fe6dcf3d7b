// How a leader spreads its log (§5.3) and decides what is committed (§5.3, §5.4.2).
//
// Appends are not written when something is proposed but when the host takes a Ready: everything that
// gathered since the last one then travels in one message per follower, as one fsync saves it here.
import { assert } from "./errors.ts";
import type { Raft } from "./raft.ts";
import type { RaftId } from "./raft-id.ts";
import type { Progress } from "./tracker/progress.ts";

const noContext: Uint8Array = new Uint8Array();

/**
 * Counts a tick; at every heartbeatTicks-th, all followers hear from their leader.
 *
 * A leader that has applied its own removal leads on for an election timeout, without taking proposals:
 * its job would be done (the thesis, §4.2.2), but the others still have to hear that the removal is
 * committed. In a group of two, the one that is left could otherwise never be elected; should the leader
 * crash for good just then, it still cannot. A host does better to have the other lead first.
 */
export function tickHeartbeat(raft: Raft): void {
  if (!raft.tracker.isVoter(raft.id)) {
    raft.removedTicks += 1;
    if (raft.removedTicks > raft.config.electionTicks) {
      raft.becomeFollower(raft.term, undefined);
      return;
    }
  }
  raft.elapsedTicks += 1;
  if (raft.elapsedTicks < raft.config.heartbeatTicks) return;
  raft.elapsedTicks = 0;
  // While a slow disk holds up a Ready, at most one heartbeat waits for each follower.
  raft.messages = raft.messages.filter(({ type }) => type !== "heartbeat");
  for (const { id, progress } of followers(raft)) {
    // A follower may hold other entries than the leader's beyond its match: it must not commit those.
    const commit = Math.min(progress.match, raft.log.committed);
    raft.send({ type: "heartbeat", to: id, commit, context: noContext });
  }
}

/** Whether writeAppends() would write anything. */
export function hasAppendsToWrite(raft: Raft): boolean {
  if (raft.role !== "leader") return false;
  return followers(raft).some(({ progress }) => needsAppend(raft, progress));
}

/** Writes every append that followers may get now; bounded by their windows. */
export function writeAppends(raft: Raft): void {
  if (raft.role !== "leader") return;
  for (const { id, progress } of followers(raft)) {
    while (needsAppend(raft, progress)) writeAppend(raft, id, progress);
  }
}

/**
 * Commits what a majority has saved, if it is an entry of the own term: an older one could still be
 * replaced although a majority has it (§5.4.2, figure 8). Entries before it are committed with it.
 */
export function maybeCommit(raft: Raft): boolean {
  const index = raft.tracker.majorityMatch();
  if (index <= raft.log.committed || !raft.log.hasEntry(index, raft.term)) return false;
  raft.log.commitTo(index);
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
  progress.sent(previousIndex + entries.length, commit);
}

/** §7: what the follower needs is no longer in the log. */
function writeSnapshot(raft: Raft, to: RaftId, progress: Progress): void {
  const { metadata, data } = raft.log.snapshot();
  assert(
    metadata.index + 1 >= raft.log.firstIndex(),
    `the log was compacted to ${raft.log.firstIndex()}, beyond the snapshot at ${metadata.index}`,
  );
  // The membership in force, not that of the snapshot's index: a member that joined later must find
  // itself in it, or peers that check this ignore the snapshot. Replaying the changes is harmless.
  const confState = raft.tracker.confState();
  raft.send({ type: "snapshot", to, snapshot: { metadata: { ...metadata, confState }, data } });
  progress.becomeSnapshot(metadata.index);
}

interface Follower {
  readonly id: RaftId;
  readonly progress: Progress;
}

function followers(raft: Raft): readonly Follower[] {
  return raft.tracker.voterIds().flatMap((id) => {
    const progress = raft.tracker.progress(id);
    return id === raft.id || progress === undefined ? [] : [{ id, progress }];
  });
}
