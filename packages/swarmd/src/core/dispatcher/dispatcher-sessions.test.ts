import { describe, expect, it } from "vitest";
import { aCluster, aNode, aTask } from "../../testing/builders.ts";
import { DispatcherWorld } from "../../testing/dispatcher-world.ts";
import { orphanAfterMs } from "./limits.ts";

const hourMs = 60 * 60 * 1000;

function started(...nodeIds: readonly string[]): DispatcherWorld {
  const world = new DispatcherWorld();
  const keys = [{ subsystem: "networking:gossip", key: Uint8Array.of(1) }];
  world.harness.create(
    "cluster",
    aCluster({ rootCa: { caCert: Uint8Array.of(7, 7) }, networkBootstrapKeys: keys }),
  );
  world.harness.create("node", ...nodeIds.map((id) => aNode({ id, status: { state: "UNKNOWN" } })));
  world.harness.start();
  world.record(world.dispatcher.setManagers([{ nodeId: "leader-1", addr: "10.0.0.9:4242" }]));
  return world;
}

/** Streams that were closed since the last call, with the reasons. */
function takeClosed(world: DispatcherWorld): readonly object[] {
  return world.take().filter(({ kind }) => kind === "close");
}

describe("registration", () => {
  it("makes the node READY and answers with all five sections once that is committed", () => {
    const world = started("node-1");
    const streamId = world.proposeSession("node-1", { address: "10.1.2.3" });
    expect(world.take()).toEqual([]);
    world.harness.settle();
    const node = world.node("node-1");
    expect(node.status).toEqual({ state: "READY", message: "", addr: "10.1.2.3" });
    expect(world.take()).toEqual([
      {
        kind: "session-message",
        streamId,
        message: {
          sessionId: expect.stringMatching(/^[0-9a-z]{25}$/),
          node,
          managers: [{ peer: { nodeId: "leader-1", addr: "10.0.0.9:4242" }, weight: 10 }],
          networkBootstrapKeys: world.harness.get("cluster", "cluster-1").networkBootstrapKeys,
          RootCA: Uint8Array.of(7, 7),
        },
      },
    ]);
  });

  it("is answered at once, without a write, when nothing is new", () => {
    const world = started("node-1");
    world.register("node-1");
    const writes = world.harness.commits.length;
    world.proposeSession("node-1");
    expect(world.take().map(({ kind }) => kind)).toEqual(["close", "session-message"]);
    world.harness.settle();
    expect(world.harness.commits.length).toBe(writes);
  });

  it("a second one gives another session, and ends the first with its streams", () => {
    const world = started("node-1");
    const first = world.register("node-1");
    const assignments = world.openAssignments("node-1", first);
    world.take();
    const second = world.register("node-1");
    expect(second).not.toBe(first);
    const { dispatcher, harness } = world;
    const call = { nodeId: "node-1", sessionId: first };
    const invalid = { ok: false, code: "invalid-argument", message: "session invalid" };
    expect(dispatcher.heartbeat(call, harness.now)).toEqual(invalid);
    expect(dispatcher.heartbeat({ ...call, sessionId: "" }, harness.now)).toEqual(invalid);
    expect(world.report(call, "task-1", {})).toEqual(invalid);
    world.openAssignments("node-1", first);
    expect(takeClosed(world)).toMatchObject([{ code: "invalid-argument" }]);
    expect(assignments).toBeGreaterThan(0);
  });
});

describe("registrations that are refused, and sessions that are resumed", () => {
  it("a node that does not exist is refused", () => {
    const world = started();
    const streamId = world.proposeSession("stranger");
    expect(world.take()).toEqual([
      { kind: "close", streamId, code: "unknown", message: "node not found" },
    ]);
    const call = { nodeId: "stranger", sessionId: "x" };
    expect(world.dispatcher.heartbeat(call, 0)).toEqual({
      ok: false,
      code: "not-found",
      message: "node not registered",
    });
  });

  it("a fourth one in a row within eight seconds is refused, and the session goes on", () => {
    const world = started("node-1");
    world.register("node-1");
    world.register("node-1");
    const third = world.register("node-1");
    const streamId = world.proposeSession("node-1");
    expect(world.take()).toEqual([
      {
        kind: "close",
        streamId,
        code: "unavailable",
        message: "node node-1 exceeded rate limit count of registrations",
      },
    ]);
    const call = { nodeId: "node-1", sessionId: third };
    expect(world.dispatcher.heartbeat(call, world.harness.now).ok).toBe(true);
    world.harness.advance(8001);
    world.register("node-1");
  });

  it("a live session is resumed with a new description", () => {
    const world = started("node-1");
    const sessionId = world.register("node-1");
    const description = aNode({ description: { hostname: "renamed" } }).description;
    const streamId = world.proposeSession("node-1", { sessionId, description });
    world.harness.settle();
    expect(world.node("node-1").description?.hostname).toBe("renamed");
    expect(world.take()).toMatchObject([
      { kind: "close", streamId: 1, code: "aborted" },
      { kind: "session-message", streamId, message: { sessionId } },
    ]);
  });
});

describe("later session messages", () => {
  it("come when the node changes, to that node", () => {
    const world = started("node-1", "node-2");
    const sessionId = world.register("node-1");
    world.register("node-2");
    world.harness.patch("node", "node-1", { role: "MANAGER" });
    expect(world.take()).toMatchObject([
      {
        kind: "session-message",
        streamId: 1,
        message: {
          sessionId,
          node: { id: "node-1", role: "MANAGER" },
          RootCA: Uint8Array.of(7, 7),
        },
      },
    ]);
  });

  it("come to all when managers, network keys or the trust root change, and not otherwise", () => {
    const world = started("node-1", "node-2");
    world.register("node-1");
    world.register("node-2");
    const peers = [{ nodeId: "other", addr: "10.0.0.8:4242" }];
    world.record(world.dispatcher.setManagers(peers));
    expect(world.take()).toMatchObject([
      { streamId: 1, message: { managers: [{ peer: peers[0], weight: 10 }] } },
      { streamId: 2, message: { managers: [{ peer: peers[0], weight: 10 }] } },
    ]);
    world.record(world.dispatcher.setManagers([...peers]));
    expect(world.take()).toEqual([]);

    const cluster = world.harness.get("cluster", "cluster-1");
    world.harness.patch("cluster", "cluster-1", { networkBootstrapKeys: [] });
    expect(world.take()).toMatchObject([
      { streamId: 1, message: { networkBootstrapKeys: [], managers: [{ weight: 10 }] } },
      { streamId: 2, message: { networkBootstrapKeys: [] } },
    ]);
    const rootCa = { ...cluster.rootCa, caCert: Uint8Array.of(8) };
    world.harness.patch("cluster", "cluster-1", { rootCa });
    expect(world.take()).toMatchObject([
      { streamId: 1, message: { RootCA: Uint8Array.of(8) } },
      { streamId: 2 },
    ]);
    world.harness.patch("cluster", "cluster-1", { fips: true });
    expect(world.take()).toEqual([]);
  });

  it("stop with the stream; the session goes on", () => {
    const world = started("node-1");
    const sessionId = world.register("node-1");
    world.dispatcher.closeStream(1);
    world.harness.patch("node", "node-1", { role: "MANAGER" });
    expect(world.take()).toEqual([]);
    const { dispatcher, harness } = world;
    expect(dispatcher.heartbeat({ nodeId: "node-1", sessionId }, harness.now).ok).toBe(true);
  });
});

describe("heartbeats", () => {
  it("are asked for at about the configured period, with jitter, also when it changes", () => {
    const world = started("node-1");
    const sessionId = world.register("node-1");
    const periods = (): readonly number[] =>
      Array.from({ length: 50 }, () => {
        const outcome = world.dispatcher.heartbeat({ nodeId: "node-1", sessionId }, 0);
        return outcome.ok ? outcome.value.periodMs : Number.NaN;
      });
    const usual = periods();
    expect(Math.min(...usual)).toBeGreaterThanOrEqual(4500);
    expect(Math.max(...usual)).toBeLessThanOrEqual(5500);
    expect(Math.max(...usual) - Math.min(...usual)).toBeGreaterThan(500);

    const { spec } = world.harness.get("cluster", "cluster-1");
    const setPeriod = (seconds: number): void => {
      const dispatcher = { ...spec.dispatcher, heartbeatPeriod: { seconds, nanos: 0 } };
      world.harness.patch("cluster", "cluster-1", { spec: { ...spec, dispatcher } });
    };
    setPeriod(1);
    expect(Math.max(...periods())).toBeLessThanOrEqual(1100);
    expect(Math.min(...periods())).toBeGreaterThanOrEqual(900);
    setPeriod(0);
    expect(Math.min(...periods())).toBeGreaterThanOrEqual(4500);
  });

  it("a node that is silent for three periods is DOWN, and its streams end", () => {
    const world = started("node-1");
    const sessionId = world.register("node-1");
    const assignments = world.openAssignments("node-1", sessionId);
    world.take();
    world.harness.advance(13_000);
    world.dispatcher.heartbeat({ nodeId: "node-1", sessionId }, world.harness.now);
    world.harness.advance(13_400);
    expect(world.node("node-1").status.state).toBe("READY");
    world.harness.advance(3200);
    expect(world.node("node-1").status).toMatchObject({
      state: "DOWN",
      message: "heartbeat failure",
      addr: "10.0.0.1",
    });
    const closed = { kind: "close", code: "aborted", message: "node must disconnect" };
    expect(world.take()).toEqual([
      { ...closed, streamId: 1 },
      { ...closed, streamId: assignments },
    ]);
    expect(world.dispatcher.heartbeat({ nodeId: "node-1", sessionId }, 0)).toMatchObject({
      code: "not-found",
    });
  });

  it("a node that comes back is READY again", () => {
    const world = started("node-1");
    world.register("node-1");
    world.harness.advance(20_000);
    expect(world.node("node-1").status.state).toBe("DOWN");
    world.register("node-1");
    expect(world.node("node-1").status).toMatchObject({ state: "READY", message: "" });
  });
});

describe("a new leader", () => {
  it("takes nodes for UNKNOWN, and after six periods for DOWN", () => {
    const world = new DispatcherWorld();
    world.harness.create("node", aNode({ id: "a" }), aNode({ id: "b", status: { state: "DOWN" } }));
    world.harness.start();
    expect(world.node("a").status).toMatchObject({
      state: "UNKNOWN",
      message: 'Node moved to "unknown" state due to leadership change in cluster',
    });
    expect(world.node("b").status.state).toBe("DOWN");
    world.harness.advance(26_900);
    expect(world.node("a").status.state).toBe("UNKNOWN");
    world.harness.advance(6200);
    expect(world.node("a").status).toMatchObject({
      state: "DOWN",
      message: 'heartbeat failure for node in "unknown" state',
    });
  });

  it("a node that registers in time is held to the usual three periods", () => {
    const world = started("node-1");
    world.register("node-1");
    world.harness.advance(17_000);
    expect(world.node("node-1").status).toMatchObject({
      state: "DOWN",
      message: "heartbeat failure",
    });
  });

  it("knows no sessions of its predecessor's", () => {
    const world = started("node-1");
    expect(world.dispatcher.heartbeat({ nodeId: "node-1", sessionId: "old" }, 0)).toEqual({
      ok: false,
      code: "not-found",
      message: "node not registered",
    });
  });
});

describe("tasks of a node that is DOWN", () => {
  const states = ["PENDING", "ASSIGNED", "RUNNING", "COMPLETE"] as const;

  function withTasks(): DispatcherWorld {
    const world = started("node-1");
    world.harness.create(
      "task",
      ...states.map((state) => aTask({ id: state, nodeId: "node-1", status: { state } })),
    );
    world.register("node-1");
    return world;
  }

  function statesNow(world: DispatcherWorld): readonly string[] {
    return states.map((id) => world.harness.get("task", id).status.state);
  }

  it("are orphaned after a day, if they may still run", () => {
    const world = withTasks();
    world.harness.advance(orphanAfterMs);
    expect(statesNow(world)).toEqual(states);
    world.harness.advance(20_000);
    expect(statesNow(world)).toEqual(["PENDING", "ORPHANED", "ORPHANED", "COMPLETE"]);
    expect(world.harness.get("task", "RUNNING").status.appliedBy).toBe("leader-1");
  });

  it("are kept when the node comes back before", () => {
    const world = withTasks();
    world.harness.advance(23 * hourMs);
    const sessionId = world.register("node-1");
    for (let hour = 0; hour < 2; hour += 1) {
      for (let beat = 0; beat < 360; beat += 1) {
        world.dispatcher.heartbeat({ nodeId: "node-1", sessionId }, world.harness.now);
        world.harness.advance(10_000);
      }
    }
    expect(statesNow(world)).toEqual(states);
  });
});

describe("the end", () => {
  it("a removed node's streams end, and it is unknown from then on", () => {
    const world = started("node-1");
    const sessionId = world.register("node-1");
    world.harness.remove("node", "node-1");
    expect(takeClosed(world)).toMatchObject([{ streamId: 1, code: "aborted" }]);
    expect(world.dispatcher.heartbeat({ nodeId: "node-1", sessionId }, 0).ok).toBe(false);
    world.harness.advance(60_000);
  });

  it("a stopped dispatcher sends all away and takes nothing more", () => {
    const world = started("node-1");
    const sessionId = world.register("node-1");
    world.record(world.dispatcher.stop());
    expect(takeClosed(world)).toEqual([
      { kind: "close", streamId: 1, code: "aborted", message: "node must disconnect" },
    ]);
    const stopped = { code: "aborted", message: "dispatcher is stopped" };
    world.proposeSession("node-1");
    world.openAssignments("node-1", sessionId);
    expect(takeClosed(world)).toMatchObject([stopped, stopped]);
    expect(world.dispatcher.heartbeat({ nodeId: "node-1", sessionId }, 0)).toMatchObject(stopped);
  });
});
