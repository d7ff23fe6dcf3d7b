import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { getCodec, type StoreSnapshot } from "@swarmkit/proto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeTempDir } from "../raft/testing/temp-dir.ts";
import { backupMagic, encodeHeader, encodeLength, partBytesMax } from "./backup-format.ts";
import { readBackup } from "./backup-reader.ts";
import { type BackupSource, writeBackup } from "./backup-writer.ts";

const unlockKey = new Uint8Array(32).fill(5);
const otherKey = new Uint8Array(32).fill(6);

let directory: ReturnType<typeof makeTempDir>;
let path: string;

beforeEach(() => {
  directory = makeTempDir();
  path = join(directory.path, "backup");
});

afterEach(() => directory.remove());

function makeStore(tasks: number): StoreSnapshot {
  return getCodec("StoreSnapshot").create({
    clusters: [{ id: "cluster", spec: { annotations: { name: "default" } } }],
    tasks: Array.from({ length: tasks }, (_, slot) => ({ id: `task${slot}`, slot })),
  });
}

const source: BackupSource = {
  store: makeStore(2),
  clusterId: "cluster",
  index: 41,
  term: 3,
  createdAtMs: 1_700_000_000_123,
  unlockKey: undefined,
};

async function write(overrides: Partial<BackupSource> = {}): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeBackup({ ...source, ...overrides })) chunks.push(chunk.slice());
  const bytes = Buffer.concat(chunks);
  await writeFile(path, bytes);
  return bytes;
}

test("a backup gives back what was put in", async () => {
  const bytes = await write();
  const { header, isLocked, store, storeBytes } = await readBackup(path, undefined);
  expect(header).toEqual({
    version: 1,
    clusterId: "cluster",
    index: 41,
    term: 3,
    createdAtMs: 1_700_000_000_123,
  });
  expect(isLocked).toBe(false);
  expect(store).toEqual(source.store);
  expect(Buffer.from(storeBytes)).toEqual(Buffer.from(getCodec("StoreSnapshot").encode(store)));
  expect(bytes.includes("task1")).toBe(false);
});

test("chunks are bounded, and a large store is many of them", async () => {
  const store = makeStore(20_000);
  let count = 0;
  for await (const chunk of writeBackup({ ...source, store })) {
    count += 1;
    expect(chunk.length).toBeLessThan(partBytesMax + 1024);
  }
  expect(count).toBeGreaterThan(6);
  await write({ store });
  expect((await readBackup(path, undefined)).store.tasks).toHaveLength(20_000);
});

test("a locked swarm's backup needs the unlock key", async () => {
  await write({ unlockKey });
  expect(await readBackup(path, unlockKey)).toMatchObject({ isLocked: true, store: source.store });
  await expect(readBackup(path, undefined)).rejects.toMatchObject({
    code: "backup-locked",
    message: expect.stringContaining("--unlock-key"),
  });
  await expect(readBackup(path, otherKey)).rejects.toMatchObject({ code: "backup-locked" });
});

test("an unlock key does no harm where none is needed", async () => {
  await write();
  expect(await readBackup(path, otherKey)).toMatchObject({ isLocked: false });
});

test.each([undefined, unlockKey])("a flipped bit anywhere is found (key %#)", async (key) => {
  const bytes = await write({ unlockKey: key });
  for (const position of bytes.keys()) {
    const damaged = Buffer.from(bytes);
    damaged[position] = (bytes[position] as number) ^ (1 << (position % 8));
    await writeFile(path, damaged);
    await expect(readBackup(path, key)).rejects.toMatchObject({
      code: "backup-invalid",
      message: expect.stringContaining(path),
    });
  }
});

test("a file that is cut anywhere, or goes on, is refused", async () => {
  const bytes = await write();
  for (let length = 0; length < bytes.length; length += 1) {
    await writeFile(path, bytes.subarray(0, length));
    await expect(readBackup(path, undefined)).rejects.toMatchObject({ code: "backup-invalid" });
  }
  await writeFile(path, Buffer.concat([bytes, Buffer.alloc(1)]));
  await expect(readBackup(path, undefined)).rejects.toMatchObject({ code: "backup-invalid" });
});

test("parts that were exchanged by somebody without the key are refused", async () => {
  const bytes = await write({ store: makeStore(2) });
  const spliced = await write({ store: makeStore(1), unlockKey });
  // The first file's head before the second file's parts, with checksums that are right.
  const headEnd = 8 + 4 + bytes.readUInt32BE(8) + 32;
  const bodyStart = 8 + 4 + spliced.readUInt32BE(8) + 32;
  const mixed = Buffer.concat([bytes.subarray(0, headEnd), spliced.subarray(bodyStart, -32)]);
  await writeFile(path, Buffer.concat([mixed, createHash("sha256").update(mixed).digest()]));
  await expect(readBackup(path, undefined)).rejects.toMatchObject({ code: "backup-invalid" });
});

test("a part that was left out is found, although the checksum is right", async () => {
  const bytes = await write({ store: makeStore(20_000) });
  const partStart = 8 + 4 + bytes.readUInt32BE(8) + 32;
  const partEnd = partStart + 4 + bytes.readUInt32BE(partStart);
  const rest = Buffer.concat([bytes.subarray(0, partStart), bytes.subarray(partEnd, -32)]);
  await writeFile(path, Buffer.concat([rest, createHash("sha256").update(rest).digest()]));
  await expect(readBackup(path, undefined)).rejects.toMatchObject({
    code: "backup-invalid",
    message: expect.stringContaining("its seal"),
  });
});

test("a newer version is named", async () => {
  const header = { ...source, version: 2, dataKeyRecord: Uint8Array.of(0x12, 0) };
  const encoded = encodeHeader(header);
  const head = Buffer.concat([backupMagic, encodeLength(encoded.length), encoded]);
  const digest = createHash("sha256").update(head).digest();
  await writeFile(path, Buffer.concat([head, digest, Buffer.from("what is yet to come")]));
  await expect(readBackup(path, undefined)).rejects.toMatchObject({
    code: "backup-unsupported",
    message: expect.stringContaining("version 2"),
  });
});

test("another file, and none, are refused by name", async () => {
  await writeFile(path, "something else altogether");
  await expect(readBackup(path, undefined)).rejects.toMatchObject({ code: "backup-invalid" });
  await expect(readBackup(`${path}2`, undefined)).rejects.toMatchObject({
    message: expect.stringContaining(`${path}2`),
  });
  expect(await readFile(path, "utf8")).toBe("something else altogether");
});
