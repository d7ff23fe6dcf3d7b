import { getCodec } from "@swarmkit/proto";
import { bootstrapLog, type ConfChange, MemoryStorage, type Message } from "@swarmkit/raft";
import { expect, test } from "vitest";
import { encodeConfChange } from "../../shell/raft/conf-change-codec.ts";
import { replicaCodec } from "../../shell/raft/replica-codec.ts";
import { composeSnapshotData } from "../../shell/raft/snapshot-data.ts";
import { createPrng } from "../lib/prng.ts";
import { Replica, type Work } from "./replica.ts";
import type { AppliedEntry, ReplicaHost } from "./replica-host.ts";

const memberCodec = getCodec("RaftMember");

function addMember(raftId: string): ConfChange {
  const member = { raftId, nodeId: `node${raftId}`, addr: `10.0.0.${raftId}:4242` };
  const context = memberCodec.encode(memberCodec.create(member));
  return { id: "0", type: "add-node", nodeId: raftId, context };
}

function removal(raftId: string): ConfChange {
  return { id: "0", type: "remove-node", nodeId: raftId, context: new Uint8Array() };
}

/** A replica whose disk is at once, and what its host was told. */
class Member implements ReplicaHost {
  readonly replica: Replica;
  readonly told: string[] = [];
  readonly sent: Message[] = [];

  constructor(raftId: string, group: readonly string[]) {
    const storage = new MemoryStorage();
    const { entries, hardState } = bootstrapLog(group.map((id) => encodeConfChange(addMember(id))));
    storage.append(entries);
    storage.setHardState(hardState);
    this.replica = new Replica({
      ...{ raftId, storage, snapshot: undefined, host: this, codec: replicaCodec },
      ...{ prng: createPrng(Number(raftId)), electionTicks: 10, heartbeatTicks: 1 },
      wake: () => undefined,
    });
    this.replica.start();
  }

  work(): void {
    for (let work = this.replica.takeWork(); work !== undefined; work = this.replica.takeWork()) {
      this.finish(work);
    }
  }

  finish(work: Work): void {
    this.replica.apply(work);
    this.sent.push(...work.early, ...work.messages);
    this.replica.saved(work);
  }

  applyEntry({ data }: AppliedEntry): void {
    this.told.push(Buffer.from(data).toString());
  }
  confChangeApplied(): void {}
  restoreSnapshot(_store: Uint8Array, index: number): void {
    this.told.push(`snapshot ${index}`);
  }
  leadershipChanged(isLeader: boolean): void {
    this.told.push(isLeader ? "leads" : "leads no more");
  }
  leaderChanged(): void {}
  membersChanged(): void {}
  removed(): void {
    this.told.push("removed");
  }
  readReady(): void {}
}

/** Members that hear each other at once. */
class Group {
  readonly members: ReadonlyMap<string, Member>;

  constructor(ids: readonly string[]) {
    this.members = new Map(ids.map((id) => [id, new Member(id, ids)]));
    this.settle();
  }

  member(id: string): Member {
    const member = this.members.get(id);
    if (member === undefined) throw new Error(`there is no member ${id}`);
    return member;
  }

  settle(): void {
    let isQuiet = false;
    while (!isQuiet) {
      isQuiet = true;
      for (const member of this.members.values()) {
        member.work();
        for (const message of member.sent.splice(0)) {
          isQuiet = false;
          this.members.get(message.to)?.replica.step(message);
        }
      }
    }
  }

  tick(): void {
    for (const { replica } of this.members.values()) replica.tick();
    this.settle();
  }

  /** Ticks until somebody leads. */
  elect(): Member {
    for (;;) {
      const leader = [...this.members.values()].find(({ replica }) => replica.isLeader);
      if (leader !== undefined) return leader;
      this.tick();
    }
  }
}

function snapshotOf(ids: readonly string[], removed: readonly string[]): Uint8Array {
  const members = ids.map((raftId) => memberCodec.create({ raftId, nodeId: `node${raftId}` }));
  const membership = getCodec("ClusterSnapshot").encode({ members, removed });
  return composeSnapshotData({ membership, store: new Uint8Array() });
}

test("a leader that learns of its successor by a snapshot leads no more before it is restored", () => {
  const group = new Group(["1", "2", "3"]);
  const { replica, told } = group.elect();
  const from = replica.raftId === "1" ? "2" : "1";
  const term = replica.status().term + 1;
  const metadata = { index: 100, term, confState: { voters: ["1", "2", "3"] } };
  const data = snapshotOf(["1", "2", "3"], []);
  replica.step({ type: "snapshot", from, to: replica.raftId, term, snapshot: { metadata, data } });
  group.member(replica.raftId).work();
  expect(told).toEqual(["leads", "leads no more", "snapshot 100"]);
});

test("a member that a snapshot says was removed is told", () => {
  const group = new Group(["1", "2", "3"]);
  const leader = group.elect();
  const follower = group.member(leader.replica.raftId === "1" ? "2" : "1");
  const { replica, told } = follower;
  const rest = ["1", "2", "3"].filter((id) => id !== replica.raftId);
  const { term } = replica.status();
  const metadata = { index: 100, term, confState: { voters: rest } };
  const data = snapshotOf(rest, [replica.raftId]);
  const envelope = { from: leader.replica.raftId, to: replica.raftId, term };
  replica.step({ type: "snapshot", ...envelope, snapshot: { metadata, data } });
  follower.work();
  expect(told).toEqual(["snapshot 100", "removed"]);
});

test("a leader that removes itself tells so, and somebody else leads before long", () => {
  const group = new Group(["1", "2", "3"]);
  const leader = group.elect();
  const others = [...group.members.values()].filter((member) => member !== leader);
  expect(leader.replica.proposeConfChange(removal(leader.replica.raftId)).ok).toBe(true);
  for (let ticks = 0; ticks < 40; ticks += 1) group.tick();
  expect(others.filter(({ replica }) => replica.isLeader)).toHaveLength(1);
  expect(leader.told).toEqual(["leads", "removed", "leads no more"]);
});
