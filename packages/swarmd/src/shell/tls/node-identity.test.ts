// A node's certificate files across joins, renewals, crashes and damage.
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { testEpoch } from "../../testing/builders.ts";
import { openStateDir } from "../state-dir/state-dir.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";
import {
  createNodeCredentials,
  isIssuedUnder,
  loadNodeCredentials,
  type NodeIdentity,
  readCertificateFacts,
  saveRenewal,
} from "./node-identity.ts";
import { SwarmAuthority } from "./testing/swarm-authority.ts";

const day = 24 * 3_600_000;
const swarm = new SwarmAuthority(testEpoch);
const worker = swarm.issue("swarm-worker");
const manager = swarm.issue("swarm-manager");
let directory: string;
let paths: StatePaths;
let pendingPath: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "identity-"));
  const stateDir = await openStateDir(directory);
  paths = stateDir.paths;
  await stateDir.close();
  pendingPath = join(paths.certificates, ".swarm-node.crt");
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function load(nowMs: number = testEpoch): Promise<NodeIdentity | undefined> {
  return (await loadNodeCredentials(paths, { nowMs }))?.identity;
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => "none",
    (error: { readonly code?: unknown }) => error.code,
  );
}

describe("a node's files", () => {
  test("say after a restart what was saved", async () => {
    await createNodeCredentials(paths, manager);
    expect(await load()).toEqual(manager);
  });

  test("of an incomplete set, as a crash while joining leaves it, say nothing", async () => {
    expect(await load()).toBeUndefined();
    writeFileSync(paths.nodeCertificate, manager.certificatePem);
    expect(await load()).toBeUndefined();
    writeFileSync(paths.rootCertificate, manager.rootPem);
    expect(await load()).toBeUndefined();
  });

  test("under an unlock key need it", async () => {
    const unlockKey = new Uint8Array(32).fill(7);
    await createNodeCredentials(paths, manager, { key: unlockKey, version: 3 });
    expect(readFileSync(paths.nodeKey, "latin1")).toContain("ENCRYPTED PRIVATE KEY");
    expect(await codeOf(load())).toBe("node-locked");
    const opened = await loadNodeCredentials(paths, { nowMs: testEpoch, unlockKey });
    expect(opened?.identity.nodeId).toBe("node1");
  });

  test.each([
    [
      "a damaged certificate",
      (): void => {
        writeFileSync(paths.nodeCertificate, "-----BEGIN CERTIFICATE-----\nx\n");
      },
    ],
    [
      "a certificate of another key",
      (): void => {
        writeFileSync(paths.nodeCertificate, worker.certificatePem);
      },
    ],
    [
      "another root",
      (): void => {
        const other = new SwarmAuthority(testEpoch);
        writeFileSync(paths.rootCertificate, other.authority.certificatePem);
      },
    ],
    ["no root in the root's file", (): void => writeFileSync(paths.rootCertificate, "x")],
  ])("with %s are refused", async (_, damage) => {
    await createNodeCredentials(paths, manager);
    damage();
    expect(await codeOf(load())).toBe("identity-invalid");
  });

  test("with an expired certificate are refused", async () => {
    await createNodeCredentials(paths, manager);
    expect(await codeOf(load(testEpoch + 90 * day + 1000))).toBe("identity-invalid");
  });
});

describe("a renewal", () => {
  test("replaces the certificate and its key, and keeps the log's key", async () => {
    const { keys } = await createNodeCredentials(paths, worker);
    const dataKeys = await keys.loadDataKeys({ create: true });
    await saveRenewal(paths, { identity: manager, keys });
    expect(await load()).toEqual(manager);
    const again = await loadNodeCredentials(paths, { nowMs: testEpoch });
    expect(again?.keys.dataKeys).toEqual(dataKeys);
  });

  test("that was cut short before its key was written never was", async () => {
    await createNodeCredentials(paths, worker);
    writeFileSync(pendingPath, manager.certificatePem);
    expect(await load()).toEqual(worker);
  });

  test("that was cut short after its key was written is finished at the next start", async () => {
    const { keys } = await createNodeCredentials(paths, worker);
    const before = join(directory, "before");
    copyFileSync(paths.nodeCertificate, before);
    await saveRenewal(paths, { identity: manager, keys });
    renameSync(paths.nodeCertificate, pendingPath);
    renameSync(before, paths.nodeCertificate);
    expect(await load()).toEqual(manager);
    // And stays so.
    expect(readFileSync(paths.nodeCertificate, "utf8")).toBe(manager.certificatePem);
    expect(await load()).toEqual(manager);
  });

  test("a left-over of an older one is of no account", async () => {
    await createNodeCredentials(paths, worker);
    writeFileSync(pendingPath, "half a certif");
    expect(await load()).toEqual(worker);
  });
});

describe("trust", () => {
  const other = new SwarmAuthority(testEpoch);
  const rootPem = swarm.authority.certificatePem;
  const otherPem = other.authority.certificatePem;

  test.each([
    ["its own root", rootPem, true],
    ["another root", otherPem, false],
    ["a bundle with its root", `${otherPem}${rootPem}`, true],
    ["no root", "", false],
    [
      "what is no certificate",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      false,
    ],
  ])("of a certificate under %s", (_, bundle, expected) => {
    expect(isIssuedUnder(worker.certificatePem, bundle)).toBe(expected);
  });

  test("is not lent by a certificate that merely stands beside", () => {
    const stranger = other.issue("swarm-worker");
    expect(isIssuedUnder(`${stranger.certificatePem}${worker.certificatePem}`, rootPem)).toBe(
      false,
    );
  });
});

test("a certificate's facts are its role and validity", () => {
  expect(readCertificateFacts(manager)).toEqual({
    role: "MANAGER",
    notBefore: testEpoch - 3_600_000,
    notAfter: testEpoch + 90 * day,
  });
  expect(readCertificateFacts(worker).role).toBe("WORKER");
});
