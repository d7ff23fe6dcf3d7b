import { assert } from "../errors.ts";
import type { Message } from "../message.ts";
import { compareRaftIds, type RaftId } from "../raft-id.ts";
import type { Member } from "./member.ts";

/** Members and the messages between them, which move only when told to. */
export class Cluster {
  readonly members: Map<RaftId, Member> = new Map();
  /** Sent and not delivered, oldest first. */
  queue: Message[] = [];
  /** Nothing reaches these and nothing comes from them. */
  readonly isolated: Set<RaftId> = new Set();

  get(id: RaftId): Member {
    const member = this.members.get(id);
    assert(member !== undefined, `there is no member ${id}`);
    return member;
  }

  ids(): readonly RaftId[] {
    return [...this.members.keys()].sort(compareRaftIds);
  }

  add(member: Member): void {
    assert(!this.members.has(member.id), `member ${member.id} is there already`);
    this.members.set(member.id, member);
  }

  post(messages: readonly Message[]): void {
    this.queue.push(...messages);
  }

  /** Hands a message over, and tells the sender how a snapshot fared; whether it arrived. */
  deliver(message: Message): boolean {
    const target = this.members.get(message.to);
    const isReachable = !this.isolated.has(message.to) && !this.isolated.has(message.from);
    const arrived = isReachable && target?.isUp() === true;
    if (arrived) target.node.step(message);
    this.reportSnapshot(message, arrived);
    return arrived;
  }

  lose(message: Message): void {
    this.reportSnapshot(message, false);
  }

  private reportSnapshot(message: Message, arrived: boolean): void {
    const sender = this.members.get(message.from);
    if (message.type !== "snapshot" || sender?.isUp() !== true) return;
    sender.node.reportSnapshot(message.to, arrived);
  }
}
