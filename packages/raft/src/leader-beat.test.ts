import { expect, test } from "vitest";
import { Member } from "./testing/member.ts";

const electionTicks = 10;

function aFollower(): Member {
  return new Member({
    id: "1",
    voters: ["1", "2"],
    prng: () => 0,
    preVote: true,
    checkQuorum: true,
  });
}

/** Heartbeats of member 2, each after `gap` ticks. */
function beat(member: Member, gaps: readonly number[]): void {
  for (const gap of gaps) {
    tick(member, gap);
    const heartbeat = { type: "heartbeat", from: "2", to: "1", term: 1, commit: 0 } as const;
    member.node.step({ ...heartbeat, context: new Uint8Array() });
  }
}

function tick(member: Member, count: number): void {
  for (let done = 0; done < count; done += 1) member.node.tick();
}

/** Ticks without the leader until the member asks around. */
function patienceOf(member: Member): number {
  for (let ticks = 1; ticks < 1000; ticks += 1) {
    member.node.tick();
    if (member.node.status().role !== "follower") return ticks;
  }
  throw new Error("the member never gave its leader up");
}

test("a leader that beats slowly is waited for ten of its beats", () => {
  const member = aFollower();
  beat(member, [0, 9, 9, 9]);
  expect(patienceOf(member)).toBe(90);
});

test("one late beat of a quick leader costs no patience", () => {
  const member = aFollower();
  beat(member, [0, 1, 1, 8, 1]);
  expect(patienceOf(member)).toBe(electionTicks);
});

test("what was observed of one leader does not count for the next", () => {
  const member = aFollower();
  beat(member, [0, 9, 9]);
  member.node.step({
    ...{ type: "append", from: "2", to: "1", term: 2, commit: 0 },
    ...{ previousIndex: 0, previousTerm: 0, entries: [] },
  } as Parameters<typeof member.node.step>[0]);
  expect(patienceOf(member)).toBe(electionTicks);
});

test("without a leader it is tried again at the usual pace", () => {
  const member = aFollower();
  beat(member, [0, 9, 9]);
  patienceOf(member);
  const { term } = member.node.status();
  tick(member, electionTicks);
  expect(member.node.status()).toMatchObject({ role: "pre-candidate", term });
});
