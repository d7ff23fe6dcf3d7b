// Watches a cluster and ends the run as soon as one of the paper's guarantees (figure 3) is broken.

import type { Entry } from "../entry.ts";
import { assert } from "../errors.ts";
import type { RaftId } from "../raft-id.ts";
import { formatEntry } from "./format.ts";
import type { Member } from "./member.ts";

/** Feed it every entry that a member applies, and every member after each step. */
export class SafetyChecker {
  /** What was applied at each index, by whoever was first. */
  private readonly applied = new Map<number, string>();
  private readonly leaders = new Map<number, RaftId>();
  private appliedTermByIndex = new Map<number, number>();
  private highestCommit = 0;
  /** For each read that was asked, what was committed anywhere by then. */
  private readonly readFloors = new Map<string, number>();
  private answered = new Set<string>();

  /** State Machine Safety: no two members apply different entries at one index. */
  sawApplied(id: RaftId, entries: readonly Entry[]): void {
    for (const entry of entries) {
      const text = formatEntry(entry);
      const known = this.applied.get(entry.index) ?? text;
      assert(known === text, `member ${id} applied ${text} where another applied ${known}`);
      this.applied.set(entry.index, known);
      this.appliedTermByIndex.set(entry.index, entry.term);
    }
  }

  /** A read was asked: its answer must not be older than what anybody may have answered for by now. */
  sawReadAsked(context: string, members: readonly Member[]): void {
    for (const { node } of members) {
      this.highestCommit = Math.max(this.highestCommit, node.status().commit);
    }
    this.readFloors.set(context, this.highestCommit);
  }

  /** Linearizable reads: whoever applied `index` has everything that was committed before the question. */
  sawReadAnswered(context: string, index: number): void {
    const floor = this.readFloors.get(context);
    assert(floor !== undefined, `read ${context} was answered, but never asked`);
    assert(index >= floor, `read ${context} at ${index} is stale: ${floor} was committed before`);
    this.answered.add(context);
  }

  /** Election Safety, and Leader Completeness for what was applied anywhere before the leader's term. */
  saw(member: Member): void {
    const { commit, role, term } = member.node.status();
    this.highestCommit = Math.max(this.highestCommit, commit);
    if (role !== "leader" || this.leaders.get(term) === member.id) return;
    const other = this.leaders.get(term);
    assert(other === undefined, `members ${other} and ${member.id} both lead term ${term}`);
    this.leaders.set(term, member.id);
    for (const [index, appliedTerm] of this.appliedTermByIndex) {
      const own = member.storage.term(index);
      assert(
        appliedTerm > term || own === appliedTerm || own === "compacted",
        `the leader of term ${term}, member ${member.id}, lacks entry ${appliedTerm}/${index}`,
      );
    }
  }

  appliedCount(): number {
    return this.applied.size;
  }

  readsCount(): number {
    return this.answered.size;
  }

  isAnswered(context: string): boolean {
    return this.answered.has(context);
  }

  leadersCount(): number {
    return this.leaders.size;
  }
}
