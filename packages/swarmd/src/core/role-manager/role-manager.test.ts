import type { Node } from "@swarmkit/proto/types";
import { describe, expect, test } from "vitest";
import { aNode } from "../../testing/builders.ts";
import { ComponentHarness, type Participant } from "../../testing/component-harness.ts";
import type { ClusterMember } from "../model/cluster-member.ts";
import { forceDemotionLabel } from "../model/force-demotion.ts";
import { type RoleEffect, RoleManager, roleRetryMs } from "./role-manager.ts";

const manager = (id: string, desiredRole: Node["role"] = "MANAGER"): Node =>
  aNode({ id, role: "MANAGER", spec: { desiredRole } });

const worker = (id: string, desiredRole: Node["role"] = "WORKER"): Node =>
  aNode({ id, role: "WORKER", spec: { desiredRole } });

/** A leader's store and Raft group around one role manager; `a` leads. */
class World {
  readonly harness: ComponentHarness;
  readonly #roles = new RoleManager();
  #members: readonly ClusterMember[];
  #effects: RoleEffect[] = [];

  /** One member for each letter: node `b` is the member `raft-b`; capitals do not answer. */
  constructor(letters: string) {
    this.#members = [...letters].map((letter) => ({
      raftId: `raft-${letter.toLowerCase()}`,
      nodeId: letter.toLowerCase(),
      addr: "10.0.0.1:4242",
      isLeader: letter === "a",
      reachability: letter === letter.toLowerCase() ? "REACHABLE" : "UNREACHABLE",
    }));
    const keep = (effects: readonly RoleEffect[]): void => {
      this.#effects.push(...effects);
    };
    const participant: Participant = {
      start: (store, now) => keep(this.#roles.start(store, this.#members, now)),
      handle: (commit, store, now) => keep(this.#roles.handle(commit, store, this.#members, now)),
      tick: (store, now) => keep(this.#roles.tick(store, this.#members, now)),
      nextDeadline: () => this.#roles.nextDeadline(),
    };
    this.harness = new ComponentHarness([participant]);
  }

  start(...nodes: readonly Node[]): this {
    this.harness.create("node", ...nodes);
    this.harness.start();
    return this;
  }

  /** What was asked for since the last call: the raft id of a removal, or `transfer`. */
  asked(): readonly string[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects.map((effect) => (effect.kind === "remove-member" ? effect.raftId : "transfer"));
  }

  fail(effect: RoleEffect): void {
    this.#roles.effectFailed(effect);
  }

  setMembers(change: (members: readonly ClusterMember[]) => readonly ClusterMember[]): void {
    this.#members = change(this.#members);
    this.harness.batch((store) => {
      const effects = this.#roles.membersChanged(store, this.#members, this.harness.now);
      this.#effects.push(...effects);
    });
    this.harness.settle();
  }

  leave(nodeId: string): void {
    this.setMembers((members) => members.filter((member) => member.nodeId !== nodeId));
  }

  join(nodeId: string): void {
    const member = {
      raftId: `raft-${nodeId}`,
      nodeId,
      addr: "10.0.0.9:4242",
      isLeader: false,
      reachability: "REACHABLE",
    } as const;
    this.setMembers((members) => [...members, member]);
  }

  want(nodeId: string, desiredRole: Node["role"], labels: Record<string, string> = {}): void {
    const { spec } = this.harness.get("node", nodeId);
    const annotations = { ...spec.annotations, labels };
    this.harness.patch("node", nodeId, { spec: { ...spec, desiredRole, annotations } });
  }

  roleOf(nodeId: string): Node["role"] {
    return this.harness.get("node", nodeId).role;
  }

  get isIdle(): boolean {
    return this.#roles.nextDeadline() === undefined;
  }
}

describe("a promotion", () => {
  test("gives the role at once, before the node is a member", () => {
    const world = new World("a").start(manager("a"), worker("b"));
    world.want("b", "MANAGER");
    expect(world.roleOf("b")).toBe("MANAGER");
    expect(world.isIdle).toBe(true);
  });

  test("that an earlier leader left behind is done at the start", () => {
    const world = new World("a").start(manager("a"), worker("b", "MANAGER"));
    expect(world.roleOf("b")).toBe("MANAGER");
  });
});

describe("a demotion", () => {
  test("takes the node out of the group first, and then the role from it", () => {
    const world = new World("abc").start(manager("a"), manager("b"), manager("c"));
    world.want("b", "WORKER");
    expect(world.asked()).toEqual(["raft-b"]);
    expect(world.roleOf("b")).toBe("MANAGER");
    world.leave("b");
    expect(world.roleOf("b")).toBe("WORKER");
    expect(world.asked()).toEqual([]);
    expect(world.isIdle).toBe(true);
  });

  test("that an earlier leader left behind goes on at the start", () => {
    const world = new World("abc").start(manager("a"), manager("b", "WORKER"), manager("c"));
    expect(world.asked()).toEqual(["raft-b"]);
  });

  test("of a node that is no member takes the role at once", () => {
    const world = new World("a").start(manager("a"), manager("b"));
    world.want("b", "WORKER");
    expect(world.roleOf("b")).toBe("WORKER");
    expect(world.asked()).toEqual([]);
  });

  test("is asked for once, and again when nothing came of it", () => {
    const world = new World("abc").start(manager("a"), manager("b"), manager("c"));
    world.want("b", "WORKER");
    world.harness.patch("node", "c", { status: { ...manager("c").status, message: "news" } });
    world.harness.advance(roleRetryMs - 1);
    expect(world.asked()).toEqual(["raft-b"]);
    world.harness.advance(1);
    expect(world.asked()).toEqual(["raft-b"]);
  });

  test("that failed is tried again at the deadline, not before", () => {
    const world = new World("abc").start(manager("a"), manager("b"), manager("c"));
    world.want("b", "WORKER");
    expect(world.asked()).toEqual(["raft-b"]);
    world.fail({ kind: "remove-member", raftId: "raft-b" });
    world.harness.advance(roleRetryMs - 1);
    expect(world.asked()).toEqual([]);
    world.harness.advance(1);
    expect(world.asked()).toEqual(["raft-b"]);
  });

  test("waits while the quorum would be lost, and goes on once it would not", () => {
    const world = new World("abC").start(manager("a"), manager("b"), manager("c"));
    world.want("b", "WORKER");
    world.harness.advance(3 * roleRetryMs);
    expect(world.asked()).toEqual([]);
    expect(world.isIdle).toBe(false);
    world.setMembers((members) =>
      members.map((member) => ({ ...member, reachability: "REACHABLE" as const })),
    );
    expect(world.asked()).toEqual(["raft-b"]);
  });

  test("that is taken back is forgotten", () => {
    const world = new World("abC").start(manager("a"), manager("b"), manager("c"));
    world.want("b", "WORKER");
    world.want("b", "MANAGER");
    // The role manager hears of nothing to do; at the next deadline it is idle.
    world.harness.advance(roleRetryMs);
    expect(world.asked()).toEqual([]);
    expect(world.isIdle).toBe(true);
    expect(world.roleOf("b")).toBe("MANAGER");
  });

  test("of the last member never happens, forced or not", () => {
    const world = new World("a").start(manager("a"));
    world.want("a", "WORKER", { [forceDemotionLabel]: "true" });
    world.harness.advance(3 * roleRetryMs);
    expect(world.asked()).toEqual([]);
    expect(world.roleOf("a")).toBe("MANAGER");
  });

  test("of several happens one after the other", () => {
    const world = new World("abcde").start(...[..."abcde"].map((id) => manager(id)));
    world.want("b", "WORKER");
    world.want("c", "WORKER");
    expect(world.asked()).toEqual(["raft-b"]);
    world.leave("b");
    expect(world.asked()).toEqual(["raft-c"]);
    world.leave("c");
    expect([world.roleOf("b"), world.roleOf("c")]).toEqual(["WORKER", "WORKER"]);
    expect(world.isIdle).toBe(true);
  });
});

describe("a forced demotion", () => {
  const labels = { [forceDemotionLabel]: "true", zone: "a" };

  test("does not ask what becomes of the quorum", () => {
    const world = new World("abC").start(manager("a"), manager("b"), manager("c"));
    world.want("b", "WORKER", labels);
    expect(world.asked()).toEqual(["raft-b"]);
  });

  test("is used up with the demotion, and the other labels stay", () => {
    const world = new World("abC").start(manager("a"), manager("b"), manager("c"));
    world.want("b", "WORKER", labels);
    world.leave("b");
    const { role, spec } = world.harness.get("node", "b");
    expect([role, spec.annotations.labels]).toEqual(["WORKER", { zone: "a" }]);
  });

  test.each(["false", "", "yes"])("needs the value true, not %j", (value) => {
    const world = new World("abC").start(manager("a"), manager("b"), manager("c"));
    world.want("b", "WORKER", { [forceDemotionLabel]: value });
    expect(world.asked()).toEqual([]);
  });
});

describe("the leader's own demotion", () => {
  test("hands the leadership over and leaves the rest to the next", () => {
    const world = new World("abc").start(manager("a"), manager("b"), manager("c"));
    world.want("a", "WORKER");
    expect(world.asked()).toEqual(["transfer"]);
  });

  test("comes after that of the others", () => {
    const world = new World("abcde").start(...[..."abcde"].map((id) => manager(id)));
    world.want("a", "WORKER");
    expect(world.asked()).toEqual(["transfer"]);
    world.fail({ kind: "transfer-leadership" });
    world.want("b", "WORKER");
    expect(world.asked()).toEqual(["raft-b"]);
    world.leave("b");
    expect(world.asked()).toEqual(["raft-a"]);
  });

  test.each(["is refused", "goes nowhere"])("removes itself when the transfer %s", (how) => {
    const world = new World("abc").start(manager("a"), manager("b"), manager("c"));
    world.want("a", "WORKER");
    expect(world.asked()).toEqual(["transfer"]);
    if (how === "is refused") world.fail({ kind: "transfer-leadership" });
    world.harness.advance(roleRetryMs);
    expect(world.asked()).toEqual(["raft-a"]);
  });

  test("never removes itself from a group of two, where the other may not hear of it", () => {
    const world = new World("ab").start(manager("a"), manager("b"));
    world.want("a", "WORKER");
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(world.asked()).toEqual(["transfer"]);
      world.fail({ kind: "transfer-leadership" });
      world.harness.advance(roleRetryMs);
    }
  });
});

describe("a member that is not wanted", () => {
  test("without a node object is evicted at the start", () => {
    const world = new World("abc").start(manager("a"), manager("b"));
    expect(world.asked()).toEqual(["raft-c"]);
    world.leave("c");
    expect(world.isIdle).toBe(true);
  });

  test("is evicted when its node is deleted", () => {
    const world = new World("abc").start(manager("a"), manager("b"), manager("c"));
    expect(world.asked()).toEqual([]);
    world.harness.remove("node", "c");
    expect(world.asked()).toEqual(["raft-c"]);
  });

  test("is not evicted at the price of the quorum", () => {
    const world = new World("abC").start(manager("a"), manager("c"));
    world.harness.advance(roleRetryMs);
    expect(world.asked()).toEqual([]);
  });

  test("because it was demoted and came back is evicted again", () => {
    const world = new World("ab").start(manager("a"), manager("b"), worker("c"));
    world.join("c");
    expect(world.asked()).toEqual(["raft-c"]);
  });
});

test("news that concern no role cost nothing", () => {
  const world = new World("abc").start(manager("a"), manager("b"), manager("c"));
  const status = { state: "DOWN" } as const;
  world.harness.patch("node", "b", { status: { ...manager("b").status, ...status } });
  expect(world.asked()).toEqual([]);
  expect(world.isIdle).toBe(true);
});
