// A candidate counts votes until it has a majority, or hears that another has won (§5.2). One that only asks
// whether it could win does the same with the answers to that.
import { countVote } from "./election.ts";
import type { Message } from "./message.ts";
import type { Raft } from "./raft.ts";
import { stepFollower } from "./step-follower.ts";

/** Takes a message of the current term as a candidate, or an answer about the next as one to be. */
export function stepCandidate(raft: Raft, message: Message): void {
  switch (message.type) {
    case "vote-response":
      if (raft.role === "candidate") countVote(raft, message.from, message.granted);
      return;
    case "pre-vote-response":
      if (raft.role === "pre-candidate") countVote(raft, message.from, message.granted);
      return;
    case "append":
    case "heartbeat":
    case "snapshot":
      raft.becomeFollower(message.term, message.from);
      stepFollower(raft, message);
      return;
    case "vote":
    case "pre-vote":
    case "append-response":
    case "heartbeat-response":
    case "timeout-now":
    case "transfer-leader":
    case "read-index":
    case "read-index-response":
      return;
  }
}
