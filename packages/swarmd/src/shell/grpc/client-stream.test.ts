// Streams of requests, from our client to our server.
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import { Server } from "@grpc/grpc-js";
import { services } from "@swarmkit/proto";
import type { PublishLogsMessage, PublishLogsResponse } from "@swarmkit/proto/types";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Peer } from "../../core/ca/authorize.ts";
import { silentLogger } from "../log.ts";
import { RpcClient } from "./client.ts";
import { createInjector } from "./injector.ts";
import { RpcError } from "./rpc-error.ts";
import { addService, type CallContext } from "./service.ts";

type Handler = (
  messages: AsyncIterable<PublishLogsMessage>,
  context: CallContext,
) => Promise<PublishLogsResponse>;

const { PublishLogs } = services.LogBroker;

let grpc: Server;
let server: NetServer;
let sockets: Set<Socket>;
let target: string;
let client: RpcClient;
let peer: Peer;
let handler: Handler;

beforeEach(async () => {
  peer = { kind: "local", address: "here" };
  sockets = new Set();
  grpc = new Server({ "grpc.enable_channelz": 0 });
  const context = { organization: "cluster1", nodeId: "manager1", isBlacklisted: () => false };
  const gate = { context, peerOf: () => peer };
  const handlers = {
    PublishLogs: (messages: AsyncIterable<PublishLogsMessage>, call: CallContext) =>
      handler(messages, call),
  };
  addService(grpc, "LogBroker", handlers, { gate, log: silentLogger });
  const inject = createInjector(grpc, silentLogger);
  server = createServer((socket) => {
    sockets.add(socket);
    inject(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new RpcClient(target, { kind: "local" });
});

afterEach(() => {
  client.close();
  grpc.forceShutdown();
  server.close();
});

test("messages arrive in order, and the answer comes when the sender is done", async () => {
  const received: string[] = [];
  handler = async (messages) => {
    for await (const { subscriptionId } of messages) received.push(subscriptionId);
    return {};
  };
  const stream = client.openClientStream(PublishLogs);
  const sent = Array.from({ length: 100 }, (_, index) => `subscription${index}`);
  for (const subscriptionId of sent) {
    if (!stream.send(aMessage(subscriptionId))) await stream.drained();
  }
  expect(await stream.finish()).toEqual({});
  expect(received).toEqual(sent);
});

test("a stream of nothing is answered", async () => {
  handler = async (messages) => {
    for await (const _ of messages) throw new Error("there is nothing");
    return {};
  };
  expect(await client.openClientStream(PublishLogs).finish()).toEqual({});
});

test("a refusal ends the stream while the sender still sends", async () => {
  handler = async (messages) => {
    for await (const _ of messages) break;
    throw new RpcError("not-found", "no such subscription");
  };
  const stream = client.openClientStream(PublishLogs);
  stream.send(aMessage("subscription1"));
  const refusal = { code: "not-found", message: "no such subscription" };
  await expect(stream.response).rejects.toMatchObject(refusal);
  stream.send(aMessage("subscription1"));
  await stream.drained();
  await expect(stream.finish()).rejects.toMatchObject(refusal);
});

test("who may not call is told so before his messages are read", async () => {
  peer = { kind: "anonymous", address: "there" };
  handler = () => Promise.reject(new Error("the handler ran"));
  const stream = client.openClientStream(PublishLogs);
  await expect(stream.finish()).rejects.toMatchObject({ code: "permission-denied" });
});

test.each(["cancel", "signal", "timeout"])("a sender that leaves by %s is noticed", async (how) => {
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<unknown>();
  handler = async (messages, { signal }) => {
    started.resolve();
    try {
      for await (const _ of messages);
      ended.resolve("the stream seemed whole");
    } catch (error) {
      ended.resolve([(error as RpcError).code, signal.aborted]);
    }
    return {};
  };
  const abort = new AbortController();
  const stream = client.openClientStream(PublishLogs, {
    signal: abort.signal,
    ...(how === "timeout" ? { timeoutMs: 50 } : {}),
  });
  stream.send(aMessage("subscription1"));
  await started.promise;
  if (how === "cancel") stream.cancel();
  if (how === "signal") abort.abort();
  await expect(stream.response).rejects.toThrow(RpcError);
  expect(await ended.promise).toEqual(["aborted", true]);
});

test.each(["messages waiting", "no message waiting"])(
  "a connection that is lost is no end of the stream, with %s",
  async (which) => {
    const first = Promise.withResolvers<void>();
    const lost = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<unknown>();
    handler = async (messages, { signal }) => {
      let received = 0;
      try {
        for await (const _ of messages) {
          received += 1;
          first.resolve();
          if (which === "messages waiting") await lost.promise;
        }
        ended.resolve("the stream seemed whole");
      } catch (error) {
        ended.resolve([(error as RpcError).code, signal.aborted, received > 0]);
      }
      return {};
    };
    const stream = client.openClientStream(PublishLogs);
    for (let index = 0; index < 8; index++) stream.send(aMessage("subscription1"));
    await first.promise;
    for (const socket of sockets) socket.destroy();
    await expect(stream.response).rejects.toMatchObject({ code: "unavailable" });
    lost.resolve();
    expect(await ended.promise).toEqual(["aborted", true, true]);
  },
);

test("a slow handler slows the sender down", async () => {
  const release = Promise.withResolvers<void>();
  handler = async (messages) => {
    await release.promise;
    for await (const _ of messages);
    return {};
  };
  const stream = client.openClientStream(PublishLogs);
  const message = { ...aMessage("subscription1"), messages: [] };
  const padded = { ...message, subscriptionId: "s".repeat(10_000) };
  let sent = 0;
  // Far less than all can be under way: the flow-control window and what both ends' queues hold.
  while (sent < 1000 && stream.send(padded)) sent += 1;
  expect(sent).toBeLessThan(100);
  release.resolve();
  await stream.drained();
  expect(await stream.finish()).toEqual({});
});

test("a malformed message is an invalid argument, with the reason", async () => {
  handler = async (messages) => {
    for await (const _ of messages);
    return {};
  };
  const session: ClientHttp2Session = connectHttp2(`http://${target}`);
  const request = session.request({
    ":method": "POST",
    ":path": PublishLogs.path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  request.resume().write(Buffer.from([0, 0, 0, 0, 2, 0x0a, 0x7f]));
  const [headers] = await once(request, "response");
  expect([headers["grpc-status"], decodeURI(String(headers["grpc-message"]))]).toEqual([
    "3",
    expect.stringMatching(/^malformed request: cannot decode PublishLogsMessage: ./),
  ]);
  session.destroy();
});

function aMessage(subscriptionId: string): PublishLogsMessage {
  return { subscriptionId, messages: [], close: false };
}
