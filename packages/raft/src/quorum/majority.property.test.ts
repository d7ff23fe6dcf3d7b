import fc from "fast-check";
import { expect, test } from "vitest";
import type { RaftId } from "../raft-id.ts";
import { majorityIndex, majoritySize, majorityVote } from "./majority.ts";

const someMatches = fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 9 });
const someVotes = fc.array(fc.constantFrom(true, false, undefined), { minLength: 1, maxLength: 9 });

test("any two majorities share a member, and no smaller set has that property (§5.2)", () => {
  for (let count = 1; count <= 99; count += 1) {
    expect(2 * majoritySize(count)).toBeGreaterThan(count);
    expect(2 * (majoritySize(count) - 1)).toBeLessThanOrEqual(count);
  }
});

test("the majority index is held by a majority, and the next one is not (§5.3)", () => {
  fc.assert(
    fc.property(someMatches, (matches) => {
      const index = indexOf(matches);
      const holders = (wanted: number) => matches.filter((match) => match >= wanted).length;
      expect(holders(index)).toBeGreaterThanOrEqual(majoritySize(matches.length));
      expect(holders(index + 1)).toBeLessThan(majoritySize(matches.length));
    }),
  );
});

test("the majority index does not depend on the order of members, and never falls when one rises", () => {
  fc.assert(
    fc.property(someMatches, fc.nat(), (matches, position) => {
      const raised = matches.with(position % matches.length, 21);
      expect(indexOf(matches.toReversed())).toBe(indexOf(matches));
      expect(indexOf(raised)).toBeGreaterThanOrEqual(indexOf(matches));
    }),
  );
});

test("a vote is won or lost exactly when the missing answers cannot change it (§5.2)", () => {
  fc.assert(
    fc.property(someVotes, (votes) => {
      const needed = majoritySize(votes.length);
      const granted = votes.filter((vote) => vote === true).length;
      const open = votes.filter((vote) => vote === undefined).length;
      const expected = granted >= needed ? "won" : granted + open < needed ? "lost" : "pending";
      expect(resultOf(votes)).toBe(expected);
    }),
  );
});

test("two candidates never win the votes of the same members, who vote once (§5.2)", () => {
  const choices = fc.array(fc.constantFrom("1", "2", undefined), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(choices, (chosen) => {
      const results = ["1", "2"].map((candidate) =>
        resultOf(chosen.map((vote) => (vote === undefined ? undefined : vote === candidate))),
      );
      expect(results).not.toEqual(["won", "won"]);
    }),
  );
});

test("without voters nothing is committed and nobody is elected", () => {
  expect(majorityIndex([], () => 5)).toBe(0);
  expect(majorityVote([], new Map([["1", true]]))).toBe("pending");
});

test("the answers of strangers do not count", () => {
  const votes = new Map([
    ["1", true],
    ["8", true],
    ["9", true],
  ]);
  expect(majorityVote(["1", "2", "3"], votes)).toBe("pending");
});

function indexOf(matches: readonly number[]): number {
  return majorityIndex(idsOf(matches), (id) => matches[Number(id) - 1] ?? 0);
}

function resultOf(votes: readonly (boolean | undefined)[]) {
  const given = votes.flatMap((vote, position): readonly [RaftId, boolean][] =>
    vote === undefined ? [] : [[`${position + 1}`, vote]],
  );
  return majorityVote(idsOf(votes), new Map(given));
}

function idsOf(values: readonly unknown[]): readonly RaftId[] {
  return values.map((_, position) => `${position + 1}`);
}
