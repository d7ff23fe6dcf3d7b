// A candidate counts votes until it has a majority, or hears that another has won (§5.2).
import type { Message } from "./message.ts";
import type { Raft } from "./raft.ts";
import { stepFollower } from "./step-follower.ts";

/** Takes a message of the current term as a candidate. */
export function stepCandidate(raft: Raft, message: Message): void {
  switch (message.type) {
    case "vote-response":
      raft.countVote(message.from, message.granted);
      return;
    case "append":
    case "heartbeat":
    case "snapshot":
      raft.becomeFollower(message.term, message.from);
      stepFollower(raft, message);
      return;
    case "vote":
    case "append-response":
    case "heartbeat-response":
      return;
  }
}
