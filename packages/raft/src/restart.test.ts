import { expect, test } from "vitest";
import { RawNode } from "./raft-node.ts";
import { MemoryStorage } from "./storage.ts";
import { encodeText } from "./testing/text.ts";

test("a member whose saved log is shorter than its commit index refuses to start", () => {
  const storage = new MemoryStorage({ voters: ["1"] });
  storage.setHardState({ term: 3, vote: "1", commit: 7 });
  expect(() => startOn(storage)).toThrow("entries were lost");
});

test("a save cut short between the log and the hard state is continued in the log's term (§5.1)", () => {
  const storage = new MemoryStorage({ voters: ["1", "2"] });
  storage.setHardState({ term: 4, vote: "2", commit: 0 });
  storage.append([{ term: 5, index: 1, type: "normal", data: encodeText("a") }]);
  const node = startOn(storage);
  expect(node.status()).toMatchObject({ term: 5, vote: undefined });
  const { hardState, mustSync } = node.ready();
  expect({ hardState, mustSync }).toEqual({
    hardState: { term: 5, vote: undefined, commit: 0 },
    mustSync: true,
  });
});

test("a commit index that was not flushed with its snapshot is raised to it (§7)", () => {
  const storage = new MemoryStorage({ voters: ["1"] });
  const metadata = { index: 9, term: 2, confState: { voters: ["1"] } };
  storage.applySnapshot({ metadata, data: encodeText("a") });
  storage.setHardState({ term: 2, vote: "1", commit: 4 });
  expect(startOn(storage, 9).status()).toMatchObject({ commit: 9, applied: 9, firstIndex: 10 });
});

test("two membership changes in the log show that the first is committed (the thesis, §4.1)", () => {
  const storage = new MemoryStorage({ voters: ["1", "2", "3"] });
  const change = (index: number, text: string) =>
    ({ term: 1, index, type: "conf-change", data: encodeText(text) }) as const;
  storage.append([change(1, "add-node 4"), change(2, "add-node 5")]);
  const node = startOn(storage);
  expect(node.status().commit).toBe(1);
  // Among the voters of two changes ago it could win against the majority of today.
  node.campaign();
  expect(node.status().role).toBe("follower");
});

test("a membership of every kind is found again after a restart", () => {
  const confState = {
    voters: ["1", "4"],
    learners: ["5"],
    votersOutgoing: ["1", "2"],
    learnersNext: ["2"],
    autoLeave: true,
  };
  const storage = new MemoryStorage({ voters: ["1"] });
  storage.applySnapshot({
    metadata: { index: 3, term: 1, confState },
    data: encodeText("a"),
  });
  expect(startOn(storage, 3).status().confState).toEqual(confState);
});

test("an applied index beyond the commit index is a host's mistake", () => {
  const storage = new MemoryStorage({ voters: ["1"] });
  expect(() => startOn(storage, 1)).toThrow("beyond the commit index");
});

function startOn(storage: MemoryStorage, applied = 0): RawNode {
  const limits = { entryBytesMax: 1_000, inflightMessagesMax: 8, uncommittedBytesMax: 1_000 };
  const ticks = { electionTicks: 10, heartbeatTicks: 1 };
  return new RawNode({ id: "1", storage, applied, prng: () => 0, ...limits, ...ticks });
}
