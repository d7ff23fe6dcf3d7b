import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFile } from "./create-file.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "swarmctl-"));
  path = join(directory, "file");
});

afterEach(() => rmSync(directory, { recursive: true }));

const bytes = Buffer.from("content");

test("a file appears when it is whole, for its owner only", async () => {
  const file = await createFile(path, { replaces: false });
  await file.write(bytes.subarray(0, 3));
  await file.write(bytes.subarray(3));
  expect(readdirSync(directory)).not.toContain("file");
  await file.commit();
  await file.discard();
  expect(readdirSync(directory)).toEqual(["file"]);
  expect(readFileSync(path, "utf8")).toBe("content");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a file that is discarded leaves nothing", async () => {
  const file = await createFile(path, { replaces: false });
  await file.write(bytes);
  await file.discard();
  expect(readdirSync(directory)).toEqual([]);
});

test("what is there is replaced only when that is wanted", async () => {
  writeFileSync(path, "old");
  await expect(createFile(path, { replaces: false })).rejects.toMatchObject({ kind: "conflict" });
  const file = await createFile(path, { replaces: true });
  await file.write(bytes);
  await file.commit();
  expect(readFileSync(path, "utf8")).toBe("content");
});

test("what came there meanwhile stays", async () => {
  const file = await createFile(path, { replaces: false });
  await file.write(bytes);
  writeFileSync(path, "other");
  await expect(file.commit()).rejects.toMatchObject({ kind: "conflict" });
  await file.discard();
  expect(readdirSync(directory)).toEqual(["file"]);
  expect(readFileSync(path, "utf8")).toBe("other");
});

test("a place where nothing can be written is named", async () => {
  const nowhere = join(directory, "none", "file");
  await expect(createFile(nowhere, { replaces: false })).rejects.toMatchObject({
    kind: "failed",
    message: expect.stringContaining(nowhere),
  });
});
