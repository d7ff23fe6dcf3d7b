// A leader's time: signs of life for the others, and doubts about itself.
import type { Raft } from "./raft.ts";
import { abortTransfer } from "./transfer.ts";

/**
 * Counts a tick as leader. At every heartbeatTicks-th, all others hear from their leader. At every
 * electionTicks-th, a leader that no quorum answered since steps down (the thesis, §6.2), and a handing over
 * that did not come about is given up (§3.10 there).
 */
export function tickLeader(raft: Raft): void {
  if (!raft.tracker.isVoter(raft.id) && isTimeToGo(raft)) {
    raft.becomeFollower(raft.term, undefined);
    return;
  }
  raft.elapsedTicks += 1;
  if (raft.elapsedTicks >= raft.config.electionTicks) {
    raft.elapsedTicks = 0;
    if (raft.config.checkQuorum === true && !raft.tracker.isQuorumActive(raft.id)) {
      raft.becomeFollower(raft.term, undefined);
      return;
    }
    raft.tracker.forgetActivity();
    abortTransfer(raft);
  }
  raft.heartbeatElapsedTicks += 1;
  if (raft.heartbeatElapsedTicks < raft.config.heartbeatTicks) return;
  raft.heartbeatElapsedTicks = 0;
  writeHeartbeats(raft);
}

/** Writes the heartbeats that reads wait for, unless a tick just did. */
export function writeReadHeartbeats(raft: Raft): void {
  if (raft.role === "leader" && raft.readOnly.isRoundDue()) writeHeartbeats(raft);
}

function writeHeartbeats(raft: Raft): void {
  // While a slow disk holds up a Ready, at most one heartbeat waits for each follower.
  raft.messages = raft.messages.filter(({ type }) => type !== "heartbeat");
  const context = raft.readOnly.nextContext();
  for (const { id, progress } of raft.tracker.followers(raft.id)) {
    // A follower may hold other entries than the leader's beyond its match: it must not commit those.
    const commit = Math.min(progress.match, raft.log.committed);
    raft.send({ type: "heartbeat", to: id, commit, context });
  }
}

/**
 * A leader that has applied its own removal leads on for an election timeout, without taking proposals:
 * its job would be done (the thesis, §4.2.2), but the others still have to hear that the removal is
 * committed. In a group of two, the one that is left could otherwise never be elected; should the leader
 * crash for good just then, it still cannot. A host does better to have the other lead first.
 */
function isTimeToGo(raft: Raft): boolean {
  raft.removedTicks += 1;
  return raft.removedTicks > raft.config.electionTicks;
}
