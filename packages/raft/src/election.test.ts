import { expect, test } from "vitest";
import type { Entry } from "./entry.ts";
import type { AppendMessage } from "./message.ts";
import { Member, type MemberOptions } from "./testing/member.ts";
import { encodeText } from "./testing/text.ts";

test("the own vote counts once it is saved, not when an earlier save is done (§5.2)", () => {
  const member = aMember();
  member.node.campaign();
  member.take();
  // A second election starts while the first vote is being saved.
  member.node.campaign();
  member.finish();
  expect(member.node.status()).toMatchObject({ role: "candidate", term: 2 });
  drain(member);
  expect(member.node.status()).toMatchObject({ role: "leader", term: 2 });
});

test("the election timeout is drawn from one to two times electionTicks (§5.2)", () => {
  for (const [drawn, ticks] of [
    [0, 10],
    [0.5, 15],
    [0.999, 19],
  ] as const) {
    const member = aMember({ voters: ["1", "2"], prng: () => drawn });
    for (let count = 1; count < ticks; count += 1) member.node.tick();
    expect(member.node.status().role).toBe("follower");
    member.node.tick();
    expect(member.node.status().role).toBe("candidate");
  }
});

test("a candidate that is refused does not put off the election of the one who refused it (§5.2)", () => {
  const member = aMember({ voters: ["1", "2"] });
  member.node.step(anAppend([anEntry(1, "a")], 0));
  for (let count = 0; count < 9; count += 1) member.node.tick();
  member.node.step({ type: "vote", from: "2", to: "1", term: 2, lastIndex: 0, lastTerm: 0 });
  expect(member.node.status()).toMatchObject({ role: "follower", term: 2 });
  member.node.tick();
  expect(member.node.status()).toMatchObject({ role: "candidate", term: 3 });
});

test("a given vote puts the own election off (§5.2)", () => {
  const member = aMember({ voters: ["1", "2"] });
  for (let count = 0; count < 9; count += 1) member.node.tick();
  member.node.step({ type: "vote", from: "2", to: "1", term: 1, lastIndex: 0, lastTerm: 0 });
  for (let count = 0; count < 9; count += 1) member.node.tick();
  expect(member.node.status()).toMatchObject({ role: "follower", vote: "2" });
});

test("the vote of a stranger does not count (§5.2)", () => {
  const member = aMember({ voters: ["1", "2", "3"] });
  member.node.campaign();
  drain(member);
  member.node.step({ type: "vote-response", from: "9", to: "1", term: 1, granted: true });
  expect(member.node.status().role).toBe("candidate");
});

test("a member does not campaign with a committed membership change ahead of it", () => {
  const member = aMember({ voters: ["1", "2"] });
  member.node.step(anAppend([{ ...anEntry(1, "add-node 3"), type: "conf-change" }], 1));
  member.node.campaign();
  expect(member.node.status().role).toBe("follower");
  drain(member);
  member.node.campaign();
  expect(member.node.status()).toMatchObject({ role: "candidate", voters: ["1", "2", "3"] });
});

test("a member does not campaign while a snapshot is being installed (§7)", () => {
  const member = aMember({ voters: ["1", "2"] });
  const metadata = { index: 5, term: 1, confState: { voters: ["1", "2"] } };
  const snapshot = { metadata, data: encodeText("a") };
  member.node.step({ type: "snapshot", from: "2", to: "1", term: 1, snapshot });
  member.node.campaign();
  expect(member.node.status().role).toBe("follower");
  drain(member);
  member.node.campaign();
  expect(member.node.status().role).toBe("candidate");
});

test("an answer of somebody who is not a member does not depose a leader", () => {
  const member = aMember();
  member.node.campaign();
  drain(member);
  const answer = { type: "append-response", to: "1", term: 9, index: 0 } as const;
  member.node.step({ ...answer, from: "9", rejection: undefined });
  expect(member.node.status()).toMatchObject({ role: "leader", term: 1 });
});

test("a leader's lease also protects it from its followers' impatience, but not from its own wish", () => {
  const member = aMember({ voters: ["1", "2", "3"], checkQuorum: true });
  member.node.step(anAppend([], 0));
  const vote = { type: "vote", from: "3", to: "1", term: 2, lastIndex: 0, lastTerm: 0 } as const;
  member.node.step(vote);
  expect(member.node.status()).toMatchObject({ term: 1, leader: "2" });
  member.node.step({ ...vote, isTransfer: true });
  expect(member.node.status()).toMatchObject({ term: 2, vote: "3" });
});

test("a learner that no longer hears its leader does not stand by it for ever", () => {
  const member = aMember({ voters: ["2", "3"], checkQuorum: true });
  member.node.step(anAppend([], 0));
  for (let count = 0; count < 35; count += 1) member.node.tick();
  member.node.step({ type: "vote", from: "3", to: "1", term: 2, lastIndex: 0, lastTerm: 0 });
  expect(member.node.status()).toMatchObject({ term: 2, vote: "3" });
});

test("asking around changes neither the term nor the vote of anybody (the thesis, §9.6)", () => {
  const member = aMember({ voters: ["1", "2", "3"], preVote: true });
  member.node.campaign();
  expect(member.node.status()).toMatchObject({ role: "pre-candidate", term: 0, vote: undefined });
  expect(member.take().mustSync).toBe(false);
  member.finish();
  member.node.step({ type: "pre-vote", from: "2", to: "1", term: 9, lastIndex: 0, lastTerm: 0 });
  const [answer] = member.take().messages;
  expect(answer).toMatchObject({ type: "pre-vote-response", to: "2", term: 9, granted: true });
  expect(member.node.status()).toMatchObject({ term: 0, vote: undefined });
});

test("an answer about the next term does not carry a member into it that no longer asks", () => {
  const member = aMember({ voters: ["1", "2", "3"], preVote: true });
  const answer = { type: "pre-vote-response", from: "2", to: "1", term: 7, granted: true } as const;
  member.node.step(answer);
  expect(member.node.status()).toMatchObject({ role: "follower", term: 0 });
  member.node.step({ ...answer, granted: false });
  expect(member.node.status()).toMatchObject({ role: "follower", term: 7 });
});

test("a follower commits only what the leader's append shows to agree (§5.3)", () => {
  const member = aMember({ voters: ["1", "2", "3"] });
  member.node.step(anAppend([anEntry(1, "a"), anEntry(2, "stale"), anEntry(3, "stale")], 0));
  // The leader of term 2 has committed its index 3, but this append proves only index 1 to be the same.
  member.node.step({ ...anAppend([anEntry(1, "a")], 3), from: "3", term: 2 });
  expect(member.node.status().commit).toBe(1);
});

function anAppend(entries: readonly Entry[], commit: number): AppendMessage {
  const previous = { previousIndex: 0, previousTerm: 0 };
  return { type: "append", from: "2", to: "1", term: 1, ...previous, entries, commit };
}

function anEntry(index: number, text: string): Entry {
  return { term: 1, index, type: "normal", data: encodeText(text) };
}

function aMember(options: Partial<MemberOptions> = {}): Member {
  return new Member({ id: "1", voters: ["1"], prng: () => 0, ...options });
}

function drain(member: Member): void {
  while (member.node.hasReady()) {
    member.take();
    member.finish();
  }
}
