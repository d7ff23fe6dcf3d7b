// The program as a process of its own: what only that can show.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { aNode } from "./testing/builders.ts";
import { fakeCluster } from "./testing/fake-cluster.ts";
import { listenGrpc, listenHttp2, type TestServer } from "./testing/grpc-server.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));

let directory: string;
let socketPath: string;
let server: TestServer | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "swarmctl-"));
  socketPath = join(directory, "swarmd.sock");
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(directory, { recursive: true });
});

function start(...words: readonly string[]): ChildProcess {
  return spawn(process.execPath, ["--conditions=@swarmkit/source", main, ...words], {
    env: { ...process.env, SWARM_SOCKET: socketPath },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function finish(child: ChildProcess): Promise<readonly [number, string, string]> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("the outputs are not piped");
  const [output, errors, [exitCode]] = await Promise.all([
    text(stdout),
    text(stderr),
    once(child, "close"),
  ]);
  return [exitCode as number, output, errors];
}

test("data goes to stdout, errors go to stderr, and the exit code says which", async () => {
  server = await listenGrpc(socketPath, fakeCluster({ nodes: [aNode("a")] }));
  expect(await finish(start("node", "ls", "-q"))).toEqual([0, "nodeaid\n", ""]);
  await server.close();
  server = undefined;
  expect(await finish(start("node", "ls", "-q"))).toEqual([
    6,
    "",
    `Error: cannot reach swarmd at ${socketPath}: there is no such socket; is swarmd running? ` +
      "start it, or name its socket with --socket or $SWARM_SOCKET\n",
  ]);
});

test("Ctrl-C gives up a call, says so, and exits with 130", async () => {
  let child: ChildProcess | undefined;
  server = await listenHttp2(socketPath, () => child?.kill("SIGINT"));
  child = start("node", "ls");
  const [exitCode, stdout, stderr] = await finish(child);
  expect([exitCode, stdout]).toEqual([130, ""]);
  expect(stderr).toMatch(/^Error: interrupted: .+\n$/);
});

test("a reader that has had enough is no error", async () => {
  // More than a pipe holds, so that some of it is written after the reader is gone.
  const nodes = Array.from({ length: 20_000 }, (_, index) => aNode(`node-${index}`));
  server = await listenGrpc(socketPath, fakeCluster({ nodes }));
  const child = start("node", "ls");
  child.stdout?.once("data", () => child.stdout?.destroy());
  const [[exitCode], stderr] = await Promise.all([
    once(child, "close"),
    child.stderr === null ? "" : text(child.stderr),
  ]);
  expect([exitCode, stderr]).toEqual([0, ""]);
});

test("output that the disk does not take is an error, not a short list", async () => {
  server = await listenGrpc(socketPath, fakeCluster({ nodes: [aNode("a")] }));
  const full = openSync("/dev/full", "w");
  const child = spawn(process.execPath, ["--conditions=@swarmkit/source", main, "node", "ls"], {
    env: { ...process.env, SWARM_SOCKET: socketPath },
    stdio: ["ignore", full, "pipe"],
  });
  closeSync(full);
  if (child.stderr === null) throw new Error("the errors are not piped");
  const [errors, [exitCode]] = await Promise.all([text(child.stderr), once(child, "close")]);
  expect([exitCode, errors]).toEqual([
    1,
    expect.stringMatching(/^Error: the output cannot be written: ENOSPC/),
  ]);
});
