import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isAlive, parseStat } from "./host-process.ts";
import { logBytesMax, TaskDirectory } from "./task-directory.ts";

let root: string;
let directory: TaskDirectory;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "task-directory-"));
  directory = new TaskDirectory(root, "t1");
  directory.create();
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
const ownStat = readFileSync("/proc/self/stat", "utf8").trim();

test("a program's name may hold blanks and parentheses", () => {
  const line = `42 (a) b (c)) S 1 7 7 ${"0 ".repeat(15)}12345 0 0`;
  expect(parseStat(line)).toEqual({ pid: 42, state: "S", groupId: 7, startTicks: "12345" });
});

test("a process that got the id of an earlier one is not taken for it", () => {
  const own = parseStat(ownStat);
  if (own === undefined) throw new Error("this process is not in /proc");
  const { pid, startTicks } = own;
  expect(isAlive({ pid, startTicks, bootId })).toBe(true);
  expect(isAlive({ pid, startTicks: `${startTicks}0`, bootId })).toBe(false);
  expect(isAlive({ pid, startTicks, bootId: "another boot" })).toBe(false);
});

test("a task that runs has no exit", () => {
  writeFileSync(join(directory.path, "process"), `${bootId} ${ownStat}\n`);
  expect(directory.findExit()).toBeUndefined();
});

test("a task that vanished without an exit code was killed", () => {
  const line = `another-boot ${ownStat}\n`;
  writeFileSync(join(directory.path, "process"), line);
  expect(directory.findExit()).toEqual({ exitCode: 137, cause: "killed" });
});

test("a file that is not written in full counts for nothing", () => {
  writeFileSync(join(directory.path, "process"), `${bootId} ${ownStat}\n`);
  writeFileSync(join(directory.path, "exit"), "1");
  expect(directory.findExit()).toBeUndefined();
  writeFileSync(join(directory.path, "exit"), "12\n");
  expect(directory.findExit()).toEqual({ exitCode: 12 });
});

test("output that grows too long is set aside", () => {
  writeFileSync(directory.stdoutPath, Buffer.alloc(logBytesMax + 1));
  writeFileSync(directory.stderrPath, "short");
  directory.trimLogs();
  expect(statSync(directory.stdoutPath).size).toBe(0);
  expect(statSync(`${directory.stdoutPath}.1`).size).toBe(logBytesMax + 1);
  expect(statSync(directory.stderrPath).size).toBe(5);
});

test("of output that has outgrown any copy the end is kept", () => {
  writeFileSync(directory.stdoutPath, "begin");
  truncateSync(directory.stdoutPath, 64 * logBytesMax);
  writeFileSync(directory.stdoutPath, "end", { flag: "a" });
  directory.trimLogs();
  const kept = readFileSync(`${directory.stdoutPath}.1`);
  expect(kept.length).toBe(2 * logBytesMax);
  expect(kept.subarray(-3).toString()).toBe("end");
});
