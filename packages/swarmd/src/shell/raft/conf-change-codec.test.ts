import { getCodec } from "@swarmkit/proto";
import type {
  ConfChange,
  ConfChangeTransition,
  ConfChangeType,
  ConfChangeV2,
} from "@swarmkit/raft";
import { expect, test } from "vitest";
import { decodeConfChange, encodeConfChange } from "./conf-change-codec.ts";

const nodeId = "9223372036854775807";
const types: readonly ConfChangeType[] = [
  "add-node",
  "remove-node",
  "update-node",
  "add-learner-node",
];

test.each(types)("a change of one member is read as it was written: %s", (type) => {
  const change: ConfChange = { id: "18446744073709551615", type, nodeId, context: Buffer.of(7) };
  const data = encodeConfChange(change);
  const read = decodeConfChange({ term: 1, index: 1, type: "conf-change", data });
  expect(read).toEqual({ ...change, context: Uint8Array.of(7) });
});

test("changes of several members are read as they were written", () => {
  const transitions: readonly ConfChangeTransition[] = ["auto", "joint-implicit", "joint-explicit"];
  for (const transition of transitions) {
    const changes = types.map((type) => ({ type, nodeId }));
    const change: ConfChangeV2 = { transition, changes, context: new Uint8Array() };
    const data = encodeConfChange(change);
    const read = decodeConfChange({ term: 1, index: 1, type: "conf-change-v2", data });
    expect(read).toEqual(change);
  }
});

test("leaving a joint membership is empty data", () => {
  const leave: ConfChangeV2 = { transition: "auto", changes: [], context: new Uint8Array() };
  const data = encodeConfChange(leave);
  expect(data).toEqual(new Uint8Array());
  expect(decodeConfChange({ term: 1, index: 1, type: "conf-change-v2", data })).toEqual(leave);
});

test("a kind of change that raft does not have is refused with the entry's index", () => {
  const data = getCodec("RaftpbConfChange").encode({
    id: "1",
    nodeId,
    type: "#9" as "ConfChangeAddNode",
    context: new Uint8Array(),
  });
  const entry = { term: 1, index: 41, type: "conf-change", data } as const;
  expect(() => decodeConfChange(entry)).toThrow("entry 41 of the raft log");
});
