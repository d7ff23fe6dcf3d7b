// What a call knows of its end, against a server that does what none of ours does.
import { once } from "node:events";
import {
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConnectionPool } from "./connection.ts";
import { encodeFrame } from "./frames.ts";
import { type CallStatus, notExecutedTrailer, type RawCall } from "./raw-call.ts";

let server: Http2Server;
let sessions: ServerHttp2Session[];
let pool: ConnectionPool;
let answer: (stream: ServerHttp2Stream) => void;

beforeEach(async () => {
  sessions = [];
  server = createServer();
  server.on("session", (session) => sessions.push(session));
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    answer(stream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  pool = new ConnectionPool(target, { kind: "local" });
});

afterEach(() => {
  pool.close();
  for (const session of sessions) session.destroy();
  server.close();
});

async function open(
  deadlineMs = Infinity,
): Promise<{ readonly call: RawCall; readonly end: Promise<CallStatus> }> {
  const { promise, resolve } = Promise.withResolvers<CallStatus>();
  const options = { deadlineMs, isStreaming: true };
  const call = await pool.open("/test/Call", options, { onMessage: () => {}, onEnd: resolve });
  return { call, end: promise };
}

test.each([
  ["no more calls", constants.NGHTTP2_REFUSED_STREAM, status.UNAVAILABLE, "not-executed"],
  ["a cancel", constants.NGHTTP2_CANCEL, status.CANCELLED, "unknown"],
  ["an error", constants.NGHTTP2_INTERNAL_ERROR, status.INTERNAL, "unknown"],
  ["no error", constants.NGHTTP2_NO_ERROR, status.UNAVAILABLE, "unknown"],
] as const)("reset with %s", async (_, reset, code, knowledge) => {
  answer = (stream) => stream.close(reset);
  const { call, end } = await open();
  call.end(Buffer.of());
  expect(await end).toMatchObject({ code, knowledge });
});

test("a connection that is lost leaves open what was done", async () => {
  answer = () => sessions[0]?.socket.destroy();
  const { call, end } = await open();
  call.end(Buffer.of());
  expect(await end).toMatchObject({ code: status.UNAVAILABLE, knowledge: "unknown" });
});

test("a connection that the other end leaves ends its calls, and takes no new ones", async () => {
  const streams: ServerHttp2Stream[] = [];
  answer = (stream) => {
    streams.push(stream);
    if (streams.length === 1) stream.session?.goaway(constants.NGHTTP2_NO_ERROR);
    else for (const each of streams) each.respond({ "grpc-status": "5" }, { endStream: true });
  };
  const first = await open();
  first.call.end(Buffer.of());
  while (pool.find() !== undefined) await new Promise(setImmediate);
  const second = await open();
  second.call.end(Buffer.of());
  const answered = { code: status.NOT_FOUND, knowledge: "answered" };
  expect(await Promise.all([first.end, second.end])).toMatchObject([answered, answered]);
  expect(sessions).toHaveLength(2);
});

test.each([
  [{ "grpc-status": "14", [notExecutedTrailer]: "1" }, "not-executed"],
  [{ "grpc-status": "14" }, "answered"],
] as const)("%j says %s", async (headers, knowledge) => {
  answer = (stream) => stream.respond(headers, { endStream: true });
  const { call, end } = await open();
  call.end(Buffer.of());
  expect(await end).toMatchObject({ code: status.UNAVAILABLE, knowledge });
});

test("an answer that is cut is an error, even when it says that all is well", async () => {
  answer = (stream) => {
    stream.respond({ ":status": 200 }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(encodeFrame(Buffer.from("message")).subarray(0, 8));
  };
  const { call, end } = await open();
  call.end(Buffer.of());
  expect(await end).toMatchObject({ code: status.INTERNAL });
});

test("whoever does not speak gRPC is told apart", async () => {
  answer = (stream) => stream.respond({ ":status": 503 }, { endStream: true });
  const { call, end } = await open();
  call.end(Buffer.of());
  expect(await end).toMatchObject({ code: status.UNAVAILABLE, knowledge: "unknown" });
});

test.each(["cancel", "deadline"])(
  "a stream that is given up by %s never seems whole",
  async (how) => {
    const seen: string[] = [];
    const closed = Promise.withResolvers<void>();
    answer = (stream) => {
      stream.respond({ ":status": 200 });
      stream.resume();
      for (const event of ["aborted", "end"]) stream.on(event, () => seen.push(event));
      stream.on("close", closed.resolve);
      stream.once("data", () => how === "cancel" && call.cancel());
    };
    const { call } = await open(how === "cancel" ? Infinity : Date.now() + 100);
    call.write(Buffer.from("half"));
    await closed.promise;
    expect(seen[0]).toBe("aborted");
  },
);

test("who cannot be connected to has seen nothing", async () => {
  server.close();
  await expect(open()).rejects.toMatchObject({ code: "unavailable" });
});
