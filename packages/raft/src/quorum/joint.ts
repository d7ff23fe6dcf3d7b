// A joint membership decides only by agreement of two majorities (§6): nothing is elected or committed that
// either membership alone could contradict. Without an outgoing half it is a plain majority.
import type { RaftId } from "../raft-id.ts";
import { majorityIndex, majorityVote, type VoteResult } from "./majority.ts";

/** Two memberships, of which a member may be in both. */
export interface JointVoters {
  readonly incoming: readonly RaftId[];
  /** The voters before the change; empty unless one is under way. */
  readonly outgoing: readonly RaftId[];
}

/** The highest index that both halves hold; `matchOf` answers 0 for a voter nothing is known of. */
export function jointIndex(voters: JointVoters, matchOf: (id: RaftId) => number): number {
  const index = majorityIndex(voters.incoming, matchOf);
  if (voters.outgoing.length === 0) return index;
  return Math.min(index, majorityIndex(voters.outgoing, matchOf));
}

/** Won when both halves are won, lost as soon as one is. */
export function jointVote(voters: JointVoters, votes: ReadonlyMap<RaftId, boolean>): VoteResult {
  const incoming = majorityVote(voters.incoming, votes);
  if (voters.outgoing.length === 0) return incoming;
  const outgoing = majorityVote(voters.outgoing, votes);
  if (incoming === "lost" || outgoing === "lost") return "lost";
  return incoming === "won" && outgoing === "won" ? "won" : "pending";
}
