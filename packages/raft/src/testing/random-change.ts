import { completeConfState } from "../conf-state.ts";
import type { RaftId } from "../raft-id.ts";
import type { Member } from "./member.ts";
import { drawBelow } from "./prng.ts";

const verbs = ["add-node", "add-node", "remove-node", "add-learner-node"] as const;
const transitions = ["auto", "auto", "joint-implicit", "joint-explicit"] as const;

/**
 * A membership change for `member` to propose, as parseConfChange() reads it: single, or of several members,
 * or the end of a joint membership. Undefined for the one kind of change after which a crash can leave a
 * group without a possible leader (see heartbeat.ts): a leader that takes itself out of a group of two.
 */
export function randomChange(
  prng: () => number,
  member: Member,
  ids: readonly RaftId[],
): string | undefined {
  const { voters, votersOutgoing } = completeConfState(member.node.status().confState);
  if (votersOutgoing.length > 0 && prng() < 0.7) return "";
  const draw = <Value>(values: readonly Value[]): Value =>
    values[drawBelow(prng, values.length)] as Value;
  const single = (): string => `${draw(verbs)} ${draw(ids)}`;
  const text =
    prng() < 0.5
      ? single()
      : [draw(transitions), ...Array.from({ length: 1 + drawBelow(prng, 3) }, single)].join(" ");
  const isOwnEnd = [`remove-node ${member.id}`, `add-learner-node ${member.id}`].some((part) =>
    text.includes(part),
  );
  return isOwnEnd && voters.length <= 2 ? undefined : text;
}
