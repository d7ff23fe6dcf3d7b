// Elections (§5.2) and the restriction on whom to vote for (§5.4.1).
import { isConfChange } from "./entry.ts";
import type { VoteMessage } from "./message.ts";
import type { Raft } from "./raft.ts";

/** Starts an election, unless this member leads already or must not lead. */
export function campaign(raft: Raft): void {
  if (raft.role === "leader" || !isPromotable(raft)) return;
  raft.becomeCandidate();
  const lastIndex = raft.log.lastIndex();
  const lastTerm = raft.log.lastTerm();
  for (const to of raft.tracker.voterIds()) {
    if (to !== raft.id) raft.send({ type: "vote", to, lastIndex, lastTerm });
  }
}

/** Counts a tick without word from a leader; the randomised timeout makes rivals rare. */
export function tickElection(raft: Raft): void {
  raft.elapsedTicks += 1;
  if (raft.elapsedTicks < raft.electionTimeoutTicks) return;
  raft.elapsedTicks = 0;
  campaign(raft);
}

/** One vote per term, first come first served, and only for a log that is not behind the own. */
export function answerVote(raft: Raft, message: VoteMessage): void {
  const isFree = raft.vote === undefined && raft.leader === undefined;
  const granted =
    (isFree || raft.vote === message.from) &&
    raft.log.isUpToDate(message.lastIndex, message.lastTerm);
  if (granted) {
    raft.vote = message.from;
    raft.elapsedTicks = 0;
  }
  raft.send({ type: "vote-response", to: message.from, granted });
}

/**
 * Only a voter may lead, and only one that knows the membership in force: not while a snapshot is being
 * installed, nor while a committed membership change waits to be applied.
 */
function isPromotable(raft: Raft): boolean {
  return (
    raft.tracker.isVoter(raft.id) &&
    raft.log.unstable.snapshot === undefined &&
    !hasUnappliedConfChange(raft)
  );
}

function hasUnappliedConfChange(raft: Raft): boolean {
  const end = raft.log.committed + 1;
  let index = raft.log.applied + 1;
  while (index < end) {
    const entries = raft.log.slice(index, end, raft.config.entryBytesMax);
    // Compacted means applied: the host only compacts what its snapshot holds.
    if (entries === "compacted") return false;
    if (entries.some(isConfChange)) return true;
    index += entries.length;
  }
  return false;
}
