import type { ConfState, Entry, HardState, RaftId, Ready, SoftState } from "@swarmkit/raft";
import { decodeConfChange } from "./conf-change-codec.ts";
import { Membership } from "./membership.ts";
import type { RaftHost } from "./raft-host.ts";
import { splitSnapshotData } from "./snapshot-data.ts";

/** What the applier tells raft. */
export interface ConfChangeTarget {
  applyConfChange(change: ReturnType<typeof decodeConfChange>): ConfState;
}

/** A leadership of this member. */
interface Leadership {
  readonly term: number;
  /** Of its first entry. */
  readonly firstIndex: number;
}

/** Brings what raft has decided to the host, and keeps what goes with it: membership and leadership. */
export class Applier {
  readonly membership: Membership = new Membership();
  private readonly host: RaftHost;
  private readonly target: ConfChangeTarget;
  private appliedConfState: ConfState = { voters: [] };
  private index = 0;
  private softState: SoftState = { leader: undefined, role: "follower" };
  private leadership: Leadership | undefined;
  private isVisible = false;

  constructor(host: RaftHost, target: ConfChangeTarget) {
    this.host = host;
    this.target = target;
  }

  /** Index of the last entry that was applied. */
  get appliedIndex(): number {
    return this.index;
  }

  /** The membership at appliedIndex. */
  get confState(): ConfState {
    return this.appliedConfState;
  }

  /** Who leads, as far as this member knows. */
  get leader(): RaftId | undefined {
    return this.softState.leader;
  }

  /** Whether this member leads and has applied all that came before. */
  get isLeader(): boolean {
    return this.isVisible;
  }

  /** Replaces everything by a snapshot. */
  restore(snapshot: NonNullable<Ready["snapshot"]>): void {
    const { confState, index } = snapshot.metadata;
    const parts = splitSnapshotData(snapshot.data, `the raft snapshot at entry ${index}`);
    this.membership.restore(parts.membership);
    this.host.restoreSnapshot(parts.store, index);
    this.appliedConfState = confState;
    this.index = index;
  }

  /** Takes note of who leads. To be called before the entries of the same Ready are applied. */
  noteRole(softState: SoftState | undefined, hardState: HardState | undefined, last?: Entry): void {
    if (softState !== undefined) this.softState = softState;
    const isLeading = this.softState.role === "leader";
    // Leadership may end and begin again between two Readys; the term tells.
    const isSameTerm = hardState === undefined || hardState.term === this.leadership?.term;
    if (this.leadership !== undefined && (!isLeading || !isSameTerm)) this.endLeadership();
    if (isLeading && this.leadership === undefined && last !== undefined) {
      this.leadership = { term: last.term, firstIndex: last.index };
    }
  }

  /** Applies committed entries in order. */
  applyEntries(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.index = entry.index;
      if (entry.type !== "normal") this.applyConfChange(entry);
      else if (entry.data.length > 0) {
        const { data, index, term } = entry;
        const isOwn = this.isVisible && term === this.leadership?.term;
        this.host.applyEntry({ data, index, term }, isOwn);
      }
    }
  }

  /** Makes leadership visible once all before it is applied. */
  showLeadership(): void {
    if (this.isVisible || this.leadership === undefined) return;
    if (this.index < this.leadership.firstIndex) return;
    this.isVisible = true;
    this.host.leadershipChanged(true);
  }

  /** Ends this member's leadership as the host sees it. */
  endLeadership(): void {
    this.leadership = undefined;
    if (!this.isVisible) return;
    this.isVisible = false;
    this.host.leadershipChanged(false);
  }

  private applyConfChange(entry: Entry): void {
    const change = decodeConfChange(entry);
    this.membership.apply(change);
    this.appliedConfState = this.target.applyConfChange(change);
  }
}
