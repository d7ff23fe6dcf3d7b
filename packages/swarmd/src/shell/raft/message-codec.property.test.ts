import { getCodec, type RaftpbMessage } from "@swarmkit/proto";
import type { DeepPartial } from "@swarmkit/proto/types";
import type { ConfState, Entry, EntryType, Message } from "@swarmkit/raft";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeMessage, encodeMessage, fromPlainMessage, toPlainMessage } from "./message-codec.ts";

const id = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String);
const number = fc.maxSafeNat();
const bytes = fc.uint8Array({ maxLength: 40 });
const ids = fc.uniqueArray(id, { maxLength: 4 }).map((list) => [...list].sort(byNumber));
const envelope = { from: id, to: id, term: number };
const entryType = fc.constantFrom<EntryType>("normal", "conf-change", "conf-change-v2");

const append = fc
  .record({
    ...envelope,
    previousIndex: fc.nat(),
    previousTerm: number,
    commit: number,
    contents: fc.array(fc.record({ term: number, type: entryType, data: bytes }), { maxLength: 5 }),
  })
  .map(({ contents, ...rest }): Message => {
    const index = rest.previousIndex + 1;
    const entries = contents.map((one, place): Entry => ({ ...one, index: index + place }));
    return { ...rest, type: "append", entries };
  });

const snapshot = fc
  .record({
    ...envelope,
    data: bytes,
    index: fc.integer({ min: 1 }),
    snapshotTerm: number,
    voters: ids.filter((list) => list.length > 0),
    learners: ids,
    votersOutgoing: ids,
    learnersNext: ids,
    autoLeave: fc.boolean(),
  })
  .map(({ from, to, term, data, index, snapshotTerm, ...lists }): Message => {
    const kept = Object.entries(lists).filter(([, part]) => part !== false && `${part}` !== "");
    const confState = Object.fromEntries(kept) as unknown as ConfState;
    const metadata = { index, term: snapshotTerm, confState };
    return { from, to, term, type: "snapshot", snapshot: { data, metadata } };
  });

/** Messages of one type, of parts that are drawn on their own. */
function simple<Type extends Message["type"]>(
  type: Type,
  parts: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<Message> {
  return fc.record({ type: fc.constant(type), ...envelope, ...parts }) as fc.Arbitrary<Message>;
}

const last = { lastIndex: number, lastTerm: number };
const granted = { granted: fc.boolean() };
const context = { context: bytes };
const rejection = fc.option(fc.record({ hintIndex: number, hintTerm: number }), {
  nil: undefined,
});

const messages: fc.Arbitrary<Message> = fc.oneof(
  append,
  snapshot,
  simple("vote", last),
  simple("vote", { ...last, isTransfer: fc.constant(true) }),
  simple("pre-vote", last),
  simple("vote-response", granted),
  simple("pre-vote-response", granted),
  simple("append-response", { index: number, rejection }),
  simple("heartbeat", { commit: number, ...context }),
  simple("heartbeat-response", context),
  simple("transfer-leader", {}),
  simple("timeout-now", {}),
  simple("read-index", context),
  simple("read-index-response", { index: number, ...context }),
);

test("every message is read as it was sent", () => {
  const check = (message: Message): void => {
    expect(decodeMessage(encodeMessage(message))).toEqual({ kind: "message", message });
  };
  fc.assert(fc.property(messages, check), { numRuns: 500 });
});

test("a message's parts are those of raftpb, none missing", () => {
  const codec = getCodec("RaftpbMessage");
  const check = (message: Message): void => {
    const plain = toPlainMessage(message);
    expect(codec.decode(codec.encode(plain))).toEqual(plain);
  };
  fc.assert(fc.property(messages, check), { numRuns: 200 });
});

test.each<DeepPartial<RaftpbMessage>>([
  { type: "MsgHup" },
  { type: "MsgBeat" },
  { type: "MsgProp", entries: [{ Data: Uint8Array.of(1) }] },
  { type: "MsgUnreachable" },
  { type: "MsgSnapStatus" },
  { type: "MsgCheckQuorum" },
  { type: "#77" as "MsgHup" },
  { type: "MsgReadIndex" },
  { type: "MsgSnap" },
  { type: "MsgApp", index: 4, entries: [{ Index: 6 }] },
  { type: "MsgApp", index: 4, entries: [{ Index: 5, Type: "#9" as "EntryNormal" }] },
  { type: "MsgHeartbeat", from: "0" },
  { type: "MsgHeartbeat", to: "0" },
])("what no member sends to another is dropped, with its type: %j", (parts) => {
  const plain = getCodec("RaftpbMessage").create({ from: "1", to: "2", ...parts });
  const received = fromPlainMessage(plain);
  expect(received.kind).toBe("dropped");
  expect(received).toHaveProperty("reason", expect.stringContaining(`${plain.type}`));
});

test("bytes that are no message are refused", () => {
  expect(() => decodeMessage(Uint8Array.of(0x08))).toThrow("RaftpbMessage");
});

function byNumber(left: string, right: string): number {
  return BigInt(left) < BigInt(right) ? -1 : 1;
}
