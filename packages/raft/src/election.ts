// Elections (§5.2), the restriction on whom to vote for (§5.4.1), asking before an election (the thesis,
// §9.6), and the leader's lease against elections that nobody needs (the thesis, §4.2.3).
import { isConfChange } from "./entry.ts";
import type { Message, PreVoteMessage, VoteMessage } from "./message.ts";
import type { Raft } from "./raft.ts";

/** Starts an election, after asking around when so configured, unless this member must not lead. */
export function campaign(raft: Raft): void {
  if (!mayCampaign(raft)) return;
  if (raft.config.preVote === true) askAround(raft);
  else runElection(raft, false);
}

/** Starts an election at the leader's own wish, whose lease is no obstacle then. */
export function campaignForTransfer(raft: Raft): void {
  if (mayCampaign(raft)) runElection(raft, true);
}

/**
 * Counts a tick without word from a leader; the randomised timeout makes rivals rare, and grows with the
 * time between the beats of the leader that is known.
 */
export function tickElection(raft: Raft): void {
  raft.elapsedTicks += 1;
  raft.leaderBeat.tick();
  const stretch = patienceTicks(raft) / raft.config.electionTicks;
  if (raft.elapsedTicks >= raft.electionTimeoutTicks * stretch) campaign(raft);
}

/** How long a leader may be silent at least: the setting, unless it beats too slowly for that. */
function patienceTicks({ leader, leaderBeat, config: { electionTicks } }: Raft): number {
  return leader === undefined ? electionTicks : leaderBeat.patienceTicks(electionTicks);
}

/** One vote per term, first come first served, and only for a log that is not behind the own. */
export function answerVote(raft: Raft, message: VoteMessage): void {
  const granted = wouldVote(raft, message);
  if (granted) {
    raft.vote = message.from;
    raft.elapsedTicks = 0;
  }
  raft.send({ type: "vote-response", to: message.from, granted });
}

/** Promises nothing, and so changes nothing; the question is about a term that may never come. */
export function answerPreVote(raft: Raft, message: PreVoteMessage): void {
  const { from: to, lastIndex, lastTerm, term } = message;
  const isAhead = term > raft.term && raft.log.isUpToDate(lastIndex, lastTerm);
  if (isAhead || (term === raft.term && wouldVote(raft, message))) {
    raft.send({ type: "pre-vote-response", to, granted: true }, { term });
  } else {
    // In the own term, which the asker may be behind.
    raft.send({ type: "pre-vote-response", to, granted: false });
  }
}

/**
 * Whether a request is to be ignored because the leader was heard not long ago: it is alive, and an
 * election would only take time. Its own successor is let through.
 */
export function isAgainstLease(raft: Raft, message: Message): boolean {
  if (message.type !== "vote" && message.type !== "pre-vote") return false;
  if (message.type === "vote" && message.isTransfer === true) return false;
  const { checkQuorum } = raft.config;
  return (
    checkQuorum === true && raft.leader !== undefined && raft.elapsedTicks < patienceTicks(raft)
  );
}

/** Records one answer, and acts when it decides the question or the election. */
export function countVote(raft: Raft, from: string, granted: boolean): void {
  raft.tracker.recordVote(from, granted);
  const result = raft.tracker.voteResult();
  if (result === "lost") raft.becomeFollower(raft.term, undefined);
  if (result !== "won") return;
  if (raft.role === "pre-candidate") runElection(raft, false);
  else raft.becomeLeader();
}

function askAround(raft: Raft): void {
  raft.becomePreCandidate();
  const lastIndex = raft.log.lastIndex();
  const lastTerm = raft.log.lastTerm();
  for (const to of raft.tracker.voterIds()) {
    if (to === raft.id) continue;
    raft.send({ type: "pre-vote", to, lastIndex, lastTerm }, { term: raft.term + 1 });
  }
  // Nothing has to be saved for it: it counts at once.
  countVote(raft, raft.id, true);
}

function runElection(raft: Raft, isTransfer: boolean): void {
  raft.becomeCandidate();
  const lastIndex = raft.log.lastIndex();
  const lastTerm = raft.log.lastTerm();
  const mark = isTransfer ? { isTransfer } : {};
  for (const to of raft.tracker.voterIds()) {
    if (to !== raft.id) raft.send({ type: "vote", to, lastIndex, lastTerm, ...mark });
  }
}

function wouldVote(raft: Raft, message: VoteMessage | PreVoteMessage): boolean {
  const isFree = raft.vote === undefined && raft.leader === undefined;
  return (
    (isFree || raft.vote === message.from) &&
    raft.log.isUpToDate(message.lastIndex, message.lastTerm)
  );
}

/**
 * Only a voter may lead, and only one that knows the membership in force: not while a snapshot is being
 * installed, nor while a committed membership change waits to be applied.
 */
function mayCampaign(raft: Raft): boolean {
  return (
    raft.role !== "leader" &&
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
