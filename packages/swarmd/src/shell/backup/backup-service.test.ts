import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer, type Server as NetServer } from "node:net";
import { join } from "node:path";
import { Server } from "@grpc/grpc-js";
import { getCodec, type SnapshotChunk, services } from "@swarmkit/proto";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Peer } from "../../core/ca/authorize.ts";
import { type Outcome, refuse, succeed } from "../../core/lib/outcome.ts";
import { RpcClient } from "../grpc/client.ts";
import { createInjector } from "../grpc/injector.ts";
import { silentLogger } from "../log.ts";
import { makeTempDir } from "../raft/testing/temp-dir.ts";
import { readBackup } from "./backup-reader.ts";
import { addBackupService, backupsMax, type FreshState } from "./backup-service.ts";

const wallNowMs = 1_700_000_000_000;

let directory: ReturnType<typeof makeTempDir>;
let grpc: Server;
let server: NetServer;
let clients: RpcClient[];
let peer: Peer;
let state: () => Outcome<FreshState>;

/** A state with this many tasks of a kilobyte. */
function stateOf(tasks: number): Outcome<FreshState> {
  const spec = { container: { image: "x".repeat(1000) } };
  const store = getCodec("StoreSnapshot").create({
    clusters: [{ id: "cluster", spec: { annotations: { name: "default" } } }],
    tasks: Array.from({ length: tasks }, (_, slot) => ({ id: `task${slot}`, slot, spec })),
  });
  return succeed({ store, index: 12, term: 3 });
}

beforeEach(async () => {
  directory = makeTempDir();
  peer = { kind: "local", address: "here" };
  state = () => stateOf(3);
  grpc = new Server({ "grpc.enable_channelz": 0 });
  const context = { organization: "cluster", nodeId: "manager", isBlacklisted: () => false };
  addBackupService(grpc, {
    gate: { context, peerOf: () => peer },
    log: silentLogger,
    takeState: async () => state(),
    wallNow: () => wallNowMs,
  });
  const inject = createInjector(grpc, silentLogger);
  server = createServer((socket) => inject(socket));
  const path = join(directory.path, "sock");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  clients = [];
});

afterEach(() => {
  for (const client of clients) client.close();
  grpc.forceShutdown();
  server.close();
  directory.remove();
});

function call(signal = new AbortController().signal): AsyncIterable<SnapshotChunk> {
  // Each caller of a socket has a connection of its own.
  const client = new RpcClient(`unix:${join(directory.path, "sock")}`, { kind: "local" });
  clients.push(client);
  return client.stream(services.Backup.SaveSnapshot, {}, signal);
}

async function collect(): Promise<readonly SnapshotChunk[]> {
  const chunks: SnapshotChunk[] = [];
  for await (const chunk of call()) chunks.push(chunk);
  return chunks;
}

test("a stream says what the backup holds, gives it, and says what it must be", async () => {
  const [first, ...rest] = await collect();
  const last = rest.pop();
  expect(first?.info).toMatchObject({ clusterId: "cluster", index: 12, locked: false });
  expect(first?.info?.createdAt).toEqual({ seconds: 1_700_000_000, nanos: 0 });
  const counts = first?.info?.counts.filter(({ count }) => count > 0);
  expect(counts).toEqual([
    expect.objectContaining({ kind: "task", count: 3 }),
    expect.objectContaining({ kind: "cluster", count: 1 }),
  ]);
  const bytes = Buffer.concat(rest.map(({ data }) => data ?? new Uint8Array()));
  const sha256 = createHash("sha256").update(bytes).digest();
  expect(last?.end?.bytes).toBe(bytes.length);
  expect(Buffer.from(last?.end?.sha256 ?? [])).toEqual(sha256);
  const path = join(directory.path, "backup");
  writeFileSync(path, bytes);
  const backup = await readBackup(path, undefined);
  expect(backup.header).toMatchObject({ index: 12, term: 3, createdAtMs: wallNowMs });
  expect(backup.store.tasks).toHaveLength(3);
});

test("a manager that does not lead refuses, and so does one without a swarm", async () => {
  state = () => refuse("unavailable", "somebody else leads");
  await expect(collect()).rejects.toMatchObject({ message: "somebody else leads" });
  const store = getCodec("StoreSnapshot").create();
  state = () => succeed({ store, index: 1, term: 1 });
  await expect(collect()).rejects.toMatchObject({ code: "unavailable" });
});

test("a worker may not have it", async () => {
  const certificate = { nodeId: "node", organization: "cluster", roles: ["swarm-worker"] };
  peer = { kind: "node", address: "there", certificate };
  await expect(collect()).rejects.toMatchObject({ code: "permission-denied" });
});

test("a slow reader gets all of a large backup, and readers beyond the limit are refused", async () => {
  state = () => stateOf(8000);
  const slow = Array.from({ length: backupsMax }, () => call()[Symbol.asyncIterator]());
  for (const reader of slow) expect((await reader.next()).value?.info).toBeDefined();
  await expect(collect()).rejects.toMatchObject({ code: "resource-exhausted" });
  for (const reader of slow) {
    let last: SnapshotChunk | undefined;
    for (let step = await reader.next(); step.done !== true; step = await reader.next()) {
      last = step.value;
    }
    expect(last?.end?.bytes).toBeGreaterThan(8_000_000);
  }
  expect(await collect()).not.toEqual([]);
});

test("a caller that goes away makes room for another", async () => {
  state = () => stateOf(8000);
  const aborts = Array.from({ length: backupsMax }, () => new AbortController());
  for (const { signal } of aborts) await call(signal)[Symbol.asyncIterator]().next();
  await expect(collect()).rejects.toMatchObject({ code: "resource-exhausted" });
  for (const abort of aborts) abort.abort();
  state = () => stateOf(1);
  const isServed = (): Promise<boolean> =>
    collect().then(
      () => true,
      () => false,
    );
  await expect.poll(isServed, { timeout: 5000 }).toBe(true);
});
