import type { Server } from "@grpc/grpc-js";
import type {
  ProcessRaftMessageRequest,
  RaftpbMessage,
  StreamRaftMessageRequest,
} from "@swarmkit/proto/types";
import type { AppendMessage, Message, RaftId, SnapshotMessage } from "@swarmkit/raft";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { type Clock, systemClock } from "../clock.ts";
import { addService, type Gate } from "../grpc/service.ts";
import { silentLogger } from "../log.ts";
import { fromPlainMessage } from "../raft/message-codec.ts";
import { queuedMessagesMax } from "./peer-link.ts";
import { requestBytesMax } from "./snapshot-chunks.ts";
import { type AddServices, issueIdentity, PeerServer } from "./testing/peer-server.ts";
import { Wire } from "./testing/wire.ts";
import { Transport } from "./transport.ts";

let transport: Transport;
let servers: PeerServer[];
let unreachable: RaftId[];
let snapshots: [RaftId, boolean][];
let removals: number;
let activities: boolean[];
let guides: string[];
/** Called at each report. */
let reported: () => void;

beforeEach(() => {
  servers = [];
  unreachable = [];
  snapshots = [];
  removals = 0;
  activities = [];
  guides = [];
  reported = () => undefined;
  transport = createTransport(systemClock);
});
afterEach(async () => {
  await transport.stop();
  for (const server of servers) server.stop();
});

test("messages of one turn and of many arrive once and in order", async () => {
  const peer = await startPeer("2");
  connectTo(peer);
  transport.send(heartbeats("2", 1, 300));
  await peer.hasReceived(300);
  for (let commit = 301; commit <= 400; commit += 1) {
    transport.send(heartbeats("2", commit, commit));
    await new Promise(setImmediate);
  }
  await peer.hasReceived(400);
  expect(commitsOf(peer)).toEqual(range(1, 400));
  expect(transport.isActive("2")).toBe(true);
  expect(unreachable).toEqual([]);
});

test("large appends arrive in order, past what the connection takes at once", async () => {
  const peer = await startPeer("2");
  connectTo(peer);
  const messages = range(1, 30).map((index): Message => {
    const data = new Uint8Array(200_000).fill(index);
    const entries = [{ type: "normal", term: 5, index, data }] as const;
    const position = { previousIndex: index - 1, previousTerm: 5, commit: 0 };
    return { type: "append", from: "1", to: "2", term: 5, ...position, entries };
  });
  transport.send(messages);
  await peer.hasReceived(30);
  const contents = peer.received.map((message) => {
    const { entries } = message as AppendMessage;
    return entries.map(({ index, data }) => [index, data.length, data.at(0), data.at(-1)]);
  });
  expect(contents).toEqual(range(1, 30).map((index) => [[index, 200_000, index, index]]));
});

test("each member gets what is for it", async () => {
  const [second, third] = [await startPeer("2"), await startPeer("3")];
  connectTo(second, third);
  transport.send([...heartbeats("2", 1, 2), ...heartbeats("3", 3, 4), ...heartbeats("1", 9, 9)]);
  await Promise.all([second.hasReceived(2), third.hasReceived(2)]);
  expect([commitsOf(second), commitsOf(third)]).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test("a member that goes away is reported, and is reached again when it is back", async () => {
  const peer = await startPeer("2");
  connectTo(peer);
  transport.send(heartbeats("2", 1, 1));
  await peer.hasReceived(1);
  peer.stop();
  await until(() => !transport.isActive("2"));
  expect(unreachable).toEqual(["2"]);
  transport.send(heartbeats("2", 2, 2));
  await until(() => unreachable.length > 1);
  await peer.start();
  transport.heardFrom("2");
  await until(() => transport.isActive("2"));
  transport.send(heartbeats("2", 3, 3));
  await peer.hasReceived(2);
  expect(commitsOf(peer)).toEqual([1, 3]);
  expect(activities).toEqual([true, false, true]);
});

test("no more messages wait for a member than are allowed, and the rest are reported", async () => {
  // It listens, and never says a word.
  const peer = new PeerServer("2");
  servers.push(peer);
  await peer.start(false);
  connectTo(peer);
  transport.send(heartbeats("2", 1, queuedMessagesMax));
  await new Promise(setImmediate);
  expect(unreachable).toEqual([]);
  transport.send(heartbeats("2", 1, 3));
  await until(() => unreachable.length > 0);
  expect(unreachable).toEqual(["2"]);
});

test("who shows a worker's certificate is sent nothing", async () => {
  const worker = new PeerServer("2", undefined, "swarm-worker");
  servers.push(worker);
  connectTo(await worker.start());
  transport.send(heartbeats("2", 1, 1));
  await until(() => unreachable.length > 0);
  expect(transport.isActive("2")).toBe(false);
  expect(worker.received).toEqual([]);
});

test("a member that falls silent is given up, and reached once it speaks again", async () => {
  const clock = new ManualClock();
  await transport.stop();
  transport = createTransport(clock);
  const peer = await startPeer("2");
  const wire = await Wire.to(peer.address);
  connectTo({ raftId: "2", address: wire.address });
  while (!transport.isActive("2")) await new Promise(setImmediate);
  wire.freeze();
  clock.advance(4000);
  expect(transport.isActive("2")).toBe(false);
  await until(() => unreachable.length > 0);
  wire.thaw();
  while (!transport.isActive("2")) {
    clock.advance(50);
    await new Promise(setImmediate);
  }
  transport.send(heartbeats("2", 1, 1));
  await peer.hasReceived(1);
  expect(commitsOf(peer)).toEqual([1]);
  wire.close();
});

test("a member that is frozen does not hold up the stop", async () => {
  const peer = await startPeer("2");
  const wire = await Wire.to(peer.address);
  connectTo({ raftId: "2", address: wire.address });
  await until(() => transport.isActive("2"));
  wire.freeze();
  await transport.stop();
  expect(transport.isActive("2")).toBe(false);
  wire.close();
});

test("a snapshot that fits is sent whole, and a larger one in pieces no larger than allowed", async () => {
  const counts: number[] = [];
  const peer = await startPeer("2", (server, gate, peer) => {
    addChunkCounter(server, gate, counts, (message) => takePlain(peer, message));
  });
  await connectedTo(peer);
  for (const size of [1000, 10_800_000]) {
    const message = snapshotMessage("2", size);
    const done = until(() => snapshots.length > 0);
    transport.send([message]);
    await peer.hasReceived(1);
    await done;
    expectSame(peer.received[0], message);
    expect(snapshots).toEqual([["2", true]]);
    peer.received.length = 0;
    snapshots.length = 0;
  }
  expect(counts).toEqual([1, 3]);
});

test("a snapshot for a member that is not there has failed", async () => {
  const peer = await startPeer("2");
  peer.stop();
  connectTo(peer);
  transport.send([snapshotMessage("2", 10)]);
  await until(() => snapshots.length > 0);
  expect(snapshots).toEqual([["2", false]]);
});

test("our own service joins the pieces of a snapshot", async () => {
  const peer = await startPeer("2");
  await connectedTo(peer);
  const message = snapshotMessage("2", 9_000_000);
  transport.send([message, ...heartbeats("2", 7, 7)]);
  await peer.hasReceived(2);
  expectSame(
    peer.received.find(({ type }) => type === "snapshot"),
    message,
  );
});

test("a manager without our service gets a call for each message", async () => {
  const peer = await startPeer("2", (server, gate, peer) => {
    addChunkCounter(server, gate, [], (message) => takePlain(peer, message));
  });
  connectTo(peer);
  transport.send(heartbeats("2", 1, 20));
  await peer.hasReceived(20);
  expect(commitsOf(peer)).toEqual(range(1, 20));
  expect(unreachable).toEqual([]);
});

test("a manager without streams of messages gets plain calls", async () => {
  const peer = await startPeer("2", (server, gate, peer) => {
    const handlers = {
      ProcessRaftMessage: ({ message }: ProcessRaftMessageRequest) => takePlain(peer, message),
    };
    addService(server, "Raft", handlers, { gate, log: silentLogger });
  });
  connectTo(peer);
  transport.send(heartbeats("2", 1, 20));
  await peer.hasReceived(20);
  expect(commitsOf(peer)).toEqual(range(1, 20));
  await until(() => transport.isActive("2"));
});

test("a manager that was removed is told so, over either way", async () => {
  const ours = await startPeer("2");
  const theirs = await startPeer("3", (server, gate, peer) => {
    peer.addRaft(withoutLink(server), gate);
  });
  connectTo(ours, theirs);
  for (const peer of [ours, theirs]) {
    peer.removed.add("1");
    const before = removals;
    transport.send(heartbeats(peer.raftId, 1, 1));
    await until(() => removals > before);
    expect(peer.received).toEqual([]);
  }
});

test("a member that is not known is looked up and sent to", async () => {
  const [guide, stranger] = [await startPeer("2"), await startPeer("3")];
  guide.addresses.set("3", stranger.address);
  await connectedTo(guide);
  transport.send(heartbeats("3", 8, 8));
  await stranger.hasReceived(1);
  expect(commitsOf(stranger)).toEqual([8]);
});

test("while no member is known, managers that may be some are asked for the address", async () => {
  const [guide, stranger] = [await startPeer("2"), await startPeer("3")];
  guide.addresses.set("3", stranger.address);
  guides = ["127.0.0.1:1", guide.address];
  transport.send(heartbeats("3", 8, 8));
  await stranger.hasReceived(1);
  expect(commitsOf(stranger)).toEqual([8]);
});

test("a snapshot for a member that is not known has failed, or nothing else would go there", async () => {
  const [guide, stranger] = [await startPeer("2"), await startPeer("3")];
  guide.addresses.set("3", stranger.address);
  await connectedTo(guide);
  transport.send([snapshotMessage("3", 10)]);
  await until(() => snapshots.length > 0);
  expect(snapshots).toEqual([["3", false]]);
});

test("a message for a member that nobody knows is reported", async () => {
  const guide = await startPeer("2");
  await connectedTo(guide);
  transport.send(heartbeats("3", 8, 8));
  await until(() => unreachable.length > 0);
  expect(unreachable).toEqual(["3"]);
});

test("a member that has moved is reached at its new address", async () => {
  const [before, after] = [await startPeer("2"), await startPeer("2")];
  await connectedTo(before);
  connectTo(after);
  transport.send(heartbeats("2", 1, 1));
  await after.hasReceived(1);
  expect(before.received).toEqual([]);
});

test("new connections show the identity of now, and lose nothing that was sent", async () => {
  const peer = await startPeer("2");
  await connectedTo(peer);
  transport.send(heartbeats("2", 1, 50));
  transport.reconnect();
  transport.send(heartbeats("2", 51, 100));
  await peer.hasReceived(100);
  expect(commitsOf(peer).toSorted((left, right) => left - right)).toEqual(range(1, 100));
  expect(unreachable).toEqual([]);
});

test("what was sent before the stop still arrives", async () => {
  const peer = await startPeer("2");
  await connectedTo(peer);
  transport.send(heartbeats("2", 1, 10));
  await transport.stop();
  await peer.hasReceived(10);
  expect(commitsOf(peer)).toEqual(range(1, 10));
});

test("the member that has been active longest is known", async () => {
  const [second, third] = [await startPeer("2"), await startPeer("3")];
  expect(transport.longestActive()).toBeUndefined();
  await connectedTo(third);
  connectTo(second, third);
  while (!transport.isActive("2")) await new Promise(setImmediate);
  expect(transport.longestActive()).toBe("3");
});

function createTransport(clock: Clock): Transport {
  const identity = issueIdentity("node1");
  return new Transport({
    raftId: "1",
    clock,
    log: silentLogger,
    identity: () => identity,
    guides: () => guides,
    reportUnreachable: (raftId) => {
      unreachable.push(raftId);
      reported();
    },
    reportSnapshot: (raftId, ok) => {
      snapshots.push([raftId, ok]);
      reported();
    },
    removed: () => {
      removals += 1;
      reported();
    },
    activityChanged: () => {
      activities.push(transport.isActive("2"));
      reported();
    },
  });
}

async function startPeer(raftId: RaftId, addServices?: AddServices): Promise<PeerServer> {
  const peer = new PeerServer(raftId, addServices);
  servers.push(peer);
  return await peer.start();
}

function connectTo(...peers: readonly Pick<PeerServer, "raftId" | "address">[]): void {
  const members = peers.map(({ raftId, address: addr }) => ({
    raftId,
    nodeId: `node${raftId}`,
    addr,
  }));
  transport.setMembers([{ raftId: "1", nodeId: "node1", addr: "127.0.0.1:1" }, ...members]);
}

async function connectedTo(peer: PeerServer): Promise<void> {
  connectTo(peer);
  while (!transport.isActive(peer.raftId)) await new Promise(setImmediate);
}

/** Resolves once this holds, which it may after the next reports. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await Promise.race([
      new Promise<void>((resolve) => {
        reported = resolve;
      }),
      new Promise(setImmediate),
    ]);
  }
}

function heartbeats(to: RaftId, first: number, last: number): Message[] {
  return range(first, last).map((commit) => {
    const context = new Uint8Array();
    return { type: "heartbeat", from: "1", to, term: 5, commit, context };
  });
}

function snapshotMessage(to: RaftId, size: number): SnapshotMessage {
  const data = new Uint8Array(size).map((_, place) => place % 251);
  const confState = { voters: ["1", "2"] };
  const snapshot = { data, metadata: { index: 90, term: 4, confState } };
  return { type: "snapshot", from: "1", to, term: 5, snapshot };
}

/** Spares the comparison of millions of numbers one by one. */
function expectSame(received: Message | undefined, sent: SnapshotMessage): void {
  if (received?.type !== "snapshot") throw new Error(`not a snapshot: ${received?.type}`);
  const { data, metadata } = received.snapshot;
  expect(Buffer.compare(data, sent.snapshot.data)).toBe(0);
  expect({ ...received, snapshot: metadata }).toEqual({
    ...sent,
    snapshot: sent.snapshot.metadata,
  });
}

function commitsOf(peer: PeerServer): number[] {
  return peer.received.map((message) => (message.type === "heartbeat" ? message.commit : -1));
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, place) => first + place);
}

/** SwarmKit's service alone, as SwarmKit has it: it counts the pieces of each message. */
function addChunkCounter(
  server: Server,
  gate: Gate,
  counts: number[],
  take: (message: RaftpbMessage) => void,
): void {
  const handlers = {
    StreamRaftMessage: async (requests: AsyncIterable<StreamRaftMessageRequest>) => {
      const pieces: RaftpbMessage[] = [];
      for await (const { message } of requests) if (message !== undefined) pieces.push(message);
      counts.push(pieces.length);
      for (const piece of pieces) expect(piece.index).toBe(0);
      const data = Buffer.concat(pieces.map((piece) => piece.snapshot.data));
      expect(pieces.every((piece) => piece.snapshot.data.length <= requestBytesMax)).toBe(true);
      const first = pieces[0] as RaftpbMessage;
      take({ ...first, snapshot: { ...first.snapshot, data: new Uint8Array(data) } });
      return {};
    },
  };
  addService(server, "Raft", handlers, { gate, log: silentLogger });
}

function takePlain(peer: PeerServer, plain: RaftpbMessage | undefined): object {
  const received = plain && fromPlainMessage(plain);
  if (received?.kind === "message") peer.take(received.message);
  return {};
}

/** A server that takes no service of our own package. */
function withoutLink(server: Server): Server {
  const addTo = server.addService.bind(server);
  server.addService = (definition, implementation) => {
    if (!("Link" in definition)) addTo(definition, implementation);
  };
  return server;
}
