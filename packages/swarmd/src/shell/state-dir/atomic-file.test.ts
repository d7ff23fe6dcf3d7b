import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeTempDir } from "../raft/testing/temp-dir.ts";
import { atomicWrite, readFileIfAny } from "./atomic-file.ts";

let directory: ReturnType<typeof makeTempDir>;

beforeEach(() => {
  directory = makeTempDir();
});

afterEach(() => {
  directory.remove();
});

test("a file is replaced as a whole, with its mode, and nothing is left beside it", async () => {
  const path = join(directory.path, "state.json");
  await atomicWrite(path, "old", 0o644);
  await atomicWrite(path, Buffer.from("new"), 0o600);
  expect(readFileSync(path, "utf8")).toBe("new");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory.path)).toEqual(["state.json"]);
});

test("writes at the same time leave one of the contents", async () => {
  const path = join(directory.path, "file");
  const contents = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(5000));
  await Promise.all(contents.map((content) => atomicWrite(path, content, 0o600)));
  expect(contents).toContain(readFileSync(path, "utf8"));
  expect(readdirSync(directory.path)).toEqual(["file"]);
});

test("a failed write keeps the old file and names the path", async () => {
  const path = join(directory.path, "sub");
  mkdirSync(path);
  writeFileSync(join(path, "inside"), "");
  await expect(atomicWrite(path, "new", 0o600)).rejects.toMatchObject({
    code: "disk-failed",
    message: expect.stringContaining(`cannot write ${path}`),
  });
  expect(readdirSync(directory.path)).toEqual(["sub"]);
});

test("a file that is not there reads as undefined, another failure does not", async () => {
  expect(await readFileIfAny(join(directory.path, "none"))).toBeUndefined();
  await expect(readFileIfAny(directory.path)).rejects.toMatchObject({ code: "disk-failed" });
});
