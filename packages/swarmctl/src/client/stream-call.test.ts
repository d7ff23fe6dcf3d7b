import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CliError } from "../errors.ts";
import { listenGrpc, listenHttp2, type TestServer } from "../testing/grpc-server.ts";
import type { ControlClient } from "./control-client.ts";
import { createGrpcClient } from "./grpc-client.ts";
import { RpcError } from "./rpc-error.ts";

let directory: string;
let socketPath: string;
let server: TestServer | undefined;
let client: ControlClient;
let interruption: AbortController;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "swarmctl-"));
  socketPath = join(directory, "swarmd.sock");
  interruption = new AbortController();
  connect(10_000);
});

afterEach(async () => {
  client.close();
  await server?.close();
  server = undefined;
  rmSync(directory, { recursive: true });
});

function connect(timeoutMs: number): void {
  client = createGrpcClient({ socketPath, timeoutMs, signal: interruption.signal });
}

async function readAll(): Promise<void> {
  for await (const _ of client.saveSnapshot());
}

async function failureOf(call: Promise<unknown>): Promise<CliError | RpcError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof CliError || error instanceof RpcError) return error;
  throw new Error(`expected an error for users, got ${String(error)}`);
}

test("streams a backup, however its messages are cut up", async () => {
  const sizes = [0, 1, 70_000, 3, 1_000_000];
  server = await listenGrpc(socketPath, {
    saveSnapshot: () => sizes.map((size) => ({ data: Buffer.alloc(size, size) })),
  });
  const received: number[] = [];
  for await (const { data } of client.saveSnapshot()) received.push(data?.length ?? -1);
  expect(received).toEqual(sizes);
});

test("refuses amid a stream, and its words arrive", async () => {
  function* saveSnapshot() {
    yield { data: Buffer.alloc(10) };
    throw new RpcError("UNAVAILABLE", "lost the lead");
  }
  server = await listenGrpc(socketPath, { saveSnapshot });
  const error = await failureOf(readAll());
  expect(error).toMatchObject({ status: "UNAVAILABLE", message: "lost the lead" });
});

test("does not know backups", async () => {
  server = await listenGrpc(socketPath, {});
  expect(await failureOf(readAll())).toMatchObject({ status: "UNIMPLEMENTED" });
});

test("ends a stream within a message, or without a status", async () => {
  server = await listenHttp2(socketPath, (stream) => {
    stream.respond({ ":status": 200 }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(Buffer.from([0, 0, 0, 0, 9, 1, 2]));
  });
  expect((await failureOf(readAll())).message).toBe("the reply ends within a message");
  client.close();
  await server.close();
  server = await listenHttp2(socketPath, (stream) => {
    stream.respond({ ":status": 200 });
    stream.end();
  });
  connect(10_000);
  expect(await failureOf(readAll())).toMatchObject({ kind: "unavailable" });
});

test("lets a stream's reader wait", async () => {
  connect(50);
  server = await listenHttp2(socketPath, (stream) => {
    stream.respond({ ":status": 200 });
    stream.write(Buffer.from([0, 0, 0, 0, 0]));
  });
  expect(await failureOf(readAll())).toMatchObject({ kind: "timeout" });
});

test("lets a stream's reader wait until he interrupts", async () => {
  server = await listenHttp2(socketPath, (stream) => {
    stream.respond({ ":status": 200 });
    stream.write(Buffer.from([0, 0, 0, 0, 0]));
  });
  const reading = readAll();
  const iterator = client.saveSnapshot()[Symbol.asyncIterator]();
  await iterator.next();
  interruption.abort();
  expect(await failureOf(reading)).toMatchObject({ kind: "interrupted" });
  expect(await failureOf(iterator.next())).toMatchObject({ kind: "interrupted" });
});

test("sends a message of a stream that is too large", async () => {
  server = await listenHttp2(socketPath, (stream) => {
    stream.respond({ ":status": 200 });
    stream.write(Buffer.from([0, 0xff, 0, 0, 0]));
  });
  expect(await failureOf(readAll())).toMatchObject({ status: "RESOURCE_EXHAUSTED" });
});
