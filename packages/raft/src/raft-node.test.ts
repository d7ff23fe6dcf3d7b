import { expect, test } from "vitest";
import { entryBytes } from "./entry.ts";
import type { Message } from "./message.ts";
import type { Ready } from "./ready.ts";
import { Member, type MemberOptions } from "./testing/member.ts";
import { decodeText, encodeText } from "./testing/text.ts";

test("everything proposed while a Ready is being saved travels in the next one", () => {
  const member = aLeader();
  member.node.propose(encodeText("a"));
  const first = member.take();
  for (const value of ["b", "c", "d"]) member.node.propose(encodeText(value));
  expect(member.node.hasReady()).toBe(false);
  expect(first.entries.map((entry) => decodeText(entry.data))).toEqual(["a"]);
  member.finish();
  const second = member.take();
  expect(second.entries.map((entry) => decodeText(entry.data))).toEqual(["b", "c", "d"]);
  expect(second.committedEntries.map((entry) => decodeText(entry.data))).toEqual(["a"]);
});

test("an entry that is committed but not saved is not given to apply", () => {
  const member = aMember({ voters: ["1", "2"] });
  const entries = [{ term: 1, index: 1, type: "normal" as const, data: encodeText("a") }];
  const head = { from: "2", to: "1", term: 1 };
  const append: Message = {
    ...head,
    type: "append",
    previousIndex: 0,
    previousTerm: 0,
    entries,
    commit: 1,
  };
  member.node.step(append);
  expect(member.take().committedEntries).toEqual([]);
  member.finish();
  expect(member.take().committedEntries).toEqual(entries);
});

test("a Ready is not changed by what happens after it was taken", () => {
  const member = aLeader();
  member.node.propose(encodeText("a"));
  const ready = member.take();
  const copy = structuredClone(ready);
  deepFreeze(ready);
  for (let count = 0; count < 50; count += 1) {
    member.node.propose(encodeText("b"));
    member.node.tick();
  }
  member.node.step({ type: "vote", from: "2", to: "1", term: 9, lastIndex: 9, lastTerm: 8 });
  member.finish();
  drain(member);
  expect(ready).toEqual(copy);
});

test("a membership change that is applied after a newer snapshot came does not undo its membership", () => {
  const member = aMember({ voters: ["1", "2"] });
  const change = {
    term: 1,
    index: 1,
    type: "conf-change",
    data: encodeText("add-node 3"),
  } as const;
  const head = { from: "2", to: "1", term: 1 } as const;
  const previous = { previousIndex: 0, previousTerm: 0 };
  member.node.step({ ...head, type: "append", ...previous, entries: [change], commit: 1 });
  member.take();
  member.finish();
  member.take();
  const metadata = { index: 9, term: 1, confState: { voters: ["1", "2", "4"] } };
  const snapshot = { metadata, data: encodeText("a") };
  member.node.step({ ...head, type: "snapshot", snapshot });
  expect(member.apply()).toEqual([change]);
  expect(member.node.status().confState).toEqual({ voters: ["1", "2", "4"] });
  member.advance();
  drain(member);
  expect(member.node.status()).toMatchObject({
    applied: 9,
    confState: { voters: ["1", "2", "4"] },
  });
});

test("only one Ready is out at a time, and advance needs one", () => {
  const member = aLeader();
  expect(() => member.node.advance()).toThrow("without a Ready");
  member.node.propose(encodeText("a"));
  const ready = member.node.ready();
  expect(() => member.node.ready()).toThrow("before advance()");
  expect(() => member.node.advance({ ...ready })).toThrow("another Ready");
});

test("only entries, votes and snapshots need the disk; a new commit index alone does not", () => {
  const member = aLeader();
  member.node.propose(encodeText("a"));
  expect(member.take().mustSync).toBe(true);
  member.finish();
  const ready = member.take();
  expect(ready.hardState?.commit).toBe(2);
  expect(ready.mustSync).toBe(false);
});

test("proposals are refused beyond the limit in bytes, and taken again once entries are applied", () => {
  const uncommittedBytesMax = 4 * entryBytes(encodeText("x"));
  const member = aLeader({ uncommittedBytesMax });
  const results = Array.from({ length: 5 }, () => member.node.propose(encodeText("x")));
  expect(results.map((result) => result.ok)).toEqual([true, true, true, true, false]);
  expect(results[4]).toEqual({ ok: false, reason: "queue-full" });
  drain(member);
  expect(member.node.propose(encodeText("x")).ok).toBe(true);
});

test("an entry larger than the limit passes when nothing else waits", () => {
  const member = aLeader({ uncommittedBytesMax: 10 });
  expect(member.node.propose(encodeText("larger than ten bytes")).ok).toBe(true);
  expect(member.node.propose(encodeText("x"))).toEqual({ ok: false, reason: "queue-full" });
});

test("a message that claims to come from the member itself, or is for another, is dropped", () => {
  const member = aMember({ voters: ["1", "2", "3"] });
  member.node.campaign();
  const granted = { type: "vote-response", term: 1, granted: true } as const;
  member.node.step({ ...granted, from: "1", to: "1" });
  member.node.step({ ...granted, from: "2", to: "3" });
  drain(member);
  expect(member.node.status().role).toBe("candidate");
  member.node.step({ ...granted, from: "2", to: "1" });
  expect(member.node.status().role).toBe("leader");
});

test("a follower that hears of a commit beyond its log stops rather than guess (§5.4.3)", () => {
  const member = aMember({ voters: ["1", "2"] });
  const heartbeat = {
    type: "heartbeat",
    from: "2",
    to: "1",
    term: 1,
    context: new Uint8Array(),
  } as const;
  expect(() => member.node.step({ ...heartbeat, commit: 5 })).toThrow("are gone");
});

test("a heartbeat's context comes back unchanged", () => {
  const member = aMember({ voters: ["1", "2"] });
  const context = new Uint8Array([1, 2, 3]);
  member.node.step({ type: "heartbeat", from: "2", to: "1", term: 1, commit: 0, context });
  expect(member.take().messages).toEqual([
    { type: "heartbeat-response", from: "1", to: "2", term: 1, context },
  ]);
});

test("a follower whose window is full gets no more entries until it answers", () => {
  const member = aMember({ voters: ["1", "2"], inflightMessagesMax: 2, entryBytesMax: 1 });
  member.node.campaign();
  drain(member);
  member.node.step({ type: "vote-response", from: "2", to: "1", term: 1, granted: true });
  drain(member);
  const accepted = {
    type: "append-response",
    from: "2",
    to: "1",
    term: 1,
    rejection: undefined,
  } as const;
  member.node.step({ ...accepted, index: 1 });
  drain(member);
  for (const value of ["a", "b", "c"]) member.node.propose(encodeText(value));
  expect(appendedIndexes(member.take())).toEqual([2, 3]);
  member.finish();
  member.node.step({ ...accepted, index: 2 });
  expect(appendedIndexes(member.take())).toEqual([4]);
});

test("while a slow disk holds up a Ready, one heartbeat waits and not a queue of them", () => {
  const member = aMember({ voters: ["1", "2"] });
  member.node.campaign();
  drain(member);
  member.node.step({ type: "vote-response", from: "2", to: "1", term: 1, granted: true });
  member.take();
  for (let count = 0; count < 100; count += 1) member.node.tick();
  member.finish();
  const { messages } = member.take();
  expect(messages.filter((message) => message.type === "heartbeat").length).toBe(1);
});

function appendedIndexes(ready: Ready): readonly number[] {
  return ready.messages.flatMap((message) =>
    message.type === "append" ? message.entries.map((entry) => entry.index) : [],
  );
}

function aMember(options: Partial<MemberOptions> = {}): Member {
  return new Member({ id: "1", voters: ["1"], prng: () => 0, ...options });
}

function aLeader(options: Partial<MemberOptions> = {}): Member {
  const member = aMember(options);
  member.node.campaign();
  drain(member);
  return member;
}

function drain(member: Member): void {
  while (member.node.hasReady()) {
    member.take();
    member.finish();
  }
}

function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
}
