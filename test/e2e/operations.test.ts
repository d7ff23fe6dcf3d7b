// The procedures of docs/operations.md, each carried out as it stands there, on real processes. A tidy test
// holds the page and this file together: every section there names its rehearsal here.
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Node } from "../../packages/proto/gen/types.ts";
import { statePaths } from "../../packages/swarmd/src/shell/state-dir/state-paths.ts";
import type { LocalNode } from "../../scripts/lib/local-swarm.ts";
import { issueExpired } from "../lib/expired-certificate.ts";
import type { ManagersWorld } from "../lib/managers-world.ts";
import { startManagers } from "../lib/own-world.ts";

test("a manager is added, the lead is moved, and a manager is removed", async () => {
  const swarm = await startManagers(1);
  const added = [await swarm.local.startManager(), await swarm.local.startManager()];
  await swarm.local.waitUntilReachable(3);

  const [leader, next] = await swarm.order();
  await leader.stop("SIGTERM");
  if (next === undefined) throw new Error("nobody else is there");
  expect(await swarm.local.waitForLeader(next)).not.toBe(leader);
  leader.start();
  await swarm.local.waitUntilReachable(3, next);

  const removed = added.find((node) => node !== next) ?? next;
  await swarm.local.mustCtl("node", "demote", removed.name);
  await untilManagers(swarm, 2);
  await removed.stop();
  await removeNode(swarm, removed.name);
  await swarm.write(next === removed ? leader : next, "after");
  await swarm.expectSteadyKnown();
});

test("a lost manager is seen, taken out and replaced", async () => {
  const swarm = await startManagers(3);
  const lost = await pickFollower(swarm);
  await lose(lost);
  await swarm.swarm.until("node ls to show the manager as unreachable", async () => {
    const managers = await swarm.local.listManagers();
    const shown = managers.find(({ hostname }) => hostname === lost.name);
    return shown?.isReachable === false ? true : undefined;
  });
  const table = await swarm.local.mustCtl("node", "ls");
  expect(table.split("\n").find((line) => line.includes(lost.name))).toContain("UNREACHABLE");
  await swarm.write(swarm.manager(1), "meanwhile");

  await swarm.local.mustCtl("node", "demote", lost.name);
  await untilManagers(swarm, 2);
  await swarm.local.mustCtl("node", "remove", "--force", lost.name);
  await swarm.local.startManager("manager-4");
  await swarm.local.waitUntilReachable(3);
  await swarm.expectSteadyKnown();
});

test("with the quorum lost, one manager goes on with all that it has", async () => {
  const swarm = await startManagers(3);
  const survivor = swarm.manager(1);
  const names = await swarm.writeMany(survivor, "kept", 20);
  const before = await inspectCluster(swarm);
  await lose(swarm.manager(2));
  await swarm.kill(swarm.manager(3));
  const refused = await swarm.local.ctl("--timeout", "5s", "service", "ls");
  expect(refused.status, refused.stderr).not.toBe(0);

  await survivor.stop();
  survivor.start(["--force-new-cluster"]);
  await swarm.local.waitUntilServing();
  expect(survivor.logOfThisRun()).toContain("goes on alone");
  expect(await swarm.names(survivor)).toEqual([...names].sort());
  expect(await inspectCluster(swarm)).toEqual(before);
  await swarm.expectSteadyKnown();
  for (const node of [swarm.manager(2), swarm.manager(3)]) {
    await swarm.local.mustCtl("node", "demote", node.name);
    await removeNode(swarm, node.name, "--force");
  }

  await survivor.stop();
  survivor.start();
  await swarm.local.waitUntilServing();
  // Who is not to be started again, and is, finds that he is out.
  swarm.manager(3).start();
  await swarm.manager(3).waitUntilEnded();
  expect(swarm.manager(3).logOfThisRun()).toContain("removed");
  for (const name of ["manager-4", "manager-5"]) await swarm.local.startManager(name);
  await swarm.local.waitUntilReachable(3);
  await swarm.kill(survivor);
  await swarm.write(swarm.managers.at(-1) ?? survivor, "without-the-survivor");
  await swarm.expectSteady();
});

test("a damaged log is refused, and its manager joins again as a new node", async () => {
  const swarm = await startManagers(3);
  const names = await swarm.writeMany(swarm.manager(1), "kept", 20);
  const damaged = await pickFollower(swarm);
  await swarm.kill(damaged);
  flipBit(segmentOf(damaged), 0.5);
  damaged.start();
  await damaged.waitUntilEnded();
  expect(damaged.logOfThisRun()).toContain("[wal-corrupt]");

  await swarm.local.mustCtl("node", "demote", damaged.name);
  await untilManagers(swarm, 2);
  await swarm.local.mustCtl("node", "remove", "--force", damaged.name);
  rmSync(damaged.stateDirectory, { recursive: true });
  damaged.start();
  await swarm.local.waitUntilServing(damaged);
  await swarm.local.waitUntilReachable(3);
  expect(await swarm.names(damaged)).toEqual([...names].sort());
  await swarm.expectSteadyKnown();
});

test("a damaged snapshot is put aside, and a lost log is fetched from the others", async () => {
  const swarm = await startManagers(3);
  await swarm.local.mustCtl("cluster", "update", "default", "--snapshot-interval", "20");
  const names = await swarm.writeMany(swarm.manager(1), "kept", 100);
  const node = await pickFollower(swarm);
  const { raft, snapshots } = statePaths(node.stateDirectory);
  await swarm.swarm.until("a snapshot to be taken", async () =>
    readdirSync(snapshots).some((name) => name.endsWith(".snap")) ? true : undefined,
  );
  await node.stop();
  const [snapshot = ""] = readdirSync(snapshots);
  flipBit(join(snapshots, snapshot), 0.5);
  node.start();
  await swarm.local.waitUntilServing(node);
  expect(node.logOfThisRun()).toContain("a damaged snapshot was put aside");
  expect(await swarm.names(node)).toEqual([...names].sort());

  await node.stop();
  rmSync(raft, { recursive: true });
  node.start();
  await swarm.local.waitUntilServing(node);
  await swarm.local.waitUntilReachable(3);
  expect(await swarm.names(node)).toEqual([...names].sort());
  await swarm.expectSteadyKnown();
});

test("a manager whose certificate has expired issues itself a new one", async () => {
  const swarm = await startManagers(1);
  const manager = swarm.manager(1);
  await swarm.write(manager, "kept");
  await manager.stop();
  const { nodeCertificate } = statePaths(manager.stateDirectory);
  writeFileSync(nodeCertificate, await issueExpired(manager));
  manager.start();
  await manager.waitUntilEnded();
  expect(manager.logOfThisRun()).toMatch(/it expired at .* \[identity-invalid\]/);

  manager.start(["--force-new-cluster"]);
  await swarm.local.waitUntilServing();
  expect(await swarm.names(manager)).toEqual(["kept"]);
  await manager.stop();
  manager.start();
  await swarm.local.waitUntilServing();
  await swarm.expectSteadyKnown();
});

test("a locked manager and a locked backup open with the unlock key only", async () => {
  const swarm = await startManagers(1);
  const manager = swarm.manager(1);
  await swarm.write(manager, "kept");
  const first = findKey(await swarm.local.mustCtl("cluster", "update", "default", "--autolock"));
  await expectLocked(manager);
  manager.start(["--unlock-key", first]);
  await swarm.local.waitUntilServing();

  const rotate = ["cluster", "update", "default", "--rotate-unlock-key"] as const;
  const second = findKey(await swarm.local.mustCtl(...rotate));
  expect(second).not.toBe(first);
  expect(findKey(await swarm.local.mustCtl("cluster", "unlock-key", "default"))).toBe(second);
  await expectLocked(manager, ["--unlock-key", first]);
  manager.start(["--unlock-key", second]);
  await swarm.local.waitUntilServing();

  const file = join(swarm.swarm.directory, "backup");
  await swarm.local.mustCtl("cluster", "snapshot", "save", file);
  await lose(manager);
  manager.start(["--restore", file]);
  await manager.waitUntilEnded();
  expect(manager.logOfThisRun()).toContain("[backup-locked]");
  manager.start(["--restore", file, "--unlock-key", second]);
  await swarm.local.waitUntilServing();
  expect(await swarm.names(manager)).toEqual(["kept"]);
  await expectLocked(manager);
  manager.start(["--unlock-key", second]);
  await swarm.local.waitUntilServing();
  await swarm.expectSteadyKnown();
});

test("a swarm without managers is founded anew with its backup", async () => {
  const swarm = await startManagers(3);
  const [leader, follower = leader] = await swarm.order();
  const names = await swarm.writeMany(leader, "kept", 20);
  const before = await inspectCluster(swarm);
  const file = join(swarm.swarm.directory, "backup");
  const save = ["cluster", "snapshot", "save", file] as const;
  const saved = await swarm.local.mustCtlOn(follower, ...save);
  expect(saved).toMatch(/^Objects\s+: 4 nodes, 21 services, 1 task, 1 cluster$/m);
  expect((await swarm.local.ctlOn(follower, ...save)).status).toBe(5);
  await swarm.write(leader, "after-the-backup");
  for (const node of swarm.managers) await lose(node);
  await swarm.expectSteady();

  const restored = swarm.manager(1);
  restored.start(["--restore", file]);
  await swarm.local.waitUntilServing();
  expect(await swarm.names(restored)).toEqual([...names].sort());
  expect(await inspectCluster(swarm)).toEqual(before);
  await swarm.expectSteadyKnown();
  const former = await formerManagers(swarm);
  expect(former).toHaveLength(3);
  for (const id of former) {
    await swarm.local.mustCtl("node", "demote", id);
    await removeNode(swarm, id, "--force");
  }

  // A supervisor that starts swarmd with the same flags again does no harm; another backup is refused.
  await restored.stop();
  restored.start(["--restore", file]);
  await swarm.local.waitUntilServing();
  await swarm.local.mustCtl(...save, "--force");
  await restored.stop();
  restored.start(["--restore", file]);
  await restored.waitUntilEnded();
  expect(restored.logOfThisRun()).toContain("[restore-refused]");
  restored.start();
  await swarm.local.waitUntilServing();

  for (const name of ["manager-4", "manager-5"]) await swarm.local.startManager(name);
  await swarm.local.waitUntilReachable(3);
  await swarm.expectSteadyKnown();
});

/** What a swarm is known by: its id, root certificate and tokens. */
async function inspectCluster(swarm: ManagersWorld): Promise<unknown> {
  const { clusters } = await swarm.caller(swarm.manager(1)).must("ListClusters", {});
  const [{ id, rootCa } = {}] = clusters;
  return { id, certificate: rootCa?.caCertHash, tokens: rootCa?.joinTokens };
}

/** A manager that neither leads nor has founded the swarm. */
async function pickFollower(swarm: ManagersWorld): Promise<LocalNode> {
  const [, ...followers] = await swarm.order();
  const follower = followers.find((node) => node !== swarm.manager(1));
  if (follower === undefined) throw new Error("there is no follower");
  return follower;
}

/** The machine is gone, and its disk with it. */
async function lose(node: LocalNode): Promise<void> {
  await node.stop("SIGKILL");
  rmSync(node.stateDirectory, { recursive: true });
}

async function untilManagers(swarm: ManagersWorld, count: number): Promise<void> {
  await swarm.swarm.until(`node ls to show ${count} managers`, async () => {
    const managers = await swarm.local.listManagers();
    return managers.length === count ? true : undefined;
  });
}

/** Removes a node as soon as the swarm lets it go. */
async function removeNode(
  swarm: ManagersWorld,
  name: string,
  ...flags: readonly string[]
): Promise<void> {
  await swarm.swarm.until(`${name} to be removed`, async () => {
    const { status } = await swarm.local.ctl("node", "remove", ...flags, name);
    return status === 0 ? true : undefined;
  });
}

/** The ids of nodes that should be managers and are none. */
async function formerManagers(swarm: ManagersWorld): Promise<readonly string[]> {
  const nodes = await swarm.swarm.nodes();
  const isFormer = ({ managerStatus, spec }: Node): boolean =>
    spec.desiredRole === "MANAGER" && managerStatus === undefined;
  return nodes.filter(isFormer).map(({ id }) => id);
}

/** Stops a manager; it does not start with these flags, as it is locked. */
async function expectLocked(node: LocalNode, flags: readonly string[] = []): Promise<void> {
  await node.stop();
  node.start(flags);
  await node.waitUntilEnded();
  expect(node.logOfThisRun()).toContain("[node-locked]");
}

function findKey(output: string): string {
  return /SWMKEY-1-\S+/.exec(output)?.[0] ?? "";
}

function segmentOf(node: LocalNode): string {
  const { wal } = statePaths(node.stateDirectory);
  const [name = ""] = readdirSync(wal).sort();
  return join(wal, name);
}

/** Changes one bit at a part of what a file holds before its zeros. */
function flipBit(path: string, part: number): void {
  const bytes = readFileSync(path);
  const used = bytes.findLastIndex((byte) => byte !== 0) + 1;
  const position = Math.floor(used * part);
  const file = openSync(path, "r+");
  writeSync(file, Uint8Array.of((bytes[position] ?? 0) ^ 1), 0, 1, position);
  closeSync(file);
}
