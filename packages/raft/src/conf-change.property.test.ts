import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type ConfChange,
  type ConfChangeSingle,
  type ConfChangeV2,
  changedConfState,
  tryConfChange,
} from "./conf-change.ts";
import { completeConfState, confStateMembers, isJoint } from "./conf-state.ts";
import { jointVote } from "./quorum/joint.ts";
import type { RaftId } from "./raft-id.ts";
import type { ConfState } from "./state.ts";

const ids: readonly RaftId[] = ["1", "2", "3", "4", "5", "6"];
const context = new Uint8Array();
const someSingle: fc.Arbitrary<ConfChangeSingle> = fc.record({
  type: fc.constantFrom("add-node", "remove-node", "add-learner-node", "update-node"),
  nodeId: fc.constantFrom(...ids),
});
const someChange: fc.Arbitrary<ConfChange | ConfChangeV2> = fc.oneof(
  someSingle.map((single): ConfChange => ({ ...single, id: "1", context })),
  fc.record({
    transition: fc.constantFrom("auto", "joint-implicit", "joint-explicit"),
    changes: fc.array(someSingle, { maxLength: 4 }),
    context: fc.constant(context),
  }),
  fc.constant<ConfChangeV2>({ transition: "auto", changes: [], context }),
);
const someHistory = fc.array(someChange, { maxLength: 12 });
const founders: ConfState = { voters: ["1", "2", "3"] };

test("no sequence of changes leaves a group without a voter, or somebody in two places", () => {
  fc.assert(
    fc.property(someHistory, (history) => {
      for (const confState of membershipsOf(history)) {
        const { voters, learners, votersOutgoing, learnersNext, autoLeave } =
          completeConfState(confState);
        expect(voters.length).toBeGreaterThan(0);
        const disjoint = [...voters, ...learners, ...learnersNext];
        expect(new Set(disjoint).size).toBe(disjoint.length);
        expect(learners.filter((id) => votersOutgoing.includes(id))).toEqual([]);
        expect(learnersNext.filter((id) => !votersOutgoing.includes(id))).toEqual([]);
        if (!isJoint(confState)) expect([learnersNext, autoLeave]).toEqual([[], false]);
      }
    }),
  );
});

test("two quorums of neighbouring memberships always share a member (§6; the thesis, §4.1)", () => {
  fc.assert(
    fc.property(someHistory, fc.subarray([...ids]), (history, granting) => {
      const others = ids.filter((id) => !granting.includes(id));
      const memberships = membershipsOf(history);
      for (const [position, before] of memberships.entries()) {
        const after = memberships[position + 1] ?? before;
        expect([wins(before, granting), wins(after, others)]).not.toEqual([true, true]);
        expect([wins(before, others), wins(after, granting)]).not.toEqual([true, true]);
      }
    }),
  );
});

test("what is refused leaves no choice but another change, and what fits is applied the same everywhere", () => {
  fc.assert(
    fc.property(someHistory, someChange, (history, change) => {
      const confState = membershipsOf(history).at(-1) ?? founders;
      const result = tryConfChange(confState, change);
      if (result.ok) {
        expect(changedConfState(completeConfState(confState), change)).toEqual(result.confState);
      } else {
        expect(() => changedConfState(confState, change)).toThrow(result.reason);
      }
    }),
  );
});

test("entering and leaving a joint membership does what single changes do one by one", () => {
  fc.assert(
    fc.property(fc.array(someSingle, { minLength: 2, maxLength: 4 }), (changes) => {
      const entered = tryConfChange(founders, { transition: "auto", changes, context });
      if (!entered.ok) return;
      expect(isJoint(entered.confState)).toBe(true);
      expect(entered.confState.votersOutgoing).toEqual(founders.voters);
      expect(confStateMembers(entered.confState)).toEqual(expect.arrayContaining(["1", "2", "3"]));
      const left = changedConfState(entered.confState, {
        transition: "auto",
        changes: [],
        context,
      });
      const oneByOne = changes.reduce<ConfState | undefined>((confState, single) => {
        if (confState === undefined) return undefined;
        const result = tryConfChange(confState, { ...single, id: "1", context });
        return result.ok ? result.confState : undefined;
      }, founders);
      if (oneByOne !== undefined) expect(left).toEqual(oneByOne);
    }),
  );
});

/** Every membership that the changes lead through; what does not fit is left out, as a leader does. */
function membershipsOf(history: readonly (ConfChange | ConfChangeV2)[]): readonly ConfState[] {
  const memberships: ConfState[] = [founders];
  for (const change of history) {
    const result = tryConfChange(memberships.at(-1) ?? founders, change);
    if (result.ok) memberships.push(result.confState);
  }
  return memberships;
}

function wins(confState: ConfState, granting: readonly RaftId[]): boolean {
  const { voters: incoming, votersOutgoing: outgoing } = completeConfState(confState);
  const votes = new Map(granting.map((id) => [id, true]));
  return jointVote({ incoming, outgoing }, votes) === "won";
}
