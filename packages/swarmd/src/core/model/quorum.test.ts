import { expect, test } from "vitest";
import type { ClusterMember } from "./cluster-member.ts";
import { canRemoveMember } from "./quorum.ts";

/** One member for each letter; capitals answer. */
const group = (letters: string): readonly ClusterMember[] =>
  [...letters].map((letter) => ({
    raftId: letter.toLowerCase(),
    nodeId: letter,
    addr: "",
    isLeader: false,
    reachability: letter === letter.toUpperCase() ? "REACHABLE" : "UNREACHABLE",
  }));

test.each([
  ["A", "a", false],
  ["AB", "a", true],
  ["AB", "b", true],
  ["Ab", "a", false],
  ["Ab", "b", true],
  ["ABC", "c", true],
  ["ABc", "c", true],
  ["ABc", "b", false],
  ["ABCD", "d", true],
  ["ABCd", "a", true],
  ["ABcd", "a", false],
  ["ABcd", "d", true],
  ["ABCDe", "a", true],
  ["ABCde", "a", false],
  ["ABCde", "e", true],
] as const)("of %s, whether %s may leave: %s", (letters, raftId, expected) => {
  expect(canRemoveMember(group(letters), raftId)).toBe(expected);
});

test("a stranger cannot leave", () => {
  expect(canRemoveMember(group("ABC"), "x")).toBe(false);
});
