// A raft log that was damaged while swarmd was down: swarmd starts with all that it has acknowledged,
// or it refuses, names the file, and changes nothing.
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Service } from "../../packages/proto/gen/types.ts";
import { type LocalNode, LocalSwarm } from "../../scripts/lib/local-swarm.ts";
import { runOrThrow } from "../../scripts/lib/run.ts";
import { makeTestFolder, runSwarmd, swarmdRefusal, type TestFolder } from "../lib/swarmd-run.ts";

const flags = ["--listen-remote-api", "127.0.0.1:0", "--executor", "fake"] as const;
const names = ["alpha", "beta", "delta", "gamma"] as const;
const remedy =
  "Acknowledged data may be missing, so nothing was changed. When other managers are up, remove " +
  "this node from the cluster and join it again with an empty state directory; otherwise restore " +
  "the state directory from a backup [wal-corrupt]";

let folder: TestFolder;
/** A state directory as a kill has left it. */
let original: string;
/** Bytes of its log that are in use; the rest of the file is zero. */
let usedBytes: number;

beforeAll(async () => {
  folder = makeTestFolder();
  const { swarm, node } = makeNode("original");
  swarm.start(node);
  await swarm.waitUntilServing();
  for (const name of names) {
    await swarm.mustCtl("service", "create", "--name", name, "--image", "x", "--replicas", "0");
  }
  await swarm.stop(node, "SIGKILL");
  original = node.stateDirectory;
  usedBytes = readFileSync(logOf(original)).findLastIndex((byte) => byte !== 0) + 1;
});

afterAll(() => folder.remove());

for (const part of [0.99, 0.8, 0.5, 0.1, 0]) {
  test(`a log cut off at ${part * 100} % of its content is refused, not shortened`, async () => {
    const { node } = await copyOriginal(`cut-${part * 100}`);
    const path = logOf(node.stateDirectory);
    // Records begin and end at multiples of 8: this is within one.
    truncateSync(path, Math.floor((usedBytes * part) / 8) * 8 + 3);
    await expectRefusal(node, path);
  });
}

for (const part of [0.05, 0.3, 0.6, 0.95]) {
  test(`a bit flipped at ${part * 100} % of the log is found, and nothing is lost`, async () => {
    const { swarm, node } = await copyOriginal(`flip-${part * 100}`);
    const path = logOf(node.stateDirectory);
    const offset = Math.floor(usedBytes * part);
    flipBit(path, offset);
    await expectRefusal(node, path);
    flipBit(path, offset);
    swarm.start(node);
    await swarm.waitUntilServing();
    const services = await swarm.list<Service>("service", "ls");
    await swarm.stop(node);
    expect(services.map(({ spec }) => spec.annotations.name).sort()).toEqual(names);
  });
}

test("a log that is gone is refused, and no new swarm takes its place", async () => {
  const { node } = await copyOriginal("gone");
  const directory = join(node.stateDirectory, "raft", "wal-v3-encrypted");
  rmSync(logOf(node.stateDirectory));
  const certificate = join(node.stateDirectory, "certificates", "swarm-node.crt");
  const before = readFileSync(certificate, "utf8");
  const line =
    `this manager has been in a swarm, but the raft log ${directory} is gone; start it with ` +
    "--join-addr, another manager's host:port, or restore the state directory from a backup " +
    "[wal-corrupt]";
  expect(await runSwarmd(...node.flags)).toEqual(swarmdRefusal(1, line));
  rmSync(directory, { recursive: true });
  expect(await runSwarmd(...node.flags)).toEqual(swarmdRefusal(1, line));
  expect(readFileSync(certificate, "utf8")).toBe(before);
});

/** swarmd ends with the reason, and the log is as it was. */
async function expectRefusal(node: LocalNode, path: string): Promise<void> {
  const before = readFileSync(path);
  const { status, stderr } = await runSwarmd(...node.flags);
  const [beginning, rest = ""] = stderr.split(" is damaged", 2);
  expect(beginning).toBe(`swarmd: error: the raft log ${path}`);
  expect(rest).toMatch(/^(?: at offset \d+)?: [^.]+\. /);
  expect(rest.slice(rest.indexOf(". ") + 2)).toBe(`${remedy}\n`);
  expect(status).toBe(1);
  expect(readFileSync(path).equals(before), "the log is as it was").toBe(true);
}

function makeNode(name: string): { readonly swarm: LocalSwarm; readonly node: LocalNode } {
  const swarm = new LocalSwarm({ directory: folder.path, flags });
  return { swarm, node: swarm.addNode(name, []) };
}

async function copyOriginal(
  name: string,
): Promise<{ readonly swarm: LocalSwarm; readonly node: LocalNode }> {
  const made = makeNode(name);
  // The log is preallocated: mostly a hole, which shall stay one.
  const words = ["--archive", "--sparse=always", "--no-target-directory"];
  await runOrThrow("cp", [...words, original, made.node.stateDirectory]);
  return made;
}

/** The only segment of the log in a state directory. */
function logOf(stateDirectory: string): string {
  const directory = join(stateDirectory, "raft", "wal-v3-encrypted");
  const files = readdirSync(directory);
  expect(files).toHaveLength(1);
  return join(directory, files[0] ?? "");
}

function flipBit(path: string, offset: number): void {
  const byte = readFileSync(path)[offset] ?? 0;
  const file = openSync(path, "r+");
  writeSync(file, Buffer.from([byte ^ 0x10]), 0, 1, offset);
  closeSync(file);
}
