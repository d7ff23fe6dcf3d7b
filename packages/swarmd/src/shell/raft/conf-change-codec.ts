import {
  getCodec,
  type RaftpbConfChangeTransition,
  type RaftpbConfChangeType,
} from "@swarmkit/proto";
import {
  type ConfChange,
  type ConfChangeTransition,
  type ConfChangeType,
  type ConfChangeV2,
  type Entry,
  isConfChangeV2,
} from "@swarmkit/raft";
import { SwarmdError } from "../errors.ts";

/** In raftpb's words, by ours. */
const changeTypes: Readonly<Record<ConfChangeType, RaftpbConfChangeType>> = {
  "add-node": "ConfChangeAddNode",
  "remove-node": "ConfChangeRemoveNode",
  "update-node": "ConfChangeUpdateNode",
  "add-learner-node": "ConfChangeAddLearnerNode",
};

const transitions: Readonly<Record<ConfChangeTransition, RaftpbConfChangeTransition>> = {
  auto: "ConfChangeTransitionAuto",
  "joint-implicit": "ConfChangeTransitionJointImplicit",
  "joint-explicit": "ConfChangeTransitionJointExplicit",
};

/** The data of an entry of type "conf-change" or "conf-change-v2". Leaving a joint membership is empty. */
export function encodeConfChange(change: ConfChange | ConfChangeV2): Uint8Array {
  if (!isConfChangeV2(change)) {
    const { id, nodeId, type, context } = change;
    return getCodec("RaftpbConfChange").encode({ id, nodeId, type: changeTypes[type], context });
  }
  const { transition, changes, context } = change;
  if (transition === "auto" && changes.length + context.length === 0) return new Uint8Array();
  return getCodec("RaftpbConfChangeV2").encode({
    transition: transitions[transition],
    changes: changes.map(({ type, nodeId }) => ({ type: changeTypes[type], nodeId })),
    context,
  });
}

/** The membership change in an entry. Throws `wal-unsupported` for kinds that raft does not have today. */
export function decodeConfChange(entry: Entry): ConfChange | ConfChangeV2 {
  if (entry.type === "conf-change") {
    const { context, id, nodeId, type } = getCodec("RaftpbConfChange").decode(entry.data);
    return { id, type: translate(changeTypes, type, entry), nodeId, context };
  }
  const plain = getCodec("RaftpbConfChangeV2").decode(entry.data);
  return {
    transition: translate(transitions, plain.transition, entry),
    changes: plain.changes.map(({ type, nodeId }) => ({
      type: translate(changeTypes, type, entry),
      nodeId,
    })),
    context: plain.context,
  };
}

/** Our word for raftpb's. */
function translate<Ours extends string>(
  table: Readonly<Record<Ours, string>>,
  theirs: string,
  entry: Entry,
): Ours {
  for (const ours in table) if (table[ours] === theirs) return ours;
  throw new SwarmdError(
    "wal-unsupported",
    `entry ${entry.index} of the raft log changes the membership in a way (${entry.type}, ${theirs}) ` +
      "that this version does not know: start the program that wrote it",
  );
}
