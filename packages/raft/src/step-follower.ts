// A follower takes what the leader of its term sends, and remembers that it lives (§5.2, §5.3, §7).
import { campaignForTransfer } from "./election.ts";
import type { AppendMessage, HeartbeatMessage, Message, SnapshotMessage } from "./message.ts";
import type { Raft } from "./raft.ts";
import { forwardRead, takeReadState } from "./read-index.ts";

/** Takes a message of the current term as a follower. */
export function stepFollower(raft: Raft, message: Message): void {
  switch (message.type) {
    case "append":
      hearLeader(raft, message);
      takeAppend(raft, message);
      return;
    case "heartbeat":
      hearLeader(raft, message);
      raft.leaderBeat.heard();
      raft.log.commitTo(message.commit);
      raft.send({ type: "heartbeat-response", to: message.from, context: message.context });
      return;
    case "snapshot":
      hearLeader(raft, message);
      takeSnapshot(raft, message);
      return;
    case "timeout-now":
      campaignForTransfer(raft);
      return;
    case "transfer-leader":
      if (raft.leader === undefined) return;
      raft.send({ type: "transfer-leader", to: raft.leader }, { from: message.from });
      return;
    case "read-index":
      if (raft.leader !== undefined) forwardRead(raft, raft.leader, message);
      return;
    case "read-index-response":
      takeReadState(raft, message);
      return;
    case "vote":
    case "vote-response":
    case "pre-vote":
    case "pre-vote-response":
    case "append-response":
    case "heartbeat-response":
      // Answers to what this member asked in a role it has left.
      return;
  }
}

function hearLeader(raft: Raft, message: AppendMessage | HeartbeatMessage | SnapshotMessage): void {
  raft.elapsedTicks = 0;
  raft.leader = message.from;
}

function takeAppend(raft: Raft, message: AppendMessage): void {
  const { from: to, previousIndex, previousTerm } = message;
  // What is committed agrees with every leader (§5.4.3), so a late append needs no comparing.
  const index =
    previousIndex < raft.log.committed ? raft.log.committed : raft.log.maybeAppend(message);
  if (index !== undefined) {
    raft.send({ type: "append-response", to, index, rejection: undefined });
    return;
  }
  const start = Math.min(previousIndex, raft.log.lastIndex());
  const rejection = raft.log.findMeetingPoint(start, previousTerm);
  raft.send({ type: "append-response", to, index: previousIndex, rejection });
}

function takeSnapshot(raft: Raft, message: SnapshotMessage): void {
  const { snapshot, from: to } = message;
  const { index, term, confState } = snapshot.metadata;
  if (index > raft.log.committed) {
    if (raft.log.hasEntry(index, term)) {
      // The log already has it all: keeping it saves the entries after the snapshot (§7).
      raft.log.commitTo(index);
    } else {
      raft.log.restore(snapshot);
      raft.setConfState(confState);
    }
  }
  raft.send({ type: "append-response", to, index: raft.log.committed, rejection: undefined });
}
