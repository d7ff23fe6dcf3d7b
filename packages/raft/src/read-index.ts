// Linearizable reads without an entry in the log (the thesis, §6.4): a member asks the leader for an index,
// and serves the read once it has applied that index.
import { pendingReadsMax } from "./config.ts";
import type { Raft } from "./raft.ts";
import type { RaftId } from "./raft-id.ts";
import type { IndexedRead, ReadRequest } from "./read-only.ts";

/** The answer to readIndex(): the read with this context may be served once `index` is applied. */
export interface ReadState {
  readonly context: Uint8Array;
  readonly index: number;
}

/**
 * Whether the question is on its way. An answer is not promised: with the leadership, or with a message, it
 * can be lost, and the host asks again.
 * - "no-leader": no leader is known in this term; ask again when one is.
 * - "queue-full": pendingReadsMax reads wait already.
 */
export type ReadIndexResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: "no-leader" | "queue-full" };

/** Asks for an index on behalf of this member's host. */
export function readIndex(raft: Raft, context: Uint8Array): ReadIndexResult {
  if (raft.role === "leader") {
    const isTaken = takeRead(raft, { from: raft.id, context });
    return isTaken ? { ok: true } : { ok: false, reason: "queue-full" };
  }
  if (raft.leader === undefined) return { ok: false, reason: "no-leader" };
  if (raft.messages.length >= pendingReadsMax) return { ok: false, reason: "queue-full" };
  forwardRead(raft, raft.leader, { from: raft.id, context });
  return { ok: true };
}

/** Passes a question on; it keeps its asker, whom the leader answers directly. */
export function forwardRead(raft: Raft, to: RaftId, { from, context }: ReadRequest): void {
  raft.send({ type: "read-index", to, context }, { from, term: 0 });
}

/** As the leader, takes a question; false when too many wait. */
export function takeRead(raft: Raft, request: ReadRequest): boolean {
  if (raft.readOnly.count + raft.readStates.length >= pendingReadsMax) return false;
  if (hasCommittedInTerm(raft)) raft.readOnly.add(request, raft.log.committed);
  else raft.readOnly.addEarly(request);
  answerConfirmed(raft);
  return true;
}

/** Takes the leader's answer. The network may double it, but not without limit. */
export function takeReadState(raft: Raft, { context, index }: ReadState): void {
  if (raft.readStates.length < pendingReadsMax) raft.readStates.push({ context, index });
}

/** To be called when the commit index moved. */
export function startEarlyReads(raft: Raft): void {
  if (!hasCommittedInTerm(raft)) return;
  raft.readOnly.startEarly(raft.log.committed);
  answerConfirmed(raft);
}

/** To be called when a heartbeat was answered, or the membership changed. The own word needs no asking. */
export function answerConfirmed(raft: Raft): void {
  const { id, readOnly, tracker } = raft;
  const round = tracker.quorumIndex((voter) =>
    voter === id ? Number.MAX_SAFE_INTEGER : readOnly.answeredRound(voter),
  );
  for (const read of readOnly.takeConfirmed(round)) answer(raft, read);
}

function answer(raft: Raft, { context, from, index }: IndexedRead): void {
  if (from === raft.id) raft.readStates.push({ context, index });
  else raft.send({ type: "read-index-response", to: from, index, context });
}

/** Before, an earlier leader may have committed, and answered for, more than this one knows (§8). */
function hasCommittedInTerm(raft: Raft): boolean {
  return raft.log.hasEntry(raft.log.committed, raft.term);
}
