import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { type AddressInfo, createServer, type Server as NetServer } from "node:net";
import { Server } from "@grpc/grpc-js";
import { services } from "@swarmkit/proto";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Peer } from "../../core/ca/authorize.ts";
import { silentLogger } from "../log.ts";
import { createInjector } from "./injector.ts";
import { RpcError } from "./rpc-error.ts";
import { addService } from "./service.ts";

let grpc: Server;
let server: NetServer;
let session: ClientHttp2Session;
let peer: Peer;
let refusal: string;

beforeEach(async () => {
  peer = { kind: "local", address: "here" };
  refusal = "no such node";
  grpc = new Server({ "grpc.enable_channelz": 0 });
  const context = { organization: "cluster1", nodeId: "manager1", isBlacklisted: () => false };
  const gate = { context, peerOf: () => peer };
  const handlers = {
    GetNode: () => {
      throw new RpcError("not-found", refusal);
    },
  };
  addService(grpc, "Control", handlers, { gate, log: silentLogger });
  const inject = createInjector(grpc, silentLogger);
  server = createServer((socket) => inject(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(() => {
  session.destroy();
  grpc.forceShutdown();
  server.close();
});

test("a malformed request is an invalid argument, with the reason", async () => {
  expect(await getNode(Buffer.from([0x0a, 0x7f]))).toEqual([
    "3",
    expect.stringMatching(/^malformed request: cannot decode GetNodeRequest: ./),
  ]);
});

test("a malformed request tells a stranger nothing but that he may not call", async () => {
  peer = { kind: "anonymous", address: "there" };
  expect((await getNode(Buffer.from([0x0a, 0x7f])))[0]).toBe("7");
});

test("a refusal that ends in half a character is still answered", async () => {
  refusal = "no such node \ud83d";
  expect(await getNode(Buffer.alloc(0))).toEqual(["5", "no such node \ufffd"]);
});

/** Status and decoded text of the answer to a call with these bytes as its message. */
async function getNode(message: Buffer): Promise<readonly [unknown, string]> {
  const request = session.request({
    ":method": "POST",
    ":path": services.Control.GetNode.path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  request.resume().end(Buffer.concat([prefix, message]));
  const [headers] = await once(request, "response");
  return [headers["grpc-status"], decodeURI(String(headers["grpc-message"]))];
}
