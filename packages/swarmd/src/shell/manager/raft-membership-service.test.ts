import type { Server } from "@grpc/grpc-js";
import { services } from "@swarmkit/proto";
import type { RaftMember } from "@swarmkit/proto/types";
import { afterEach, beforeEach, expect, test } from "vitest";
import { succeed } from "../../core/lib/outcome.ts";
import { createPrng } from "../../core/lib/prng.ts";
import { systemClock } from "../clock.ts";
import { RpcClient, type Trust } from "../grpc/client.ts";
import type { Gate } from "../grpc/service.ts";
import { silentLogger } from "../log.ts";
import { issueIdentity, PeerServer } from "../transport/testing/peer-server.ts";
import { HealthService } from "./health-service.ts";
import { joinRaft } from "./raft-join.ts";
import { addRaftMembershipService, type MemberChange } from "./raft-membership-service.ts";

const { Join, Leave } = services.RaftMembership;
const timeoutMs = 4000;

let isLeader: boolean;
let canRemove: boolean;
let mayJoin: boolean;
let members: RaftMember[];
let changes: MemberChange[];
let leader: PeerServer;
let joiner: PeerServer;
let joinerHealth: HealthService;
let client: RpcClient;

beforeEach(async () => {
  isLeader = true;
  canRemove = true;
  mayJoin = true;
  members = [aMember("1", "node1", "10.0.0.1:4242")];
  changes = [];
  joinerHealth = new HealthService();
  joinerHealth.set("Raft", "SERVING");
  leader = await new PeerServer("1", addMembership).start();
  joiner = await new PeerServer("2", (server, gate) => {
    joinerHealth.addTo(server, { gate, log: silentLogger });
  }).start();
  client = new RpcClient(leader.address, trustOf("node2"));
});
afterEach(() => {
  client.close();
  leader.stop();
  joiner.stop();
});

test("a manager that answers at its address becomes a member with an id of its own", async () => {
  const reply = await join(joiner.address);
  expect(BigInt(reply.raftId)).toBeGreaterThan(0n);
  expect(BigInt(reply.raftId)).toBeLessThanOrEqual(2n ** 63n);
  const member = { raftId: reply.raftId, nodeId: "node2", addr: joiner.address };
  expect(changes).toEqual([{ type: "add-node", member }]);
  expect(reply.members.map(({ raftId }) => raftId)).toEqual(["1", reply.raftId]);
  expect(reply.removedMembers).toEqual([]);
});

test.each(["0.0.0.0", "[::]", ""])(
  "for the host %j the one that is seen is put in",
  async (host) => {
    await join(`${host}:${joiner.address.split(":")[1]}`);
    expect(changes.map(({ member }) => member.addr)).toEqual([joiner.address]);
  },
);

test.each(["here", "127.0.0.1", "127.0.0.1:0", "::1:4242", "127.0.0.1:99999"])(
  "%j is no address",
  async (address) => {
    await expect(join(address)).rejects.toMatchObject({ code: "invalid-argument" });
    expect(changes).toEqual([]);
  },
);

test("a manager that does not answer at its address is refused", async () => {
  joiner.stop();
  await expect(join(joiner.address)).rejects.toThrow(
    "could not connect to prospective new cluster member using its advertised address",
  );
  expect(changes).toEqual([]);
});

test("a manager at whose address another one answers is refused", async () => {
  const other = new RpcClient(leader.address, trustOf("node3"));
  const call = other.call(Join, { addr: joiner.address }, { timeoutMs });
  await expect(call).rejects.toThrow(`another node answers there: node2 (${joiner.address})`);
  other.close();
  expect(changes).toEqual([]);
});

test("a manager that does not take part in raft yet is refused", async () => {
  joinerHealth.set("Raft", "NOT_SERVING");
  await expect(join(joiner.address)).rejects.toThrow("NOT_SERVING");
  expect(changes).toEqual([]);
});

test("a member that joins again keeps its id", async () => {
  const { raftId } = await join(joiner.address);
  expect(await join(joiner.address)).toMatchObject({ raftId });
  expect(changes).toHaveLength(1);
});

test("two joins of one node at once make one member", async () => {
  const [first, second] = await Promise.all([join(joiner.address), join(joiner.address)]);
  expect(first.raftId).toBe(second.raftId);
  expect(changes).toHaveLength(1);
});

test("a member that joins from another address keeps its id and moves", async () => {
  members.push(aMember("77", "node2", "10.0.0.2:4242"));
  expect(await join(joiner.address)).toMatchObject({ raftId: "77" });
  const member = { raftId: "77", nodeId: "node2", addr: joiner.address };
  expect(changes).toEqual([{ type: "update-node", member }]);
});

test("a manager that does not lead says so in SwarmKit's words", async () => {
  isLeader = false;
  await expect(join(joiner.address)).rejects.toMatchObject({
    code: "failed-precondition",
    message: "raft: failed to process the request: node lost leader status",
  });
  members = [];
  await expect(join(joiner.address)).rejects.toMatchObject({
    code: "failed-precondition",
    message: "raft: node is not yet part of a raft cluster",
  });
});

test("a node that is to be a worker is not taken in, whatever its certificate says", async () => {
  mayJoin = false;
  await expect(join(joiner.address)).rejects.toMatchObject({ code: "permission-denied" });
  expect(changes).toEqual([]);
});

test("a member is taken out by its id", async () => {
  members.push(aMember("77", "node2", "10.0.0.2:4242"));
  await leave("77");
  expect(changes).toMatchObject([{ type: "remove-node", member: { raftId: "77" } }]);
});

test("the leader is not taken out: of two, the other might wait for its vote for ever", async () => {
  members.push(aMember("77", "node2", "10.0.0.2:4242"));
  await expect(leave("1")).rejects.toMatchObject({ code: "failed-precondition" });
  expect(changes).toEqual([]);
});

test("nobody is taken out whose absence would cost the majority", async () => {
  canRemove = false;
  members.push(aMember("77", "node2", "10.0.0.2:4242"));
  await expect(leave("77")).rejects.toThrow("may result in loss of quorum");
  expect(changes).toEqual([]);
});

test("who is no member cannot be taken out", async () => {
  await expect(leave("255")).rejects.toMatchObject({ code: "not-found" });
  const call = client.call(Leave, {}, { timeoutMs });
  await expect(call).rejects.toMatchObject({ code: "invalid-argument" });
});

test("a joiner asks the next manager when one does not lead, or is not there", async () => {
  const gone = await new PeerServer("3").start();
  gone.stop();
  const reply = await joinRaft({
    addresses: [gone.address, leader.address],
    trust: trustOf("node2"),
    ownAddress: joiner.address,
    clock: systemClock,
    timeoutMs,
  });
  expect(reply.members).toHaveLength(2);
});

test("a joiner gives up when the time is over, and at once when it is refused", async () => {
  const options = { trust: trustOf("node2"), ownAddress: joiner.address, clock: systemClock };
  isLeader = false;
  const addresses = [leader.address];
  const late = joinRaft({ ...options, addresses, timeoutMs: 50 });
  await expect(late).rejects.toMatchObject({ code: "failed-precondition" });
  const refused = joinRaft({ ...options, addresses, ownAddress: "nonsense", timeoutMs });
  isLeader = true;
  await expect(refused).rejects.toMatchObject({ code: "invalid-argument" });
});

function addMembership(server: Server, gate: Gate): void {
  const control = {
    get isLeader() {
      return isLeader;
    },
    raftId: "1",
    members: () => members,
    isRemoved: () => false,
    canRemove: () => canRemove,
    mayJoin: () => mayJoin,
    changeMembership: async (change: MemberChange) => {
      changes.push(change);
      const { raftId, nodeId, addr } = change.member;
      members = members.filter((member) => member.raftId !== raftId);
      if (change.type !== "remove-node") members.push(aMember(raftId, nodeId, addr));
      return succeed(undefined);
    },
  };
  const trust = (): Trust => trustOf("node1");
  const prng = createPrng(7);
  addRaftMembershipService(server, { gate, log: silentLogger, control, prng, trust });
}

function join(addr: string) {
  return client.call(Join, { addr }, { timeoutMs });
}

function leave(raftId: string) {
  return client.call(Leave, { node: aMember(raftId, "", "") }, { timeoutMs });
}

function trustOf(nodeId: string): Trust {
  const identity = issueIdentity(nodeId);
  return { kind: "swarm", serverName: "swarm-manager", rootPem: identity.rootPem, identity };
}

function aMember(raftId: string, nodeId: string, addr: string): RaftMember {
  const status = { leader: false, reachability: "UNKNOWN", message: "" } as const;
  return { raftId, nodeId, addr, status };
}
