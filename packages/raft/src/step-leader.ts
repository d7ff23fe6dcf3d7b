// A leader learns from answers how far each follower's log agrees with its own (§5.3).
import type { AppendRejection, AppendResponseMessage, Message } from "./message.ts";
import type { Raft } from "./raft.ts";
import { answerConfirmed, takeRead } from "./read-index.ts";
import { maybeCommit } from "./replication.ts";
import type { Progress } from "./tracker/progress.ts";
import { maybeSendTimeoutNow, transferLeadership } from "./transfer.ts";

/** Takes a message of the current term as the leader. Strangers and removed members are not heard. */
export function stepLeader(raft: Raft, message: Message): void {
  const progress = raft.tracker.progress(message.from);
  if (progress === undefined) return;
  switch (message.type) {
    case "append-response":
      progress.isActive = true;
      if (message.rejection === undefined) takeAcceptance(raft, progress, message);
      else takeRejection(raft, progress, message.index, message.rejection);
      return;
    case "heartbeat-response":
      progress.isActive = true;
      takeHeartbeatResponse(raft, progress);
      raft.readOnly.recordAnswer(message.from, message.context);
      answerConfirmed(raft);
      return;
    case "transfer-leader":
      transferLeadership(raft, message.from);
      return;
    case "read-index":
      takeRead(raft, message);
      return;
    case "append":
    case "heartbeat":
    case "snapshot":
      // A second leader in one term cannot be (§5.2), short of a member that lost its disk or was
      // started twice. A stray message must not stop a healthy leader; it is not obeyed either.
      return;
    case "vote":
    case "vote-response":
    case "pre-vote":
    case "pre-vote-response":
    case "timeout-now":
    case "read-index-response":
      return;
  }
}

function takeAcceptance(raft: Raft, progress: Progress, message: AppendResponseMessage): void {
  if (message.index > raft.log.lastIndex()) return;
  const isNews = progress.maybeUpdate(message.index);
  switch (progress.state) {
    case "probe":
      // Also without news: the answer to a probe shows where the logs meet.
      if (isNews || message.index === progress.match) progress.becomeReplicate();
      break;
    case "replicate":
      progress.inflights.freeTo(message.index);
      break;
    case "snapshot":
      // Whether by the snapshot or by a late append: the log reaches on from here again.
      if (progress.match + 1 >= raft.log.firstIndex()) progress.becomeReplicate();
      break;
  }
  if (!isNews) return;
  maybeCommit(raft);
  maybeSendTimeoutNow(raft, message.from);
}

function takeRejection(
  raft: Raft,
  progress: Progress,
  rejectedIndex: number,
  { hintIndex, hintTerm }: AppendRejection,
): void {
  // Without a term there is nothing to compare: the hint itself is where to try next.
  const nextProbe =
    hintTerm === 0 ? hintIndex : raft.log.findMeetingPoint(hintIndex, hintTerm).hintIndex;
  if (!progress.maybeDecrease(rejectedIndex, nextProbe)) return;
  if (progress.state === "replicate") progress.becomeProbe();
}

function takeHeartbeatResponse(raft: Raft, progress: Progress): void {
  progress.isProbeSent = false;
  // Something may have been lost on the way: one more append makes the follower say so.
  if (progress.match < raft.log.lastIndex()) progress.isAppendDue = true;
}
