// The reads that a leader has to confirm. A read is confirmed once a quorum has answered a heartbeat that was
// written after the read was asked: nobody else can have led, and committed something, before that (the
// thesis, §6.4). Heartbeats carry the leader's own count, so one round confirms every read before it, and
// whatever contexts the hosts chose cannot be taken for one another.
import type { RaftId } from "./raft-id.ts";

/** Who asked, and by what it recognises the answer. */
export interface ReadRequest {
  readonly from: RaftId;
  readonly context: Uint8Array;
}

/** A read, and the index it is safe at once it is confirmed. */
export interface IndexedRead extends ReadRequest {
  readonly index: number;
}

interface PendingRead extends IndexedRead {
  /** The round of heartbeats that confirms it. */
  readonly round: number;
}

const contextBytes = 8;
const wordValues = 0x1_0000_0000;

/** Invariant: the rounds in `pending` never decrease, and the last is at most one after `writtenRound`. */
export class ReadOnly {
  /** Asked before the leader had committed an entry of its term. */
  private early: ReadRequest[] = [];
  private pending: PendingRead[] = [];
  /** The newest round that went into heartbeats. */
  private writtenRound = 0;
  private readonly answeredRounds: Map<RaftId, number> = new Map();

  get count(): number {
    return this.early.length + this.pending.length;
  }

  addEarly(request: ReadRequest): void {
    this.early.push(request);
  }

  add(request: ReadRequest, index: number): void {
    this.pending.push({ ...request, index, round: this.writtenRound + 1 });
  }

  /** The leader committed its first entry: now it knows what is committed (§8). */
  startEarly(index: number): void {
    for (const request of this.early.splice(0)) this.add(request, index);
  }

  /** Whether reads wait for a round that was not written yet. */
  isRoundDue(): boolean {
    return (this.pending.at(-1)?.round ?? 0) > this.writtenRound;
  }

  /** What the heartbeats written now carry: the newest round that a read waits for, or nothing. */
  nextContext(): Uint8Array {
    const newest = this.pending.at(-1);
    if (newest === undefined) return new Uint8Array();
    this.writtenRound = Math.max(this.writtenRound, newest.round);
    return encodeRound(this.writtenRound);
  }

  recordAnswer(from: RaftId, context: Uint8Array): void {
    const round = decodeRound(context);
    if (round === undefined || round > this.writtenRound) return;
    this.answeredRounds.set(from, Math.max(round, this.answeredRound(from)));
  }

  answeredRound(id: RaftId): number {
    return this.answeredRounds.get(id) ?? 0;
  }

  /** Takes out the reads of all rounds up to `round`. */
  takeConfirmed(round: number): readonly IndexedRead[] {
    const kept = this.pending.findIndex((read) => read.round > round);
    return this.pending.splice(0, kept < 0 ? this.pending.length : kept);
  }
}

function encodeRound(round: number): Uint8Array {
  const bytes = new Uint8Array(contextBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(round / wordValues));
  view.setUint32(4, round % wordValues);
  return bytes;
}

function decodeRound(context: Uint8Array): number | undefined {
  if (context.length !== contextBytes) return undefined;
  const view = new DataView(context.buffer, context.byteOffset, context.byteLength);
  return view.getUint32(0) * wordValues + view.getUint32(4);
}
