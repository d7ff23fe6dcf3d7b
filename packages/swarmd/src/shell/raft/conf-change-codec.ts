import { getCodec, type RaftpbConfChangeType } from "@swarmkit/proto";
import type { ConfChange, Entry } from "@swarmkit/raft";
import { SwarmdError } from "../errors.ts";

const changeTypes: Partial<Record<RaftpbConfChangeType, ConfChange["type"]>> = {
  ConfChangeAddNode: "add-node",
  ConfChangeRemoveNode: "remove-node",
  ConfChangeUpdateNode: "update-node",
};

/** The membership change in an entry. Throws `wal-unsupported` for kinds that no SwarmKit member writes. */
export function decodeConfChange(entry: Entry): ConfChange {
  const { context, id, nodeId, type } = getCodec("RaftpbConfChange").decode(entry.data);
  const known = changeTypes[type];
  if (entry.type !== "conf-change" || known === undefined) {
    throw new SwarmdError(
      "wal-unsupported",
      `entry ${entry.index} of the raft log changes the membership in a way (${entry.type}, ${type}) ` +
        "that this version does not know: start the program that wrote it",
    );
  }
  return { id, type: known, nodeId, context };
}
