import type { ClientHttp2Session } from "node:http2";
import { status } from "@grpc/grpc-js";
import { getCodec, services } from "@swarmkit/proto";
import type { SnapshotMessage } from "@swarmkit/raft";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { systemClock } from "../clock.ts";
import { toPlainMessage } from "../raft/message-codec.ts";
import { type CallStatus, callOnce, startCall } from "./grpc-call.ts";
import { openPeerSession } from "./peer-session.ts";
import { encodeSnapshotChunks } from "./snapshot-chunks.ts";
import { issueIdentity, PeerServer } from "./testing/peer-server.ts";

const { path } = services.Raft.StreamRaftMessage;
const timeoutMs = 10_000;
const message: SnapshotMessage = {
  ...{ type: "snapshot", from: "1", to: "2", term: 5 },
  snapshot: {
    data: new Uint8Array(25_000_000),
    metadata: { index: 90, term: 4, confState: { voters: ["1", "2"] } },
  },
};

let peer: PeerServer;
let session: ClientHttp2Session;

beforeEach(async () => {
  peer = await new PeerServer("2").start();
  session = await openPeerSession({
    ...{ address: peer.address, identity: issueIdentity("node1"), clock: systemClock, timeoutMs },
    signal: new AbortController().signal,
  });
});
afterEach(() => {
  session.destroy();
  peer.stop();
});

test("a snapshot that is given up half-way is not taken for a whole one", async () => {
  const end = Promise.withResolvers<CallStatus>();
  const call = startCall(session, path, { onMessage: () => undefined, onEnd: end.resolve });
  const [first, second] = encodeSnapshotChunks(message);
  for (const piece of [first, second]) {
    await new Promise<void>((written) => call?.write(piece as Uint8Array, written));
  }
  call?.cancel();
  expect((await end.promise).code).toBe(status.CANCELLED);
  await nothingElseComes();
  expect(peer.received.map(({ type }) => type)).toEqual(["heartbeat"]);
});

test("nor one whose pieces take too long", async () => {
  const clock = new ManualClock();
  function* half(): Generator<Uint8Array> {
    let count = 0;
    for (const piece of encodeSnapshotChunks(message)) {
      count += 1;
      if (count === 4) clock.advance(timeoutMs);
      yield piece;
    }
  }
  const { status: result } = await callOnce(session, { path, requests: half(), clock, timeoutMs });
  expect(result.code).toBe(status.DEADLINE_EXCEEDED);
  await nothingElseComes();
  expect(peer.received.map(({ type }) => type)).toEqual(["heartbeat"]);
});

test("one that is not given up is taken whole", async () => {
  const requests = encodeSnapshotChunks(message);
  const options = { path, requests, clock: systemClock, timeoutMs };
  expect((await callOnce(session, options)).status.code).toBe(status.OK);
  expect(peer.received).toHaveLength(1);
  expect(peer.received[0]).toMatchObject({ snapshot: { data: { length: 25_000_000 } } });
});

test("on a connection that is gone it ends at once", async () => {
  session.destroy();
  const options = { path, requests: [new Uint8Array()], clock: systemClock, timeoutMs };
  expect((await callOnce(session, options)).status.code).toBe(status.UNAVAILABLE);
});

/** Sends a heartbeat, which comes behind all else on the connection. */
async function nothingElseComes(): Promise<void> {
  const heartbeat = { type: "heartbeat", from: "1", to: "2", term: 5, commit: 7 } as const;
  const plain = toPlainMessage({ ...heartbeat, context: new Uint8Array() });
  const requests = [getCodec("StreamRaftMessageRequest").encode({ message: plain })];
  const options = { path, requests, clock: systemClock, timeoutMs };
  expect((await callOnce(session, options)).status.code).toBe(status.OK);
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
}
