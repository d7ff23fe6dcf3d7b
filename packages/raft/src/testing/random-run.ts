// A cluster under random faults: messages are lost, doubled and reordered, members lose power in the middle
// of a save and come back, logs are compacted, the membership changes, leadership is handed over. Reads are
// asked everywhere all the time. Everything follows from the seed.
import { confStateMembers } from "../conf-state.ts";
import { assert } from "../errors.ts";
import type { Message } from "../message.ts";
import type { RaftId } from "../raft-id.ts";
import { Cluster } from "./cluster.ts";
import { Member } from "./member.ts";
import { drawBelow, seededPrng } from "./prng.ts";
import { randomChange } from "./random-change.ts";
import { SafetyChecker } from "./safety-checker.ts";
import { decodeText, encodeText, parseConfChange } from "./text.ts";

/** What a run may do, beyond its seed. */
export interface RandomRunOptions {
  readonly seed: number;
  readonly stepsCount: number;
  /** For checking the checker: Readys are never synced, so that a power failure takes votes and entries. */
  readonly isDiskDishonest?: boolean;
  /** For checking the checker: whoever takes itself for the leader answers reads without asking the others. */
  readonly isLeaderCredulous?: boolean;
}

/** What a run amounted to, so that a test can tell that it was not idle. */
export interface RandomRunResult {
  readonly appliedCount: number;
  readonly leadersCount: number;
  readonly snapshotsCount: number;
  readonly confChangesCount: number;
  readonly readsCount: number;
  readonly transfersCount: number;
  /** The values of each member after all faults ended and everybody caught up. */
  readonly values: readonly (readonly string[])[];
}

const founders: readonly RaftId[] = ["1", "2", "3"];
const spares: readonly RaftId[] = ["4", "5"];
const messagesMax = 200;
/** A fourth of the seeds for each way to hold elections. */
const electionKinds = 4;

/** Plays a run to its end; throws when a guarantee is broken. */
export function randomRun(options: RandomRunOptions): RandomRunResult {
  const run = new RandomRun(options);
  for (let step = 0; step < options.stepsCount; step += 1) run.step(step);
  return run.settle();
}

class RandomRun {
  private readonly prng: () => number;
  private readonly options: RandomRunOptions;
  private readonly cluster = new Cluster();
  private readonly checker = new SafetyChecker();
  private snapshotsCount = 0;
  private confChangesCount = 0;
  private transfersCount = 0;

  constructor(options: RandomRunOptions) {
    this.options = options;
    this.prng = seededPrng(options.seed);
    const kind = options.seed % electionKinds;
    const elections = { preVote: kind % 2 === 1, checkQuorum: kind >= 2 };
    const limits = {
      entryBytesMax: 100,
      inflightMessagesMax: 3,
      inflightBytesMax: 200,
      uncommittedBytesMax: 2_000,
    };
    for (const id of [...founders, ...spares]) {
      const member = { id, voters: founders, prng: this.prng, ...limits, ...elections };
      this.cluster.add(new Member(member));
    }
  }

  step(step: number): void {
    const member = this.pickMember();
    const drawn = drawBelow(this.prng, 100);
    if (!member.isUp()) {
      if (drawn < 20) member.start();
    } else if (drawn < 40) this.deliverAny();
    else if (drawn < 70) this.work(member);
    else if (drawn < 79) member.node.tick();
    else if (drawn < 86) member.node.propose(encodeText(`v${step}`));
    else if (drawn < 89) this.read(member, `r${step}`);
    else if (drawn < 92) this.proposeConfChange(member);
    else if (drawn < 94) this.compact(member);
    else if (drawn < 95) this.disturb(member);
    else if (drawn < 98) this.loseAny();
    else this.doubleAny();
    if (member.isUp()) this.checker.saw(member);
    while (this.cluster.queue.length > messagesMax) this.loseAny();
  }

  /** No more faults: everybody is up, every message arrives, and time goes on. Then all works again. */
  settle(): RandomRunResult {
    const members = this.members();
    for (const member of members) if (!member.isUp()) member.start();
    this.calm(200);
    const leader = members.find((member) => member.node.status().role === "leader");
    assert(leader !== undefined, "nobody leads although all is well");
    const { confState } = leader.node.status();
    assert(leader.node.propose(encodeText("last")).ok, "the leader takes no proposal");
    const followers = confStateMembers(confState).map((id) => this.cluster.get(id));
    for (const member of followers) this.read(member, `last-${member.id}`);
    this.calm(20);
    for (const { id } of followers) {
      assert(this.checker.isAnswered(`last-${id}`), `the last read on member ${id} has no answer`);
    }
    assert(leader.node.status().confState.autoLeave !== true, "a joint membership did not end");
    return {
      appliedCount: this.checker.appliedCount(),
      leadersCount: this.checker.leadersCount(),
      snapshotsCount: this.snapshotsCount,
      confChangesCount: this.confChangesCount,
      readsCount: this.checker.readsCount(),
      transfersCount: this.transfersCount,
      values: followers.map((member) => member.values),
    };
  }

  private calm(ticksCount: number): void {
    for (let round = 0; round < ticksCount * 10; round += 1) {
      for (const member of this.members()) {
        if (round % 10 === 0) member.node.tick();
        if (member.node.hasReady() || member.isBusy()) this.finish(member);
        this.checker.saw(member);
      }
      for (const message of this.cluster.queue.splice(0)) {
        if (this.isHeard(message)) this.cluster.deliver(message);
      }
    }
  }

  /**
   * Hosts ignore requests for votes of those who are not in their group: a member that missed its own
   * removal would go on campaigning and disturb the others (the thesis, §4.2.3).
   */
  private isHeard(message: Message): boolean {
    if (message.type !== "vote" && message.type !== "pre-vote") return true;
    const { confState } = this.cluster.get(message.to).node.status();
    return confStateMembers(confState).includes(message.from);
  }

  /** Half of the time only the first half of the work, so that inputs and crashes come in between. */
  private work(member: Member): void {
    if (member.isBusy()) this.finish(member);
    else if (member.node.hasReady()) {
      member.take();
      if (this.prng() < 0.5) member.saveLog();
      else this.finish(member);
    }
  }

  private finish(member: Member): void {
    if (!member.isBusy()) member.take();
    const { committedEntries, messages, readStates } = member.heldReady();
    for (const { context, index } of readStates) {
      this.checker.sawReadAnswered(decodeText(context), index);
    }
    if (this.options.isDiskDishonest === true) member.finishWithoutSync();
    else member.finish();
    this.checker.sawApplied(member.id, committedEntries);
    this.snapshotsCount += messages.filter(({ type }) => type === "snapshot").length;
    this.cluster.post(messages);
  }

  private proposeConfChange(member: Member): void {
    const text = randomChange(this.prng, member, this.cluster.ids());
    if (text === undefined) return;
    const result = member.node.proposeConfChange(parseConfChange(text), encodeText(text));
    if (result.ok) this.confChangesCount += 1;
  }

  private read(member: Member, context: string): void {
    const up = this.members().filter((other) => other.isUp());
    this.checker.sawReadAsked(context, up);
    const { commit, role } = member.node.status();
    if (this.options.isLeaderCredulous === true && role === "leader") {
      this.checker.sawReadAnswered(context, commit);
    } else {
      member.node.readIndex(encodeText(context));
    }
  }

  private disturb(member: Member): void {
    const other = this.pickMember();
    const drawn = drawBelow(this.prng, 4);
    if (drawn < 2) this.crash(member);
    else if (drawn < 3) member.node.reportUnreachable(other.id);
    else if (member.node.transferLeadership(other.id).ok) this.transfersCount += 1;
  }

  private compact(member: Member): void {
    if (member.isBusy()) return;
    if (member.appliedIndex <= member.storage.snapshot().metadata.index) return;
    member.createSnapshot();
    member.storage.compact(member.appliedIndex - drawBelow(this.prng, 3));
  }

  private crash(member: Member): void {
    member.crash(drawBelow(this.prng, member.storage.unsyncedCount() + 1));
  }

  private deliverAny(): void {
    const message = this.takeAny();
    if (message !== undefined) this.cluster.deliver(message);
  }

  private loseAny(): void {
    const message = this.takeAny();
    if (message !== undefined) this.cluster.lose(message);
  }

  private doubleAny(): void {
    const message = this.takeAny();
    if (message !== undefined) this.cluster.post([message, message]);
  }

  /** Mostly the oldest, so that much arrives in order; sometimes any. */
  private takeAny(): Message | undefined {
    const { queue } = this.cluster;
    const position = this.prng() < 0.7 ? 0 : drawBelow(this.prng, queue.length);
    return queue.splice(position, 1)[0];
  }

  private pickMember(): Member {
    const members = this.members();
    return members[drawBelow(this.prng, members.length)] as Member;
  }

  private members(): readonly Member[] {
    return this.cluster.ids().map((id) => this.cluster.get(id));
  }
}
