// New certificates and roots on disk and in the process, with real files.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { UnlockKey } from "../../core/model/unlock-key.ts";
import { silentLogger } from "../log.ts";
import { openStateDir } from "../state-dir/state-dir.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";
import {
  createNodeCredentials,
  loadNodeCredentials,
  type NodeIdentity,
} from "../tls/node-identity.ts";
import { SecurityConfig } from "../tls/security-config.ts";
import { SwarmAuthority } from "../tls/testing/swarm-authority.ts";
import { IdentityKeeper } from "./identity-keeper.ts";
import { becomeWorker, hasLog, isJoining, markJoining, unmarkJoining } from "./raft-state.ts";

const swarm = new SwarmAuthority();
const other = new SwarmAuthority();
const worker = swarm.issue("swarm-worker");
const manager = swarm.issue("swarm-manager");
const rootPem = swarm.authority.certificatePem;

let directory: string;
let paths: StatePaths;
let security: SecurityConfig;
let keeper: IdentityKeeper;
let fetchUnlockKey: () => Promise<UnlockKey>;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "keeper-"));
  const stateDir = await openStateDir(directory);
  paths = stateDir.paths;
  await stateDir.close();
  fetchUnlockKey = () => Promise.resolve({ key: undefined, version: 3 });
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function begin(identity: NodeIdentity, unlockKey?: UnlockKey): Promise<void> {
  security = new SecurityConfig(await createNodeCredentials(paths, identity, unlockKey));
  keeper = new IdentityKeeper({
    security,
    paths,
    wallNow: Date.now,
    log: silentLogger,
    fetchUnlockKey: () => fetchUnlockKey(),
  });
}

async function onDisk(): Promise<NodeIdentity | undefined> {
  return (await loadNodeCredentials(paths, { nowMs: Date.now() }))?.identity;
}

/** As a manager leaves it. */
function makeLog(): void {
  mkdirSync(paths.wal, { recursive: true });
  writeFileSync(join(paths.wal, "0000000000000000-0000000000000000.wal"), "");
}

describe("a renewed certificate", () => {
  test("is on disk before anybody uses it", async () => {
    await begin(worker);
    const next = swarm.issue("swarm-worker");
    let seen: NodeIdentity | undefined;
    security.onChange(() => {
      const certificatePem = readFileSync(paths.nodeCertificate, "utf8");
      seen = { ...next, certificatePem };
    });
    await keeper.adopt(next);
    expect(seen).toEqual(next);
    expect(security.identity).toEqual(next);
    expect(await onDisk()).toEqual(next);
  });

  test("of another root is refused, and nothing changes", async () => {
    await begin(worker);
    await expect(keeper.adopt(other.issue("swarm-worker"))).rejects.toThrow("of no use");
    expect(security.identity).toBe(worker);
    expect(await onDisk()).toEqual(worker);
  });
});

describe("a promotion", () => {
  test("lets the node join the Raft group, and clears what an earlier time left behind", async () => {
    await begin(worker);
    makeLog();
    const old = await security.keys.loadDataKeys({ create: true });
    await keeper.adopt(manager);
    expect([hasLog(paths), isJoining(paths)]).toEqual([false, true]);
    expect(await security.keys.loadDataKeys({ create: true })).not.toEqual(old);
  });

  test("in a locked swarm locks the key before the new one is written", async () => {
    const key = new Uint8Array(32).fill(4);
    fetchUnlockKey = () => Promise.resolve({ key, version: 9 });
    await begin(worker);
    await keeper.adopt(manager);
    await expect(onDisk()).rejects.toMatchObject({ code: "node-locked" });
    const opened = await loadNodeCredentials(paths, { nowMs: Date.now(), unlockKey: key });
    expect(opened?.identity).toEqual(manager);
    expect(opened?.keys.unlockKey.version).toBe(9);
  });

  test("waits until it is known whether the swarm is locked", async () => {
    fetchUnlockKey = () => Promise.reject(new Error("no leader"));
    await begin(worker);
    await expect(keeper.adopt(manager)).rejects.toThrow("no leader");
    expect(security.identity.role).toBe("swarm-worker");
    expect(await onDisk()).toEqual(worker);
    expect(isJoining(paths)).toBe(false);
  });
});

describe("a demotion", () => {
  test("leaves the log to the manager that still has to stop", async () => {
    await begin(manager);
    makeLog();
    await keeper.adopt(worker);
    expect(await onDisk()).toEqual(worker);
    expect(hasLog(paths)).toBe(true);
  });

  test("is complete when nothing of the manager is left", async () => {
    const key = new Uint8Array(32).fill(4);
    await begin(manager, { key, version: 1 });
    makeLog();
    await security.keys.loadDataKeys({ create: true });
    await markJoining(paths);
    await keeper.adopt(worker);
    await becomeWorker(paths, security.keys);
    expect([hasLog(paths), isJoining(paths)]).toEqual([false, false]);
    const text = readFileSync(paths.nodeKey, "latin1");
    expect(text).not.toContain("ENCRYPTED");
    expect(text).not.toContain("raft-dek");
    expect(await onDisk()).toEqual(worker);
  });
});

describe("a trust root from a manager", () => {
  test("that still vouches for this node is taken and kept", async () => {
    await begin(worker);
    const bundle = `${rootPem}${other.authority.certificatePem}`;
    await keeper.adoptRoot(Buffer.from(bundle));
    expect(security.identity).toEqual({ ...worker, rootPem: bundle });
    expect(await onDisk()).toEqual({ ...worker, rootPem: bundle });
  });

  test.each([other.authority.certificatePem, "no certificate", ""])(
    "that does not is left alone (%#)",
    async (text) => {
      await begin(worker);
      await keeper.adoptRoot(Buffer.from(text));
      expect(security.identity).toBe(worker);
      expect(await onDisk()).toEqual(worker);
    },
  );

  test("holds for a certificate that was asked for before it came", async () => {
    await begin(worker);
    const next = swarm.issue("swarm-worker");
    const bundle = `${other.authority.certificatePem}${rootPem}`;
    await Promise.all([keeper.adoptRoot(Buffer.from(bundle)), keeper.adopt(next)]);
    expect(security.identity).toEqual({ ...next, rootPem: bundle });
    expect(await onDisk()).toEqual({ ...next, rootPem: bundle });
  });
});

test("a node may join the Raft group from the mark until it has a log", async () => {
  expect(isJoining(paths)).toBe(false);
  await unmarkJoining(paths);
  await markJoining(paths);
  await markJoining(paths);
  expect(isJoining(paths)).toBe(true);
  await unmarkJoining(paths);
  expect(isJoining(paths)).toBe(false);
});
