// Who the node is when it starts: what its state directory says, or a new member of a swarm, or the
// founder of one.
import type { IdSource } from "../../core/lib/ids.ts";
import type { Millis } from "../../core/lib/time.ts";
import type { ClusterFounding } from "../../core/model/new-cluster.ts";
import { fetchUnlockKey } from "../ca/fetch-unlock-key.ts";
import { joinSwarm } from "../ca/join.ts";
import type { SwarmdFlags } from "../flags.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";
import {
  createNodeCredentials,
  loadNodeCredentials,
  type NodeCredentials,
  toNodeIdentity,
} from "../tls/node-identity.ts";
import { foundSwarm } from "./founding.ts";
import { markJoining } from "./raft-state.ts";

export interface MembershipOptions {
  readonly flags: SwarmdFlags;
  readonly paths: StatePaths;
  readonly ids: IdSource;
  readonly nowMs: Millis;
}

export interface NodeMembership {
  readonly credentials: NodeCredentials;
  /** The swarm that the node is about to found; undefined in any other. */
  readonly founding: ClusterFounding | undefined;
}

/** Rejects with coded errors. */
export async function findMembership(options: MembershipOptions): Promise<NodeMembership> {
  const { flags, paths, nowMs } = options;
  const { unlockKey } = flags;
  const known = await loadNodeCredentials(paths, { nowMs, unlockKey });
  if (known !== undefined) return { credentials: known, founding: undefined };
  return flags.join === undefined ? await found(options) : await join(options, flags.join);
}

async function join(
  { flags, paths }: MembershipOptions,
  target: NonNullable<SwarmdFlags["join"]>,
): Promise<NodeMembership> {
  const files = await joinSwarm({ ...target, mustBeManager: flags.mustBeManager });
  const identity = toNodeIdentity(files, "the certificate that the manager issued");
  let unlockKey: Awaited<ReturnType<typeof fetchUnlockKey>> | undefined;
  if (identity.role === "swarm-manager") {
    unlockKey = await fetchUnlockKey({ kind: "remote", address: target.address }, identity);
    await markJoining(paths);
  }
  const credentials = await createNodeCredentials(paths, identity, unlockKey);
  return { credentials, founding: undefined };
}

async function found({ flags, ids, nowMs, paths }: MembershipOptions): Promise<NodeMembership> {
  const { heartbeatTicks, electionTicks, autolock } = flags;
  const ticks = { heartbeatTicks, electionTicks };
  const { identity, cluster } = foundSwarm({ ids, nowMs, ...ticks, autolock });
  return { credentials: await createNodeCredentials(paths, identity), founding: cluster };
}
