import { createHash } from "node:crypto";
import type { DeepPartial, SnapshotChunk } from "@swarmkit/proto/types";
import { expect, test } from "vitest";
import { RpcError } from "../../../client/rpc-error.ts";
import { runSwarmctl, transcribe } from "../../../testing/run-swarmctl.ts";

const golden = "../../../../testdata/cluster-snapshot-save.txt";

const content = Buffer.from("the bytes of a backup");
const info = {
  clusterId: "clusterid",
  index: 4711,
  createdAt: { seconds: 1_767_323_045, nanos: 0 },
  counts: [
    { kind: "node", count: 3 },
    { kind: "service", count: 0 },
    { kind: "task", count: 1 },
  ],
};

type Chunks = readonly DeepPartial<SnapshotChunk>[];

function chunksOf(data: Uint8Array, locked = false): Chunks {
  const sha256 = createHash("sha256").update(content).digest();
  return [
    { info: { ...info, locked } },
    { data: data.subarray(0, 5) },
    { data: data.subarray(5) },
    { end: { bytes: content.length, sha256 } },
  ];
}

const serving = (chunks: Chunks) => ({ saveSnapshot: () => chunks });

test("a backup is saved and described, and replaces a file only with --force", async () => {
  const files = new Map<string, Uint8Array>();
  const lines = [
    "cluster snapshot save /backup",
    "cluster snapshot save /backup",
    "cluster snapshot save /backup --force --format json",
    "cluster snapshot save",
    "cluster snapshot save --help",
    "cluster snapshot",
    "cluster snapshot sav /backup",
  ];
  const transcript = await transcribe(lines, { handlers: serving(chunksOf(content)), files });
  await expect(transcript).toMatchFileSnapshot(golden);
  expect(Buffer.from(files.get("/backup") ?? [])).toEqual(content);
});

test("a locked swarm's backup says what it takes to read it", async () => {
  const handlers = serving(chunksOf(content, true));
  const { stdout } = await runSwarmctl("cluster snapshot save /backup", { handlers });
  expect(stdout).toContain("who has the unlock key of this moment");
});

test.each([
  ["its checksum is wrong", chunksOf(Buffer.from("the bytes of a bäckup").subarray(0, 21))],
  ["20 bytes of 21 arrived", chunksOf(content.subarray(1))],
  ["it was cut short", chunksOf(content).slice(0, -1)],
  ["it was cut short", chunksOf(content).slice(1)],
  ["it was cut short", []],
  ["something followed its end", [...chunksOf(content), { data: content }]],
] as const)("a stream that is not whole is not kept: %s", async (why, chunks) => {
  const files = new Map<string, Uint8Array>();
  const options = { handlers: serving(chunks), files };
  const { exitCode, stderr } = await runSwarmctl("cluster snapshot save /backup", options);
  expect(stderr).toContain(why);
  expect(exitCode).toBe(1);
  expect(files.size).toBe(0);
});

test("a refusal amid the stream leaves nothing", async () => {
  const files = new Map<string, Uint8Array>();
  function* saveSnapshot() {
    yield* chunksOf(content).slice(0, 2);
    throw new RpcError("UNAVAILABLE", "lost leader status");
  }
  const options = { handlers: { saveSnapshot }, files };
  const { exitCode, stderr } = await runSwarmctl("cluster snapshot save /backup", options);
  expect(stderr).toMatch(/^Error: cluster snapshot save failed: lost leader status; /);
  expect(exitCode).toBe(6);
  expect(files.size).toBe(0);
});
