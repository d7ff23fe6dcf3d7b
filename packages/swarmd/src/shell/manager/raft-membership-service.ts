// How managers become members of the raft group, and how they are taken out.
import type { Server } from "@grpc/grpc-js";
import type { JoinRequest, JoinResponse, LeaveRequest, RaftMember } from "@swarmkit/proto/types";
import type { RaftId } from "@swarmkit/raft";
import type { Outcome } from "../../core/lib/outcome.ts";
import type { Prng } from "../../core/lib/prng.ts";
import { formatHostPort, hostOfPeer, isUnspecifiedHost, parseHostPort } from "../address.ts";
import type { Trust } from "../grpc/client.ts";
import type { LeaderRoute } from "../grpc/leader-route.ts";
import { RpcError } from "../grpc/rpc-error.ts";
import { addService, type CallContext, type Gate } from "../grpc/service.ts";
import type { Logger } from "../log.ts";
import { drawRaftId } from "../raft/raft-id.ts";
import { checkRaftHealth } from "./raft-join.ts";
import { describe } from "./raft-service.ts";

/** How long a joining manager may take to answer at its address, in milliseconds. SwarmKit's value. */
const healthTimeoutMs = 5000;

/** Changes that may wait for each other; a swarm has a handful of managers. */
const waitingChangesMax = 64;

/** Who belongs to the group, as far as its leadership and changes to it are concerned. */
export interface RaftMembershipControl {
  /** Whether this manager leads and may change the membership. */
  readonly isLeader: boolean;
  /** The members, this one included when it is one. */
  members(): readonly RaftMember[];
  /** This member's id. */
  readonly raftId: RaftId;
  /** Whether this id was a member's once. */
  isRemoved(raftId: RaftId): boolean;
  /** Whether this node is to be a manager; a demoted one keeps its certificate for a while. */
  mayJoin(nodeId: string): boolean;
  /** Whether a majority would still be reachable without this member. */
  canRemove(raftId: RaftId): boolean;
  /** Answers when the change is in force. */
  changeMembership(change: MemberChange): Promise<Outcome<void>>;
}

/** A change to one member; to remove one, its id is enough. */
export interface MemberChange {
  readonly type: "add-node" | "update-node" | "remove-node";
  readonly member: Pick<RaftMember, "raftId" | "nodeId" | "addr">;
}

export interface RaftMembershipServiceOptions {
  readonly gate: Gate;
  readonly log: Logger;
  readonly control: RaftMembershipControl;
  readonly prng: Prng;
  /** As in SwarmKit any manager may be asked. */
  readonly leader?: LeaderRoute | undefined;
  /** How to reach and trust a joining manager; asked each time. */
  trust(): Trust;
}

/** Adds the service `RaftMembership` to a server. */
export function addRaftMembershipService(
  server: Server,
  options: RaftMembershipServiceOptions,
): void {
  const service = new RaftMembershipService(options);
  const handlers = {
    Join: (request: JoinRequest, context: CallContext) =>
      service.serialize(() => service.join(request, context)),
    Leave: (request: LeaveRequest) => service.serialize(() => service.leave(request)),
  };
  addService(server, "RaftMembership", handlers, options);
}

class RaftMembershipService {
  readonly #options: RaftMembershipServiceOptions;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(options: RaftMembershipServiceOptions) {
    this.#options = options;
  }

  /** One after the other: two joins of one node must not both find that it is no member. */
  async serialize<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= waitingChangesMax) {
      throw new RpcError("resource-exhausted", "too many membership changes wait; try again");
    }
    this.#waiting += 1;
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.#waiting -= 1;
    }
  }

  async join({ addr }: JoinRequest, { caller }: CallContext): Promise<JoinResponse> {
    const { control, log, trust } = this.#options;
    this.#checkLeader();
    const { nodeId } = caller;
    if (!control.mayJoin(nodeId)) {
      throw new RpcError("permission-denied", `node ${nodeId} is not to be a manager; promote it`);
    }
    const address = observedAddress(addr, caller.address);
    await checkJoiner(address, trust(), nodeId);
    // Leadership may have gone during the check; changeMembership() would say so too late.
    this.#checkLeader();
    const known = control.members().find((member) => member.nodeId === nodeId);
    if (known?.addr === address) return this.#respond(known.raftId);
    const raftId = known?.raftId ?? this.#freshRaftId();
    const type = known === undefined ? "add-node" : "update-node";
    const member = { raftId, nodeId, addr: address };
    const outcome = await control.changeMembership({ type, member });
    if (!outcome.ok) throw new RpcError(outcome.code, outcome.message);
    log.info(type === "add-node" ? "a manager has joined" : "a manager has moved", member);
    return this.#respond(raftId);
  }

  async leave({ node }: LeaveRequest): Promise<object> {
    const { control, log } = this.#options;
    if (node === undefined) {
      throw new RpcError("invalid-argument", "no node information provided");
    }
    this.#checkLeader();
    const { raftId } = node;
    const member = control.members().find((one) => one.raftId === raftId);
    if (member === undefined) throw new RpcError("not-found", `${describe(raftId)} not found`);
    // Of two, the other could not be elected if it never heard that this one's going is committed.
    if (raftId === control.raftId) throw new RpcError("failed-precondition", leaderText);
    if (!control.canRemove(raftId)) throw new RpcError("failed-precondition", quorumText);
    const outcome = await control.changeMembership({ type: "remove-node", member });
    if (!outcome.ok) throw new RpcError(outcome.code, outcome.message);
    const { nodeId, addr } = member;
    log.info("a manager has left", { raftId, nodeId, addr });
    return {};
  }

  #checkLeader(): void {
    const { control } = this.#options;
    if (control.isLeader) return;
    const isMember = control.members().some(({ raftId }) => raftId === control.raftId);
    throw new RpcError("failed-precondition", isMember ? notLeaderText : notMemberText);
  }

  #respond(raftId: RaftId): JoinResponse {
    const members = this.#options.control.members();
    return { raftId, members, removedMembers: [] };
  }

  #freshRaftId(): RaftId {
    const { control, prng } = this.#options;
    const taken = new Set(control.members().map(({ raftId }) => raftId));
    for (;;) {
      const raftId = drawRaftId(prng);
      if (!taken.has(raftId) && !control.isRemoved(raftId)) return raftId;
    }
  }
}

/** SwarmKit's texts; its joining managers look at them. */
const notLeaderText = "raft: failed to process the request: node lost leader status";
const notMemberText = "raft: node is not yet part of a raft cluster";
const quorumText =
  "raft: member cannot be removed, because removing it may result in loss of quorum";
const leaderText =
  "raft: the leader cannot be removed; demote its node, and leadership moves away first";
const unreachableText =
  "could not connect to prospective new cluster member using its advertised address";

/** Where the joining manager is reached: what it says, with the host that is seen where it says "any". */
function observedAddress(address: string, callerAddress: string): string {
  const stated = parseHostPort(address);
  if (stated === undefined) {
    throw new RpcError("invalid-argument", `invalid address ${address} in raft join request`);
  }
  if (!isUnspecifiedHost(stated.host)) return address;
  return formatHostPort({ host: hostOfPeer(callerAddress), port: stated.port });
}

/**
 * A member that cannot be reached would count for the quorum and help nobody. Nor would one at whose
 * address another manager answers, which SwarmKit does not look at.
 */
async function checkJoiner(address: string, trust: Trust, nodeId: string): Promise<void> {
  const own: Trust = trust.kind === "swarm" ? { ...trust, nodeId } : trust;
  try {
    await checkRaftHealth({ address, trust: own, timeoutMs: healthTimeoutMs });
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    throw new RpcError("unknown", `${unreachableText}: ${error.message} (${address})`);
  }
}
