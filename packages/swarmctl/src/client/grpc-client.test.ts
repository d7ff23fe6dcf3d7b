import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
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
  connect({});
});

afterEach(async () => {
  client.close();
  await server?.close();
  server = undefined;
  rmSync(directory, { recursive: true });
});

function connect(options: { readonly timeoutMs?: number; readonly replyBytesMax?: number }): void {
  const { signal } = interruption;
  client = createGrpcClient({ socketPath, timeoutMs: 10_000, signal, ...options });
}

async function failureOf(call: Promise<unknown>): Promise<CliError | RpcError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof CliError || error instanceof RpcError) return error;
  throw new Error(`expected an error for users, got ${String(error)}`);
}

describe("a gRPC server made by others", () => {
  test("answers calls, several at a time over one connection", async () => {
    server = await listenGrpc(socketPath, {
      GetNode: ({ nodeId }) => ({ node: { id: nodeId, description: { hostname: "höst" } } }),
      ListNodes: () => ({ nodes: [{ id: "a" }, { id: "b" }] }),
    });
    const [one, all] = await Promise.all([
      client.call("GetNode", { nodeId: "n1" }),
      client.call("ListNodes", {}),
    ]);
    expect(one.node?.description?.hostname).toBe("höst");
    expect(all.nodes.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(server.connections()).toBe(1);
  });

  test("answers a large list", async () => {
    const ids = Array.from({ length: 30_000 }, (_, index) => `node-${index}-${"x".repeat(100)}`);
    server = await listenGrpc(socketPath, {
      ListNodes: () => ({ nodes: ids.map((id) => ({ id })) }),
    });
    const { nodes } = await client.call("ListNodes", {});
    expect(nodes.map(({ id }) => id)).toEqual(ids);
  });

  test.each([
    ["NOT_FOUND", "node x not found"],
    ["UNKNOWN", "update out of sequence"],
    ["INVALID_ARGUMENT", "name „größe“ is not valid: 100 % wrong\nin two lines"],
    ["UNIMPLEMENTED", ""],
  ] as const)("refuses with %s, and its words arrive", async (status, details) => {
    server = await listenGrpc(socketPath, {
      GetNode: () => {
        throw new RpcError(status, details);
      },
    });
    const error = await failureOf(client.call("GetNode", { nodeId: "x" }));
    expect(error).toMatchObject({ name: "RpcError", status, message: details });
  });

  test("does not know a method", async () => {
    server = await listenGrpc(socketPath, {});
    const error = await failureOf(client.call("ListNodes", {}));
    expect(error).toMatchObject({ name: "RpcError", status: "UNIMPLEMENTED" });
  });

  test("speaks TLS only, as SwarmKit's does", async () => {
    server = await listenGrpc(socketPath, { ListNodes: () => ({ nodes: [{ id: "a" }] }) }, "tls");
    const { nodes } = await client.call("ListNodes", {});
    expect(nodes.map(({ id }) => id)).toEqual(["a"]);
  });
});

describe("a server that misbehaves", () => {
  test("sends more than is taken: the call ends before it is read", async () => {
    connect({ replyBytesMax: 1000 });
    server = await listenHttp2(socketPath, (stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" });
      stream.write(Buffer.from([0, 0, 0, 0x03, 0xe9]));
    });
    const error = await failureOf(client.call("ListNodes", {}));
    expect(error).toMatchObject({ status: "RESOURCE_EXHAUSTED" });
    expect(error.message).toContain("1001 bytes");
  });

  test("sends half a message", async () => {
    server = await listenHttp2(socketPath, (stream) => {
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.from([0, 0, 0, 0, 9, 1, 2]));
    });
    const error = await failureOf(client.call("ListNodes", {}));
    expect(error).toMatchObject({
      status: "INTERNAL",
      message: "the reply is not one whole message",
    });
  });

  test("sends something that is not the message", async () => {
    server = await listenHttp2(socketPath, (stream) => {
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.from([0, 0, 0, 0, 2, 0x0a, 0x7f]));
    });
    await expect(client.call("ListNodes", {})).rejects.toThrow(/ListNodesResponse/);
  });

  test("goes away under way", async () => {
    server = await listenHttp2(socketPath, (stream) => stream.session?.destroy());
    const error = await failureOf(client.call("ListNodes", {}));
    expect(error).toMatchObject({ kind: "unavailable" });
    expect(error.message).toMatch(/^lost the connection to swarmd: /);
  });

  test("goes away in the middle of its answer", async () => {
    server = await listenHttp2(socketPath, (stream) => {
      stream.respond({ ":status": 200 });
      stream.write(Buffer.from([0, 0, 0, 0, 9, 1, 2]), () => stream.session?.destroy());
    });
    const error = await failureOf(client.call("ListNodes", {}));
    expect(error.message).toMatch(/^lost the connection to swarmd: /);
  });

  test("is a web server", async () => {
    server = await listenHttp2(socketPath, (stream) => {
      stream.respond({ ":status": 404 });
      stream.end("no such page");
    });
    const error = await failureOf(client.call("ListNodes", {}));
    expect(error.message).toContain("HTTP status 404");
  });

  test("speaks neither HTTP/2 nor TLS", async () => {
    const sockets: Socket[] = [];
    const other = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      socket.resume().end("SSH-2.0-something\r\n");
    });
    await new Promise<void>((resolve) => other.listen(socketPath, resolve));
    const error = await failureOf(client.call("ListNodes", {}));
    expect(error.message).toContain("whoever listens there is not swarmd");
    expect(sockets.length).toBe(2);
    await new Promise((resolve) => other.close(resolve));
  });
});

describe("a server that is slow", () => {
  test("does not answer a call in time", async () => {
    connect({ timeoutMs: 50 });
    server = await listenHttp2(socketPath, (stream) => stream.on("error", () => undefined));
    const error = await failureOf(client.call("ListNodes", {}));
    expect(error).toMatchObject({ kind: "timeout" });
    expect(error.message).toContain("longer than 0.05 s");
  });

  test("accepts and then is silent", async () => {
    connect({ timeoutMs: 50 });
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(socketPath, resolve));
    expect(await failureOf(client.call("ListNodes", {}))).toMatchObject({ kind: "timeout" });
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });

  test("is given the time that is left", async () => {
    let timeout: string | undefined;
    server = await listenHttp2(socketPath, (stream, headers) => {
      timeout = String(headers["grpc-timeout"]);
      stream.respond(
        { ":status": 200, "grpc-status": "5", "grpc-message": "gone" },
        { endStream: true },
      );
    });
    expect(await failureOf(client.call("ListNodes", {}))).toMatchObject({ status: "NOT_FOUND" });
    expect(timeout).toBe("10000m");
  });

  test("is interrupted by the user", async () => {
    server = await listenHttp2(socketPath, (stream) => {
      stream.on("error", () => undefined);
      interruption.abort();
    });
    expect(await failureOf(client.call("ListNodes", {}))).toMatchObject({ kind: "interrupted" });
  });
});

describe("no server", () => {
  test("a missing socket is named, with what to do", async () => {
    const error = await failureOf(client.call("ListNodes", {}));
    expect(error).toMatchObject({ kind: "unavailable" });
    expect(error.message).toBe(
      `cannot reach swarmd at ${socketPath}: there is no such socket; is swarmd running? ` +
        "start it, or name its socket with --socket or $SWARM_SOCKET",
    );
  });

  test("a socket that nobody listens on any more is told apart", async () => {
    writeFileSync(socketPath, "");
    const error = await failureOf(client.call("ListNodes", {}));
    expect(error.message).toBe(
      `cannot reach swarmd at ${socketPath}: nobody listens there; is swarmd running? ` +
        "start it, then try again",
    );
  });

  test("a socket without permission is told apart", async () => {
    server = await listenGrpc(socketPath, {});
    chmodSync(socketPath, 0o000);
    // Root may open everything, so it becomes nobody for a moment.
    if (process.getuid?.() === 0) process.seteuid?.(65_534);
    const error = await failureOf(client.call("ListNodes", {}));
    if (process.getuid?.() === 0) process.seteuid?.(0);
    expect(error).toMatchObject({ kind: "unavailable", background: "EACCES" });
    expect(error.message).toBe(
      `cannot reach swarmd at ${socketPath}: permission denied; ` +
        "run as root, or as a member of the socket's group",
    );
  });
});
