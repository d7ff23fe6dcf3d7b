// The one place that knows what a majority is (§5.2, §5.3). Pure: voters and a lookup in, a verdict out.
import type { RaftId } from "../raft-id.ts";

/** "pending" while those who have not answered could still turn the vote either way. */
export type VoteResult = "pending" | "won" | "lost";

/** How many voters are needed so that any two such sets share a member. */
export function majoritySize(votersCount: number): number {
  return Math.floor(votersCount / 2) + 1;
}

/**
 * The highest index that a majority holds. Without voters nothing is held by a majority: 0.
 * `matchOf` answers 0 for a voter nothing is known of.
 */
export function majorityIndex(voters: readonly RaftId[], matchOf: (id: RaftId) => number): number {
  if (voters.length === 0) return 0;
  const descending = voters.map(matchOf).sort((left, right) => right - left);
  return descending[majoritySize(voters.length) - 1] ?? 0;
}

/** Answers of strangers do not count. Without voters nobody can win: the vote stays pending. */
export function majorityVote(
  voters: readonly RaftId[],
  votes: ReadonlyMap<RaftId, boolean>,
): VoteResult {
  if (voters.length === 0) return "pending";
  const needed = majoritySize(voters.length);
  const granted = voters.filter((id) => votes.get(id) === true).length;
  const refused = voters.filter((id) => votes.get(id) === false).length;
  if (granted >= needed) return "won";
  return voters.length - refused < needed ? "lost" : "pending";
}
