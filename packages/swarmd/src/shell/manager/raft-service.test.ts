import { getCodec, type RaftpbMessage, services } from "@swarmkit/proto";
import type { DeepPartial } from "@swarmkit/proto/types";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RpcClient } from "../grpc/client.ts";
import { issueIdentity, PeerServer } from "../transport/testing/peer-server.ts";

const { ProcessRaftMessage, StreamRaftMessage, ResolveAddress } = services.Raft;
const timeoutMs = 4000;

let peer: PeerServer;
let client: RpcClient;

beforeEach(async () => {
  peer = await new PeerServer("2").start();
  client = clientOf("swarm-manager");
});
afterEach(() => {
  client.close();
  peer.stop();
});

test("a message is taken", async () => {
  await process(aMessage({ type: "MsgHeartbeat", commit: 7 }));
  expect(peer.received).toMatchObject([{ type: "heartbeat", from: "1", to: "2", commit: 7 }]);
});

test("no message at all is answered like one", async () => {
  expect(await client.call(ProcessRaftMessage, {}, { timeoutMs })).toEqual({});
});

test.each<[string, DeepPartial<RaftpbMessage>]>([
  ["a proposal", { type: "MsgProp", entries: [{ Data: Uint8Array.of(1) }] }],
  ["a message for another member", { type: "MsgHeartbeat", to: "3" }],
  ["a type that nobody knows", { type: "#99" as "MsgHup" }],
  ["what only a member says to itself", { type: "MsgHup" }],
])("%s is dropped, and the sender is none the wiser", async (_what, parts) => {
  await process(aMessage(parts));
  expect(peer.received).toEqual([]);
});

test.each(["MsgVote", "MsgPreVote"] as const)("%s of a stranger is dropped", async (type) => {
  peer.strangers.add("1");
  await process(aMessage({ type, index: 5, logTerm: 1 }));
  expect(peer.received).toEqual([]);
  await process(aMessage({ type: "MsgHeartbeat" }));
  expect(peer.received).toHaveLength(1);
});

test("a member that was removed is told so", async () => {
  peer.removed.add("1");
  const message = aMessage({ type: "MsgVote" });
  const text = "raft: member was removed from the cluster";
  await expect(process(message)).rejects.toMatchObject({ code: "not-found", message: text });
  await expect(stream([message])).rejects.toMatchObject({ code: "not-found", message: text });
});

test("pieces of a snapshot become one", async () => {
  const pieces = [Uint8Array.of(1, 2), Uint8Array.of(3), Uint8Array.of(4, 5)];
  await stream(pieces.map((data) => aSnapshot(data)));
  expect(peer.received).toHaveLength(1);
  const [message] = peer.received;
  if (message?.type !== "snapshot") throw new Error("not a snapshot");
  expect([...message.snapshot.data]).toEqual([1, 2, 3, 4, 5]);
  expect(message.snapshot.metadata).toMatchObject({ index: 9, term: 3 });
});

test.each<[string, readonly RaftpbMessage[]]>([
  ["of another index", [aSnapshot(Uint8Array.of(1)), { ...aSnapshot(Uint8Array.of(2)), index: 4 }]],
  ["of another type", [aSnapshot(Uint8Array.of(1)), aMessage({ type: "MsgHeartbeat" })]],
])("a piece %s is refused", async (_what, messages) => {
  await expect(stream(messages)).rejects.toMatchObject({ code: "invalid-argument" });
  expect(peer.received).toEqual([]);
});

test("a member's address is told, and none of others", async () => {
  peer.addresses.set("26", "10.0.0.3:4242");
  const known = await client.call(ResolveAddress, { raftId: "26" }, { timeoutMs });
  expect(known).toEqual({ addr: "10.0.0.3:4242" });
  const unknown = client.call(ResolveAddress, { raftId: "27" }, { timeoutMs });
  await expect(unknown).rejects.toMatchObject({
    code: "not-found",
    message: "member 1b not found",
  });
});

test("a worker can send nothing", async () => {
  const worker = clientOf("swarm-worker");
  const message = aMessage({ type: "MsgHeartbeat" });
  const call = worker.call(ProcessRaftMessage, { message }, { timeoutMs });
  await expect(call).rejects.toMatchObject({ code: "permission-denied" });
  const link = worker.openClientStream(services.RaftLink.Link, { timeoutMs });
  await expect(link.response).rejects.toMatchObject({ code: "permission-denied" });
  expect(peer.received).toEqual([]);
  worker.close();
});

test("a malformed message ends the link, and nothing else", async () => {
  const link = client.openClientStream(services.RaftLink.Link, { timeoutMs });
  link.send({ messages: [Uint8Array.of(8)] });
  await expect(link.response).rejects.toMatchObject({ code: "invalid-argument" });
  await process(aMessage({ type: "MsgHeartbeat" }));
  expect(peer.received).toHaveLength(1);
});

function clientOf(role: "swarm-manager" | "swarm-worker"): RpcClient {
  const identity = issueIdentity("node1", role);
  const { rootPem } = identity;
  return new RpcClient(peer.address, {
    kind: "swarm",
    serverName: "swarm-manager",
    rootPem,
    identity,
  });
}

async function process(message: RaftpbMessage): Promise<void> {
  await client.call(ProcessRaftMessage, { message }, { timeoutMs });
}

async function stream(messages: readonly RaftpbMessage[]): Promise<void> {
  const call = client.openClientStream(StreamRaftMessage, { timeoutMs });
  for (const message of messages) call.send({ message });
  await call.finish();
}

function aMessage(parts: DeepPartial<RaftpbMessage>): RaftpbMessage {
  return getCodec("RaftpbMessage").create({ from: "1", to: "2", term: 4, ...parts });
}

function aSnapshot(data: Uint8Array): RaftpbMessage {
  const metadata = { index: 9, term: 3, confState: { voters: ["1", "2"] } };
  return aMessage({ type: "MsgSnap", snapshot: { data, metadata } });
}
