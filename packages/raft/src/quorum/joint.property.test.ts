import fc from "fast-check";
import { expect, test } from "vitest";
import { compareRaftIds, type RaftId } from "../raft-id.ts";
import { type JointVoters, jointIndex, jointVote } from "./joint.ts";
import { majorityIndex, majoritySize, majorityVote } from "./majority.ts";

const ids: readonly RaftId[] = ["1", "2", "3", "4", "5", "6", "7"];
const someVoters = fc.subarray([...ids], { minLength: 1 });
const someHalves: fc.Arbitrary<JointVoters> = fc.record({
  incoming: someVoters,
  outgoing: fc.subarray([...ids]),
});
const someAnswers = fc.array(fc.constantFrom(true, false, undefined), {
  minLength: ids.length,
  maxLength: ids.length,
});
const someMatches = fc.array(fc.nat({ max: 9 }), {
  minLength: ids.length,
  maxLength: ids.length,
});

test("a quorum of a joint membership shares a member with every quorum before and after it (§6)", () => {
  fc.assert(
    fc.property(someHalves, someVoters, (voters, granting) => {
      if (jointVote(voters, votesOf(granting, true)) !== "won") return;
      const others = ids.filter((id) => !granting.includes(id));
      const rest = votesOf(others, true);
      for (const half of [voters.incoming, voters.outgoing]) {
        expect(majorityVote(half, rest)).not.toBe("won");
      }
      expect(jointVote(voters, rest)).not.toBe("won");
    }),
  );
});

test("memberships that differ by one voter share a member in any two quorums (the thesis, §4.1)", () => {
  fc.assert(
    fc.property(someVoters, fc.constantFrom(...ids), someVoters, (voters, changed, granting) => {
      const after = voters.includes(changed)
        ? voters.filter((id) => id !== changed)
        : [...voters, changed].sort(compareRaftIds);
      if (after.length === 0) return;
      if (majorityVote(voters, votesOf(granting, true)) !== "won") return;
      const others = ids.filter((id) => !granting.includes(id));
      expect(majorityVote(after, votesOf(others, true))).not.toBe("won");
    }),
  );
});

test("a joint vote is won by both halves, lost by either, and open otherwise", () => {
  fc.assert(
    fc.property(someHalves, someAnswers, (voters, answers) => {
      const votes = votesBy(answers);
      const halves = [voters.incoming, voters.outgoing].filter((half) => half.length > 0);
      const results = halves.map((half) => majorityVote(half, votes));
      const expected = results.includes("lost")
        ? "lost"
        : results.every((result) => result === "won")
          ? "won"
          : "pending";
      expect(jointVote(voters, votes)).toBe(expected);
    }),
  );
});

test("an answer that is decided stays decided, whatever else comes in", () => {
  fc.assert(
    fc.property(someHalves, someAnswers, fc.boolean(), (voters, answers, rest) => {
      const early = jointVote(voters, votesBy(answers));
      const late = jointVote(voters, votesBy(answers.map((answer) => answer ?? rest)));
      expect(late).not.toBe("pending");
      if (early !== "pending") expect(late).toBe(early);
    }),
  );
});

test("the joint index is the lower of the two, and the majority's when there is one half only", () => {
  fc.assert(
    fc.property(someHalves, someMatches, (voters, matches) => {
      const matchOf = (id: RaftId): number => matches[Number(id) - 1] ?? 0;
      const index = jointIndex(voters, matchOf);
      for (const half of [voters.incoming, voters.outgoing]) {
        if (half.length === 0) continue;
        const holders = half.filter((id) => matchOf(id) >= index);
        expect(holders.length).toBeGreaterThanOrEqual(majoritySize(half.length));
      }
      const plain = { incoming: voters.incoming, outgoing: [] };
      expect(jointIndex(plain, matchOf)).toBe(majorityIndex(voters.incoming, matchOf));
      expect(jointIndex(plain, matchOf)).toBeGreaterThanOrEqual(index);
    }),
  );
});

function votesOf(voters: readonly RaftId[], granted: boolean): ReadonlyMap<RaftId, boolean> {
  return new Map(voters.map((id) => [id, granted]));
}

function votesBy(answers: readonly (boolean | undefined)[]): ReadonlyMap<RaftId, boolean> {
  return new Map(
    ids.flatMap((id, position) => {
      const answer = answers[position];
      return answer === undefined ? [] : [[id, answer] as const];
    }),
  );
}
