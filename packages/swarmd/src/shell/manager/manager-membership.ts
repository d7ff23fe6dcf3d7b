// This manager as a member of the Raft group: what its peers may ask of it, and how it gets in.
import { getCodec, services } from "@swarmkit/proto";
import type { JoinResponse, RaftMember } from "@swarmkit/proto/types";
import type { Message, RaftId } from "@swarmkit/raft";
import type { Outcome } from "../../core/lib/outcome.ts";
import type { ManagerCore } from "../../core/manager/manager-core.ts";
import { canRemoveMember } from "../../core/model/quorum.ts";
import type { Replica } from "../../core/replica/replica.ts";
import type { CancelTimer, Clock } from "../clock.ts";
import { SwarmdError } from "../errors.ts";
import { RpcClient, type Trust } from "../grpc/client.ts";
import { RpcError } from "../grpc/rpc-error.ts";
import type { Logger } from "../log.ts";
import type { RaftDriver } from "../raft/raft-driver.ts";
import { joinRaft } from "./raft-join.ts";
import type { MemberChange, RaftMembershipControl } from "./raft-membership-service.ts";
import type { RaftInbox } from "./raft-service.ts";

/** How long a manager tries to become a member before it gives up, in milliseconds. */
const joinTimeoutMs = 60_000;
/** One call on the way there, in milliseconds. */
const callTimeoutMs = 5000;
/** Between two attempts to make a new address known, in milliseconds. */
const addressRetryMs = 5000;

/** Raft's ids begin at 1: nobody is this one. */
const nobody = "0";

export interface ManagerMembershipOptions {
  readonly core: ManagerCore;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** How to reach and trust another manager; asked each time. */
  trust(): Trust;
  /** A message has come from this member. */
  heardFrom(raftId: RaftId): void;
}

export class ManagerMembership implements RaftMembershipControl, RaftInbox {
  readonly #options: ManagerMembershipOptions;
  #raft: Pick<RaftDriver, "replica" | "step"> | undefined;
  #isCorrecting = false;
  #isStopped = false;
  #cancelRetry: CancelTimer = () => undefined;

  constructor(options: ManagerMembershipOptions) {
    this.#options = options;
  }

  /** From now on there is a replica to ask and to give messages to. */
  attach(raft: Pick<RaftDriver, "replica" | "step">): void {
    this.#raft = raft;
  }

  get #replica(): Replica | undefined {
    return this.#raft?.replica;
  }

  /** Asks the others for nothing any more. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry();
  }

  get isLeader(): boolean {
    return this.#options.core.isLeading;
  }

  get raftId(): RaftId {
    return this.#replica?.raftId ?? nobody;
  }

  members(): readonly RaftMember[] {
    return this.#replica?.membership.members() ?? [];
  }

  /** A log that is still empty tells of no members, and its vote may be the one that a leader needs. */
  isMember(raftId: RaftId): boolean {
    const members = this.members();
    return members.length === 0 || members.some((member) => member.raftId === raftId);
  }

  isRemoved(raftId: RaftId): boolean {
    return this.#replica?.membership.isRemoved(raftId) ?? false;
  }

  addressOf(raftId: RaftId): string | undefined {
    return this.#replica?.membership.find(raftId)?.addr;
  }

  mayJoin(nodeId: string): boolean {
    const node = this.#options.core.store.view().get("node", nodeId);
    return node?.spec.desiredRole === "MANAGER";
  }

  canRemove(raftId: RaftId): boolean {
    return canRemoveMember(this.#options.core.members(), raftId);
  }

  step(message: Message): void {
    this.#raft?.step(message);
    this.#options.heardFrom(message.from);
  }

  changeMembership({ type, member }: MemberChange): Promise<Outcome<void>> {
    const { raftId, nodeId, addr } = member;
    const description = { raftId, nodeId, addr, status: reachable };
    const change =
      type === "remove-node" ? { type, raftId } : { type, raftId, member: description };
    return new Promise((resolve) => this.#options.core.changeMembership(change, resolve));
  }

  /**
   * Becomes a member with an empty log. `unusedId` is one that a start which was cut short has got, and
   * that nothing was said under: the others may have no leader before it answers, so without one it
   * is gone on with. Rejects with `join-failed`.
   */
  async join(
    address: string,
    ownAddress: string,
    unusedId: RaftId | undefined,
  ): Promise<Pick<JoinResponse, "raftId" | "members">> {
    const { clock, log, trust } = this.#options;
    try {
      await this.#leaveOldMembership(address, unusedId);
      const joined = await joinRaft({
        ...{ addresses: [address], trust: trust(), ownAddress, clock },
        timeoutMs: joinTimeoutMs,
      });
      log.info("joined the raft group", { raftId: joined.raftId, members: joined.members.length });
      return joined;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      if (unusedId !== undefined && error.code === "unavailable") {
        log.warn("no leader answers; this manager waits for one as the member that it is already", {
          raftId: unusedId,
          reason: error.message,
        });
        return { raftId: unusedId, members: [] };
      }
      const remedy = `check that the swarm has a leader, and that its managers reach ${ownAddress} (--advertise-remote-api)`;
      const message = `cannot join the managers at ${address}: ${error.message}; ${remedy}`;
      throw new SwarmdError("join-failed", message, { cause: error });
    }
  }

  /** The members know this manager by another address than it has now: the leader corrects it. */
  correctAddress(ownAddress: string): void {
    if (this.#isCorrecting || this.#isStopped || !this.#isElsewhere(ownAddress)) return;
    this.#isCorrecting = true;
    // The leader sends to the old address, so that a member that has moved may never hear of it. One that
    // was removed hears of that before the time is over, and must not ask to be added.
    if (this.#replica?.leaderMember() === undefined) this.#correctLater(ownAddress);
    else this.#correct(ownAddress);
  }

  #isElsewhere(ownAddress: string): boolean {
    const known = this.#replica?.membership.find(this.raftId);
    return known !== undefined && known.addr !== ownAddress;
  }

  #correct(ownAddress: string): void {
    const { core, clock, log, nodeId, trust } = this.#options;
    const leader = this.#replica?.leaderMember();
    const others = this.members().filter(({ raftId }) => raftId !== this.raftId);
    const asked = leader === undefined ? others : [leader];
    const member = { raftId: this.raftId, nodeId, addr: ownAddress };
    const addresses = asked.map(({ addr }) => addr);
    const correcting: Promise<unknown> = core.isLeading
      ? this.changeMembership({ type: "update-node", member })
      : joinRaft({
          ...{ addresses, trust: trust(), ownAddress, clock },
          timeoutMs: joinTimeoutMs,
        });
    correcting
      .catch((error: Error) => {
        log.warn("the other managers do not know this one's address yet", {
          reason: error.message,
        });
      })
      .finally(() => this.#correctLater(ownAddress));
  }

  #correctLater(ownAddress: string): void {
    if (this.#isStopped) return;
    const { clock } = this.#options;
    this.#cancelRetry = clock.setTimer(clock.now() + addressRetryMs, () => {
      this.#isCorrecting = this.#isElsewhere(ownAddress);
      if (this.#isCorrecting) this.#correct(ownAddress);
    });
  }

  /**
   * A member whose log is gone has forgotten whom it voted for and what it acknowledged: under its old id
   * it could break both promises. So that id goes first, unless it is known to be unused.
   */
  async #leaveOldMembership(address: string, unusedId: RaftId | undefined): Promise<void> {
    const { log, nodeId, trust } = this.#options;
    const client = new RpcClient(address, trust());
    const options = { timeoutMs: callTimeoutMs };
    try {
      const request = getCodec("ListNodesRequest").create({ filters: { idPrefixes: [nodeId] } });
      const { nodes } = await client.call(services.Control.ListNodes, request, options);
      const raftId = nodes.find(({ id }) => id === nodeId)?.managerStatus?.raftId;
      if (raftId === undefined || raftId === unusedId) return;
      log.warn("this manager's log is gone; its old membership goes too", { raftId });
      const leaving = { raftId, nodeId, addr: "", status: reachable };
      await client.call(services.RaftMembership.Leave, { node: leaving }, options);
    } finally {
      client.close();
    }
  }
}

const reachable: RaftMember["status"] = { leader: false, reachability: "UNKNOWN", message: "" };
