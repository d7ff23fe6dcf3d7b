// Calls while the leader changes, or there is none: what is made again, and what must not be.
import { getCodec, services } from "@swarmkit/proto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RpcError } from "./rpc-error.ts";
import { isDisconnected, ProxiedSwarm, waitFor } from "./testing/proxied-swarm.ts";

const { Dispatcher } = services;

let swarm: ProxiedSwarm;
beforeEach(async () => {
  swarm = await ProxiedSwarm.start();
});
afterEach(() => swarm.close());

describe("the leader changes", () => {
  test("an answer that was lost is not asked for again", async () => {
    swarm.behaviourOf(0).getNode = () => {
      swarm.first.kill();
      swarm.second.route.setLeader("self");
      swarm.follower.route.setLeader(swarm.second.member);
      return new Promise(() => {});
    };
    await expect(swarm.getNode("node1")).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/^the leader's answer was lost; /),
    });
    expect(swarm.seenNodes()).toEqual([["node1"], [], []]);
  });

  test("a dead leader's successor gets the call", async () => {
    const client = swarm.aClient();
    await swarm.getNode("before", { client });
    swarm.first.kill();
    await waitFor(() => isDisconnected(swarm.follower));
    const answer = swarm.getNode("after", { client });
    await waitFor(() => swarm.follower.route.waitingCount > 0);
    swarm.second.route.setLeader("self");
    swarm.follower.route.setLeader(swarm.second.member);
    await answer;
    expect(swarm.seenNodes()).toEqual([["before"], ["after"], []]);
  });

  test("the manager that takes over answers itself", async () => {
    swarm.first.kill();
    const answer = swarm.getNode("node1");
    await waitFor(() => swarm.follower.route.waitingCount > 0);
    swarm.follower.route.setLeader("self");
    await answer;
    expect(swarm.seenNodes()).toEqual([[], [], ["node1"]]);
  });

  test("a leader that leads no more passes the call back", async () => {
    swarm.behaviourOf(0).getNode = () => {
      swarm.follower.route.setLeader(swarm.second.member);
      return Promise.reject(new RpcError("not-leader", "node lost leader status"));
    };
    swarm.second.route.setLeader("self");
    await swarm.getNode("node1");
    expect(swarm.seenNodes()).toEqual([["node1"], ["node1"], []]);
  });

  test("this manager, when it leads no more, passes the call on", async () => {
    swarm.follower.route.setLeader("self");
    swarm.behaviourOf(2).getNode = () => {
      swarm.follower.route.setLeader(swarm.first.member);
      return Promise.reject(new RpcError("not-leader", "node lost leader status"));
    };
    await swarm.getNode("node1");
    expect(swarm.seenNodes()).toEqual([["node1"], [], ["node1"]]);
  });

  test("a write that may have been made is not made again by this manager either", async () => {
    swarm.follower.route.setLeader("self");
    swarm.behaviourOf(2).getNode = () => {
      swarm.follower.route.setLeader(swarm.first.member);
      return Promise.reject(new RpcError("unavailable", "node lost leader status"));
    };
    await expect(swarm.getNode("node1")).rejects.toMatchObject({ code: "unavailable" });
    expect(swarm.seenNodes()).toEqual([[], [], ["node1"]]);
  });

  test("the manager that the call was passed on to does not pass it on", async () => {
    swarm.first.route.setLeader(swarm.second.member);
    swarm.second.route.setLeader("self");
    const answer = swarm.getNode("node1");
    await waitFor(() => swarm.follower.route.waitingCount > 0);
    swarm.follower.route.setLeader(swarm.second.member);
    await answer;
    expect(swarm.seenNodes()).toEqual([[], ["node1"], []]);
  });
});

test("streams go on while no leader is known, and end with the next one", async () => {
  swarm.behaviourOf(0).session = (_, send) => {
    send("session1");
    return new Promise(() => {});
  };
  const request = getCodec("SessionRequest").create();
  const stream = swarm.aClient().stream(Dispatcher.Session, request, new AbortController().signal);
  await stream.next();
  const end = stream.next().catch((error: RpcError) => error.code);
  swarm.follower.route.setLeader(undefined);
  swarm.clock.advance(5000);
  swarm.follower.route.setLeader(swarm.first.member);
  swarm.clock.advance(5000);
  await swarm.getNode("node1");
  expect(await Promise.race([end, "it goes on"])).toBe("it goes on");
  swarm.follower.route.setLeader(swarm.second.member);
  swarm.clock.advance(1000);
  expect(await end).toBe("unavailable");
});

describe("no leader", () => {
  test("calls wait for one", async () => {
    swarm.follower.route.setLeader(undefined);
    const answer = swarm.getNode("node1");
    await waitFor(() => swarm.follower.route.waitingCount > 0);
    swarm.follower.route.setLeader(swarm.first.member);
    await answer;
    expect(swarm.behaviourOf(0).nodes).toEqual(["node1"]);
  });

  test("when there is none for long, calls are refused with SwarmKit's words", async () => {
    swarm.follower.route.setLeader(undefined);
    const waited = swarm.getNode("node1");
    const refusal = {
      code: "unavailable",
      message:
        "The swarm does not have a leader. It's possible that too few managers are online. " +
        "Make sure more than half of the managers are online.",
    };
    const refused = expect(waited).rejects.toMatchObject(refusal);
    await waitFor(() => swarm.follower.route.waitingCount > 0);
    swarm.clock.advance(10_000);
    await refused;
    // From now on nobody waits.
    await expect(swarm.getNode("node2")).rejects.toMatchObject(refusal);
  });

  test("a caller that goes away waits no more", async () => {
    swarm.follower.route.setLeader(undefined);
    await expect(swarm.getNode("node1", { limitMs: 50 })).rejects.toMatchObject({
      code: "unavailable",
    });
    await waitFor(() => swarm.follower.route.waitingCount === 0);
  });
});
