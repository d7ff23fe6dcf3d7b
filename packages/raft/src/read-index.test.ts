import { expect, test } from "vitest";
import { pendingReadsMax } from "./config.ts";
import type { HeartbeatMessage } from "./message.ts";
import type { Ready } from "./ready.ts";
import { Member } from "./testing/member.ts";
import { decodeText, encodeText } from "./testing/text.ts";

test("an answer to a heartbeat that was written before the question does not confirm it", () => {
  const leader = aLeader();
  leader.node.tick();
  const [early] = heartbeatsOf(work(leader));
  leader.node.readIndex(encodeText("a"));
  answer(leader, early);
  expect(readsOf(work(leader))).toEqual([]);
});

test("one round confirms all questions before it, and a later round those of lost earlier ones", () => {
  const leader = aLeader();
  leader.node.readIndex(encodeText("a"));
  leader.node.readIndex(encodeText("b"));
  work(leader);
  leader.node.readIndex(encodeText("c"));
  const [second] = heartbeatsOf(work(leader));
  answer(leader, second);
  expect(readsOf(work(leader))).toEqual(["a", "b", "c"]);
});

test("equal contexts of different hosts are different questions", () => {
  const leader = aLeader();
  leader.node.readIndex(encodeText("a"));
  const [first] = heartbeatsOf(work(leader));
  leader.node.step({
    type: "read-index",
    from: "3",
    to: "1",
    term: 0,
    context: encodeText("a"),
  });
  answer(leader, first);
  const readys = work(leader);
  expect(readsOf(readys)).toEqual(["a"]);
  const sent = readys.flatMap((ready) => ready.messages).map((message) => message.type);
  expect(sent).not.toContain("read-index-response");
});

test("the answers of strangers, and echoes of what was never sent, confirm nothing", () => {
  const leader = aLeader();
  leader.node.readIndex(encodeText("a"));
  const [heartbeat] = heartbeatsOf(work(leader));
  answer(leader, heartbeat, "9");
  const response = { type: "heartbeat-response", from: "2", to: "1", term: 1 } as const;
  leader.node.step({ ...response, context: Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0) });
  leader.node.step({ ...response, context: encodeText("a") });
  expect(readsOf(work(leader))).toEqual([]);
});

test("questions beyond the limit are refused", () => {
  const leader = aLeader();
  for (let count = 0; count < pendingReadsMax; count += 1) {
    expect(leader.node.readIndex(encodeText("a")).ok).toBe(true);
  }
  expect(leader.node.readIndex(encodeText("a"))).toEqual({ ok: false, reason: "queue-full" });
  const [heartbeat] = heartbeatsOf(work(leader));
  answer(leader, heartbeat);
  expect(readsOf(work(leader)).length).toBe(pendingReadsMax);
  expect(leader.node.readIndex(encodeText("a")).ok).toBe(true);
});

test("questions die with the leadership that they were asked of", () => {
  const leader = aLeader();
  leader.node.readIndex(encodeText("a"));
  const [heartbeat] = heartbeatsOf(work(leader));
  leader.node.step({ type: "vote", from: "2", to: "1", term: 2, lastIndex: 9, lastTerm: 1 });
  answer(leader, heartbeat);
  expect(readsOf(work(leader))).toEqual([]);
  // Leading again, it must not answer with what was committed when it led before.
  lead(leader, 3);
  leader.node.readIndex(encodeText("b"));
  const [next] = heartbeatsOf(work(leader));
  answer(leader, next);
  expect(readsOf(work(leader))).toEqual(["b"]);
});

/** Leads three, and has committed its first entry. */
function aLeader(): Member {
  const member = new Member({ id: "1", voters: ["1", "2", "3"], prng: () => 0 });
  lead(member, 1);
  return member;
}

/** Has member 2 vote for it in the next term, and acknowledge its first entry. */
function lead(member: Member, term: number): void {
  member.node.campaign();
  work(member);
  member.node.step({ type: "vote-response", from: "2", to: "1", term, granted: true });
  work(member);
  const index = member.node.status().lastIndex;
  member.node.step({
    type: "append-response",
    from: "2",
    to: "1",
    term,
    index,
    rejection: undefined,
  });
  work(member);
  expect(member.node.status()).toMatchObject({ role: "leader", term, commit: index });
}

function work(member: Member): readonly Ready[] {
  const readys: Ready[] = [];
  while (member.node.hasReady()) {
    readys.push(member.take());
    member.finish();
  }
  return readys;
}

function answer(leader: Member, heartbeat: HeartbeatMessage | undefined, from = "2"): void {
  const context = heartbeat?.context ?? new Uint8Array();
  const term = heartbeat?.term ?? 0;
  leader.node.step({ type: "heartbeat-response", from, to: "1", term, context });
}

function heartbeatsOf(readys: readonly Ready[]): readonly HeartbeatMessage[] {
  return readys
    .flatMap((ready) => ready.messages)
    .filter((message) => message.type === "heartbeat");
}

function readsOf(readys: readonly Ready[]): readonly string[] {
  return readys.flatMap((ready) => ready.readStates).map(({ context }) => decodeText(context));
}
