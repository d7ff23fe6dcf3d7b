// What a leader believes about one follower's log (§5.3: nextIndex and matchIndex).
//
//            accepted append                         append compacted away
//   probe ───────────────────▶ replicate    probe, replicate ─────────▶ snapshot
//     ▲  ◀───────────────────── rejection,                                  │
//     │                         unreachable                                 │
//     └──────────────────────── installed, or reported by the host ─────────┘
import type { Inflights } from "./inflights.ts";

/**
 * "probe": one append at a time, the logs' meeting point is being looked for. "replicate": appends are
 * sent ahead of their answers. "snapshot": nothing is sent until the snapshot has arrived.
 */
export type ProgressState = "probe" | "replicate" | "snapshot";

/** Its last entry, or the one before it when it has none; the charge of its entries; its commit index. */
export interface SentAppend {
  readonly lastIndex: number;
  readonly bytes: number;
  readonly commit: number;
}

/** Invariant: match < next, and match never goes back within a term. */
export class Progress {
  state: ProgressState = "probe";
  /** The highest entry known to be in the follower's saved log. */
  match = 0;
  /** The next entry to send. */
  next: number;
  /** In "snapshot": the index of the snapshot under way. */
  snapshotIndex = 0;
  /** In "probe": a probe is out, and nothing more is sent until an answer or a heartbeat's answer. */
  isProbeSent = false;
  /** In "replicate": send once more even without entries; the answer shows whether some were lost. */
  isAppendDue = false;
  /** The highest commit index that the follower was sent together with the entries it covers. */
  sentCommit = 0;
  /** Heard from since the leader last checked; a follower that is not gets no snapshot. */
  isActive = false;
  readonly inflights: Inflights;

  constructor(next: number, inflights: Inflights) {
    this.next = next;
    this.inflights = inflights;
  }

  becomeProbe(): void {
    // After a snapshot the follower is expected to hold everything that the snapshot covered.
    const next = this.state === "snapshot" ? this.snapshotIndex + 1 : 0;
    this.reset("probe");
    this.next = Math.max(this.match + 1, next);
    this.sentCommit = Math.min(this.sentCommit, this.next - 1);
  }

  becomeReplicate(): void {
    this.reset("replicate");
    this.next = this.match + 1;
  }

  becomeSnapshot(index: number): void {
    this.reset("snapshot");
    this.snapshotIndex = index;
    this.next = index + 1;
  }

  /** Takes an accepted answer; whether it told anything new. */
  maybeUpdate(index: number): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = Math.max(this.next, index + 1);
    this.isProbeSent = false;
    return true;
  }

  /**
   * Takes a rejection of an append after `rejected`, with the follower's idea of where to try next.
   * Whether it was current; a late one must not undo what was learnt since.
   */
  maybeDecrease(rejected: number, hintIndex: number): boolean {
    if (this.state === "replicate") {
      if (rejected <= this.match) return false;
      this.next = this.match + 1;
      return true;
    }
    if (this.state === "snapshot" || this.next - 1 !== rejected) return false;
    this.next = Math.max(Math.min(rejected, hintIndex + 1), this.match + 1);
    this.isProbeSent = false;
    return true;
  }

  /** Sends nothing until the follower answers a heartbeat. */
  awaitSignOfLife(): void {
    if (this.state === "replicate") this.becomeProbe();
    this.isProbeSent = true;
  }

  /** Books an append that was just sent. */
  sent({ lastIndex, bytes, commit }: SentAppend): void {
    if (this.state === "replicate" && lastIndex >= this.next) {
      this.inflights.add(lastIndex, bytes);
      this.next = lastIndex + 1;
    }
    this.isProbeSent = this.state === "probe";
    this.isAppendDue = false;
    this.sentCommit = Math.max(this.sentCommit, Math.min(commit, lastIndex));
  }

  private reset(state: ProgressState): void {
    this.state = state;
    this.snapshotIndex = 0;
    this.isProbeSent = false;
    this.isAppendDue = false;
    this.inflights.reset();
  }
}
