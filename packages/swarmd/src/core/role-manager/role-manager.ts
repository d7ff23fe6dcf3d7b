// Brings the managers that there are into line with those that are wanted (swarmkit
// manager/role_manager.go). A node's role decides which certificate it gets; it is set at once for a
// promotion, and for a demotion only when the node is no member of the Raft group any more.
//
// Beyond SwarmKit, every member whose node is to be a worker has to leave, not only those whose role
// is still to change: a demoted node can come back with its old certificate.
import type { Node } from "@swarmkit/proto/types";
import { assert } from "../lib/assert.ts";
import type { Millis } from "../lib/time.ts";
import type { ClusterMember } from "../model/cluster-member.ts";
import { isDemotionForced, withoutForcedDemotion } from "../model/force-demotion.ts";
import { canRemoveMember } from "../model/quorum.ts";
import type { Batch, Commit, ReadView } from "../store/types.ts";

/** Between attempts while a member cannot be removed yet; also how long one attempt may take. */
export const roleRetryMs: Millis = 5000;

/** What the leader has to do with the Raft group; one at a time. */
export type RoleEffect =
  | { readonly kind: "remove-member"; readonly raftId: string }
  /** To any member that is up to date: the next leader goes on. */
  | { readonly kind: "transfer-leadership" };

export type RoleEffects = readonly RoleEffect[];

/** Part of a leader; made anew at each leadership. `members` is always the group as it is now. */
export class RoleManager {
  /** Nodes whose role is not the wanted one. */
  readonly #unsettled = new Set<string>();
  #attempt: { readonly effect: RoleEffect; readonly until: Millis } | undefined;
  #hasTransferFailed = false;
  #retryAt: Millis | undefined;

  /** Members without a node object were removed while nobody led: they have to leave too. */
  start(store: Batch, members: readonly ClusterMember[], now: Millis): RoleEffects {
    for (const node of store.find("node", { by: "all" })) this.#note(node);
    return this.#reconcile(store, members, now);
  }

  handle(
    commit: Commit,
    store: Batch,
    members: readonly ClusterMember[],
    now: Millis,
  ): RoleEffects {
    let isConcerned = false;
    for (const event of commit.events) {
      if (event.table !== "node") continue;
      const isNews = event.kind === "remove" || this.#note(event.object);
      isConcerned = isConcerned || isNews;
    }
    return isConcerned ? this.#reconcile(store, members, now) : [];
  }

  /** A member came or went, or began or ceased to answer. */
  membersChanged(store: Batch, members: readonly ClusterMember[], now: Millis): RoleEffects {
    const effect = this.#attempt?.effect;
    if (effect?.kind === "remove-member" && !isMember(members, effect.raftId)) {
      this.#attempt = undefined;
    }
    return this.#reconcile(store, members, now);
  }

  /** What was asked for cannot be done now; it is tried again at the next deadline. */
  effectFailed(effect: RoleEffect): void {
    if (effect.kind === "transfer-leadership") this.#hasTransferFailed = true;
    this.#attempt = undefined;
  }

  tick(store: Batch, members: readonly ClusterMember[], now: Millis): RoleEffects {
    return this.#reconcile(store, members, now);
  }

  /** Undefined while all members are wanted. */
  nextDeadline(): Millis | undefined {
    return this.#retryAt;
  }

  #note(node: Node): boolean {
    if (node.spec.desiredRole === node.role) return false;
    this.#unsettled.add(node.id);
    return true;
  }

  #reconcile(store: Batch, members: readonly ClusterMember[], now: Millis): RoleEffects {
    this.#settleRoles(store, members);
    const leaving = members.filter(({ nodeId }) => mustLeave(store.get("node", nodeId)));
    if (leaving.length === 0) {
      this.#attempt = undefined;
      this.#hasTransferFailed = false;
      this.#retryAt = undefined;
      return [];
    }
    if (this.#retryAt === undefined || this.#retryAt <= now) this.#retryAt = now + roleRetryMs;
    if (this.#attempt !== undefined && now < this.#attempt.until) return [];
    // Leadership was handed over, and is still here: it went nowhere.
    if (this.#attempt?.effect.kind === "transfer-leadership") this.#hasTransferFailed = true;
    const effect = this.#chooseNext(leaving, members, store);
    this.#attempt = effect && { effect, until: now + roleRetryMs };
    return effect === undefined ? [] : [effect];
  }

  #settleRoles(store: Batch, members: readonly ClusterMember[]): void {
    for (const nodeId of this.#unsettled) {
      const node = store.get("node", nodeId);
      const isPending = node !== undefined && node.spec.desiredRole !== node.role;
      if (isPending && node.spec.desiredRole === "WORKER") {
        if (members.some((member) => member.nodeId === nodeId)) continue;
      }
      this.#unsettled.delete(nodeId);
      if (isPending) setRole(store, nodeId);
    }
  }

  /** Followers first: the leader's going costs an election. */
  #chooseNext(
    leaving: readonly ClusterMember[],
    members: readonly ClusterMember[],
    view: ReadView,
  ): RoleEffect | undefined {
    const removable = leaving.filter(
      ({ raftId, nodeId }) =>
        canRemoveMember(members, raftId) ||
        (members.length > 1 && isForced(view.get("node", nodeId))),
    );
    const member = removable.find(({ isLeader }) => !isLeader) ?? removable[0];
    if (member === undefined) return undefined;
    // Of two, the other could not be elected if it never heard that this one's going is committed.
    const mayRemoveItself = this.#hasTransferFailed && members.length > 2;
    if (member.isLeader && !mayRemoveItself) return { kind: "transfer-leadership" };
    return { kind: "remove-member", raftId: member.raftId };
  }
}

function mustLeave(node: Node | undefined): boolean {
  return node === undefined || node.spec.desiredRole === "WORKER";
}

function isForced(node: Node | undefined): boolean {
  return node !== undefined && isDemotionForced(node.spec);
}

function isMember(members: readonly ClusterMember[], raftId: string): boolean {
  return members.some((member) => member.raftId === raftId);
}

/** Gives a node the role that is wanted for it by now. */
function setRole(store: Batch, nodeId: string): void {
  store.update((transaction) => {
    const node = transaction.get("node", nodeId);
    if (node === undefined || node.role === node.spec.desiredRole) return;
    const spec = withoutForcedDemotion(node.spec);
    const result = transaction.update("node", { ...node, spec, role: spec.desiredRole });
    assert(result.ok, "a node that was just read can be written");
  });
}
