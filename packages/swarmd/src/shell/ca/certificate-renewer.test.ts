import { beforeEach, expect, test } from "vitest";
import { coalesceMs, renewalBackoffMsMin } from "../../core/ca/renewal.ts";
import { testEpoch } from "../../testing/builders.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { SwarmdError } from "../errors.ts";
import { silentLogger } from "../log.ts";
import type { KeyStore } from "../state-dir/key-store.ts";
import type { NodeIdentity } from "../tls/node-identity.ts";
import { SecurityConfig } from "../tls/security-config.ts";
import { SwarmAuthority } from "../tls/testing/swarm-authority.ts";
import { CertificateRenewer } from "./certificate-renewer.ts";

const hour = 3_600_000;
const swarm = new SwarmAuthority(testEpoch);
const worker = swarm.issue("swarm-worker", { validityMs: 2 * hour });
const manager = swarm.issue("swarm-manager");

let clock: ManualClock;
let security: SecurityConfig;
let renewer: CertificateRenewer;
/** What the managers answer, in order; a worker's certificate when there is none left. */
let answers: (() => Promise<NodeIdentity>)[];
let askedAt: number[];
let refusals: string[];

beforeEach(() => {
  clock = new ManualClock();
  security = new SecurityConfig({ identity: worker, keys: {} as KeyStore });
  answers = [];
  askedAt = [];
  refusals = [];
  renewer = new CertificateRenewer({
    security,
    clock,
    wallNow: () => clock.now(),
    prng: () => 0,
    log: silentLogger,
    renew: () => {
      askedAt.push(clock.now() - testEpoch);
      return (answers.shift() ?? (() => Promise.resolve(worker)))();
    },
    refused: ({ code }) => refusals.push(code),
    adopt: async (identity) => security.replace(identity),
  });
  renewer.start();
});

async function pass(spanMs: number): Promise<void> {
  clock.advance(spanMs);
  await new Promise(setImmediate);
}

test("a certificate is renewed at half its validity, however long that is", async () => {
  // It began an hour ago and ends in two: its half is in half an hour.
  await pass(0.5 * hour - 1);
  expect(askedAt).toEqual([]);
  answers = [() => Promise.resolve(manager)];
  await pass(1);
  expect(askedAt).toEqual([0.5 * hour]);
  expect(security.identity).toBe(manager);
  // That one is good for 90 days: the date is looked at, and nobody is asked.
  await pass(44 * 24 * hour);
  expect(askedAt).toHaveLength(1);
  await pass(24 * hour);
  expect(askedAt).toHaveLength(2);
});

test("a promotion brings the manager's certificate", async () => {
  answers = [() => Promise.resolve(manager)];
  renewer.expectRole("MANAGER", true);
  await pass(coalesceMs);
  expect(security.identity.role).toBe("swarm-manager");
});

test("while the role is not given yet the answer is the old one, and it is asked again", async () => {
  renewer.expectRole("MANAGER", true);
  await pass(coalesceMs);
  expect(security.identity.role).toBe("swarm-worker");
  answers = [() => Promise.resolve(manager)];
  await pass(renewalBackoffMsMin);
  expect(security.identity.role).toBe("swarm-manager");
});

test("a failure is followed by another attempt, later", async () => {
  answers = [() => Promise.reject(new Error("nobody answers")), () => Promise.resolve(manager)];
  renewer.force();
  await pass(coalesceMs);
  expect(askedAt).toEqual([coalesceMs]);
  await pass(renewalBackoffMsMin - 1);
  expect(askedAt).toHaveLength(1);
  await pass(1);
  expect(security.identity).toBe(manager);
});

test("that the swarm does not know the node any more is told", async () => {
  const removed = new SwarmdError("node-removed", "this node was removed");
  answers = [() => Promise.reject(new Error("nobody answers")), () => Promise.reject(removed)];
  renewer.force();
  await pass(coalesceMs);
  expect(refusals).toEqual([]);
  await pass(renewalBackoffMsMin);
  expect(refusals).toEqual(["node-removed"]);
});

test("what comes during a renewal waits for it, and is not forgotten", async () => {
  const first = Promise.withResolvers<NodeIdentity>();
  answers = [() => first.promise, () => Promise.resolve(manager)];
  renewer.force();
  await pass(coalesceMs);
  renewer.expectRole("MANAGER", true);
  await pass(hour / 4);
  expect(askedAt).toHaveLength(1);
  first.resolve(worker);
  await pass(0);
  await pass(renewalBackoffMsMin);
  expect(askedAt).toHaveLength(2);
  expect(security.identity.role).toBe("swarm-manager");
});

test("a renewer that was stopped asks nobody, and takes nothing", async () => {
  const late = Promise.withResolvers<NodeIdentity>();
  answers = [() => late.promise];
  renewer.force();
  await pass(coalesceMs);
  renewer.stop();
  late.resolve(manager);
  await pass(24 * hour);
  expect(security.identity).toBe(worker);
  expect(askedAt).toHaveLength(1);
});
