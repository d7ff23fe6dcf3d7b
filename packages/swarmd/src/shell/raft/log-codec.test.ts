import { getCodec } from "@swarmkit/proto";
import type { ConfState, Entry } from "@swarmkit/raft";
import { expect, test } from "vitest";
import {
  decodeConfState,
  decodeEntry,
  decodeHardState,
  decodeSnapshotPosition,
  encodeConfState,
  encodeEntry,
  encodeHardState,
  encodeSnapshotPosition,
} from "./log-codec.ts";

const idMax = "18446744073709551615";
const numbers = [0, 1, 127, 128, 16_384, 2 ** 31, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER];

test("entries are coded as the general codec codes them", () => {
  const codec = getCodec("RaftpbEntry");
  const types = [
    ["normal", "EntryNormal"],
    ["conf-change", "EntryConfChange"],
    ["conf-change-v2", "EntryConfChangeV2"],
  ] as const;
  for (const [type, Type] of types) {
    for (const number of numbers) {
      const data = Uint8Array.of(1, 2, 3);
      const entry: Entry = { type, term: number, index: Math.max(1, number), data };
      const bytes = encodeEntry(entry, data);
      const plain = { Type, Term: entry.term, Index: entry.index, Data: data };
      expect(Buffer.from(bytes)).toEqual(Buffer.from(codec.encode(plain)));
      expect(decodeEntry(bytes)).toEqual(entry);
    }
  }
});

test("hard states are coded as the general codec codes them", () => {
  const codec = getCodec("RaftpbHardState");
  for (const number of numbers) {
    for (const vote of [undefined, "1", idMax]) {
      const state = { term: number, vote, commit: number };
      const bytes = encodeHardState(state);
      const plain = codec.encode({ ...state, vote: vote ?? "0" });
      expect(Buffer.from(bytes)).toEqual(Buffer.from(plain));
      expect(decodeHardState(bytes)).toEqual(state);
    }
  }
});

test("memberships are coded as the general codec codes them", () => {
  const codec = getCodec("RaftpbConfState");
  const confStates: readonly ConfState[] = [
    { voters: [] },
    { voters: ["1"] },
    { voters: ["1", "300", idMax] },
    { voters: ["1"], learners: ["2", idMax] },
    { voters: ["1"], votersOutgoing: ["1", "2"], learnersNext: ["2"], autoLeave: true },
  ];
  for (const confState of confStates) {
    const bytes = encodeConfState(confState);
    expect(Buffer.from(bytes)).toEqual(Buffer.from(codec.encode(codec.create(confState))));
    expect(decodeConfState(bytes)).toEqual(confState);
  }
});

test("a membership with a part that is not known is refused", () => {
  expect(() => decodeConfState(Uint8Array.of(0x30, 1))).toThrow("no field 6");
});

test("a snapshot's place is read with and without its membership", () => {
  for (const confState of [undefined, { voters: [idMax] }]) {
    const position = { index: 300, term: 4, confState };
    expect(decodeSnapshotPosition(encodeSnapshotPosition(position))).toEqual(position);
  }
});

test("bytes of another message are refused", () => {
  const entry = encodeEntry(
    { type: "normal", term: 1, index: 1, data: new Uint8Array() },
    Buffer.of(1),
  );
  expect(() => decodeHardState(entry)).toThrow("no field 4");
  expect(() => decodeEntry(encodeHardState({ term: 1, vote: "1", commit: 1 }))).toThrow("no data");
  expect(() => decodeEntry(entry.subarray(0, -1))).toThrow("longer than its message");
  expect(() => decodeEntry(Uint8Array.of(0x08, 0x80))).toThrow("ends within a number");
});
