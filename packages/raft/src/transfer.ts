// Handing leadership over (the thesis, §3.10): the leader brings its successor up to date, then tells it to
// start an election at once. Meanwhile it takes no proposals, or the successor might never catch up.
import { maybeLeaveJoint } from "./proposal.ts";
import type { Raft } from "./raft.ts";
import type { RaftId } from "./raft-id.ts";

/**
 * Whether the handing over was started. It may still fail, and is given up after electionTicks.
 * - "no-leader": no leader is known in this term.
 * - "already-leader": the chosen member leads.
 * - "not-a-voter": the chosen member may not lead.
 */
export type TransferResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: "no-leader" | "already-leader" | "not-a-voter" };

/** Starts handing over to `transferee`, or asks the leader to. */
export function transferLeadership(raft: Raft, transferee: RaftId): TransferResult {
  if (raft.leader === undefined) return { ok: false, reason: "no-leader" };
  if (raft.leader === transferee) return { ok: false, reason: "already-leader" };
  if (!raft.tracker.isVoter(transferee)) return { ok: false, reason: "not-a-voter" };
  if (raft.role === "leader") startTransfer(raft, transferee);
  else raft.send({ type: "transfer-leader", to: raft.leader }, { from: transferee });
  return { ok: true };
}

/** Sends the decisive word once the successor has everything; to be called when that may be. */
export function maybeSendTimeoutNow(raft: Raft, id: RaftId): void {
  if (raft.transferee !== id) return;
  if (raft.tracker.progress(id)?.match !== raft.log.lastIndex()) return;
  raft.send({ type: "timeout-now", to: id });
}

/** Goes on leading. */
export function abortTransfer(raft: Raft): void {
  if (raft.transferee === undefined) return;
  raft.transferee = undefined;
  maybeLeaveJoint(raft);
}

/** A second wish for the same member does not prolong the first; one for another member replaces it. */
function startTransfer(raft: Raft, transferee: RaftId): void {
  if (raft.transferee === transferee) return;
  raft.transferee = transferee;
  raft.elapsedTicks = 0;
  maybeSendTimeoutNow(raft, transferee);
}
