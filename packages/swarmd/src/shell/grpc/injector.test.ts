import { once } from "node:events";
import { connect as connectHttp2, type OutgoingHttpHeaders } from "node:http2";
import { type AddressInfo, connect, createServer, type Server as NetServer } from "node:net";
import { Server } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLogger } from "../log.ts";
import { createInjector } from "./injector.ts";

/** The client's first bytes, and an empty SETTINGS frame. */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", "latin1");
/** Reads as ":method POST, :scheme http, :path /, :authority a" (RFC 7541 §6). */
const requestHeaders = Buffer.from("\x83\x86\x84\x41\x01a", "latin1");
/** "content-type: application/grpc", without indexing. */
const grpcType = Buffer.concat([
  Buffer.from("\x0f\x10\x10", "latin1"),
  Buffer.from("application/grpc"),
]);

let grpc: Server;
let server: NetServer;
let port: number;

beforeEach(async () => {
  grpc = new Server({ "grpc.enable_channelz": 0 });
  const inject = createInjector(grpc, silentLogger);
  server = createServer((socket) => {
    socket.on("error", () => {});
    // As on the control socket: what was read to look at goes back, and is then parsed in one go.
    socket.once("readable", () => {
      socket.unshift(socket.read());
      inject(socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});

afterEach(() => {
  grpc.forceShutdown();
  server.close();
});

test.each([
  ["a method that is not there", Buffer.concat([requestHeaders, grpcType])],
  ["something that is not gRPC", requestHeaders],
])("a caller that cancels %s in the same packet harms nobody", async (_what, headers) => {
  const socket = connect(port, "127.0.0.1");
  const streams = Array.from({ length: 50 }, (_, index) => 2 * index + 1);
  const calls = streams.flatMap((id) => [
    frame({ type: 1, flags: 0x4, id }, headers),
    frame({ type: 3, flags: 0, id }, Buffer.from([0, 0, 0, 8])),
  ]);
  socket.write(Buffer.concat([preface, ...calls]));
  socket.on("error", () => {}).resume();
  expect(await answerOf({ ":path": "/a.B/C" })).toBe("12");
  socket.destroy();
});

/** The gRPC status with which a call of a stranger's is answered. */
async function answerOf(headers: OutgoingHttpHeaders): Promise<unknown> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const request = session.request({
    ":method": "POST",
    "content-type": "application/grpc",
    ...headers,
  });
  request.resume().end();
  const [response] = await once(request, "response");
  session.destroy();
  return response["grpc-status"];
}

function frame(
  { type, flags, id }: { readonly type: number; readonly flags: number; readonly id: number },
  payload: Buffer,
): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(id, 5);
  return Buffer.concat([header, payload]);
}
