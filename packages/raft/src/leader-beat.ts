// How often the leader beats, as a follower hears it. A leader of another program may beat ten times as
// slowly as this member's own settings say, and must not be taken for dead between two beats.

/** Gaps between heartbeats that are remembered. */
const gapsMax = 4;

/** Beats that may fail to come before a leader is given up. */
const missedBeatsMax = 10;

/** The pace of one leader. */
export class LeaderBeat {
  private gaps: number[] = [];
  private ticksSinceBeat: number | undefined;

  /** Another leader, or none: what was observed does not count for it. */
  reset(): void {
    this.gaps = [];
    this.ticksSinceBeat = undefined;
  }

  tick(): void {
    if (this.ticksSinceBeat !== undefined) this.ticksSinceBeat += 1;
  }

  heard(): void {
    if (this.ticksSinceBeat !== undefined) {
      this.gaps = [...this.gaps.slice(1 - gapsMax), this.ticksSinceBeat];
    }
    this.ticksSinceBeat = 0;
  }

  /**
   * Ticks without the leader that are to be expected of one that lives. The shortest of the last gaps
   * counts: a beat that was late says nothing about the pace.
   */
  patienceTicks(electionTicks: number): number {
    if (this.gaps.length === 0) return electionTicks;
    return Math.max(electionTicks, Math.min(...this.gaps) * missedBeatsMax);
  }
}
