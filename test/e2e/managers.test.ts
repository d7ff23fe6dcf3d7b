// Several managers as real processes: what each may go through without the swarm losing anything.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LocalNode } from "../../scripts/lib/local-swarm.ts";
import type { ManagersWorld } from "../lib/managers-world.ts";
import { startManagers } from "../lib/own-world.ts";

/** A call that cannot be served is to be refused within this time, in milliseconds. */
const refusalMaxMs = 5000;

test("a follower that was down is brought up to date from the log", async () => {
  const swarm = await startManagers(3);
  const [leader, , follower] = await swarm.order();
  if (follower === undefined) throw new Error("there is no follower");
  await swarm.kill(follower);
  const names = await swarm.writeMany(leader, "missed", 100);
  await swarm.restart(follower);
  await swarm.local.waitUntilReachable(3, leader);
  // From here on nothing is committed without the one that was away.
  await swarm.kill(swarm.managers.find((node) => node !== leader && node !== follower) ?? leader);
  await swarm.write(follower, "last");
  expect(await swarm.names(follower)).toEqual([...names, "last"].sort());
  expect(snapshotsOf(follower)).toEqual([]);
  await swarm.expectSameStores([leader, follower]);
});

test("a follower that stands still for a while holds nobody up, and catches up", async () => {
  const swarm = await startManagers(3);
  const [leader, , follower] = await swarm.order();
  if (follower === undefined) throw new Error("there is no follower");
  follower.pause();
  const names = await swarm.writeMany(leader, "meanwhile", 300);
  follower.resume();
  await swarm.local.waitUntilReachable(3, leader);
  await swarm.kill(swarm.managers.find((node) => node !== leader && node !== follower) ?? leader);
  await swarm.write(follower, "last");
  expect(await swarm.names(follower)).toEqual([...names, "last"].sort());
  await swarm.expectSameStores([leader, follower]);
});

test("a follower that missed more than the log keeps is given a snapshot", async () => {
  const swarm = await startManagers(3);
  const [leader, , follower] = await swarm.order();
  if (follower === undefined) throw new Error("there is no follower");
  await takeSnapshotsOften(swarm, leader);
  await swarm.kill(follower);
  const names = await swarm.writeMany(leader, "missed", 300);
  await swarm.restart(follower);
  await swarm.local.waitUntilReachable(3, leader);
  await swarm.kill(swarm.managers.find((node) => node !== leader && node !== follower) ?? leader);
  await swarm.write(follower, "last");
  expect(await swarm.names(follower)).toEqual([...names, "last"].sort());
  expect(snapshotsOf(follower).length).toBeGreaterThan(0);
  await swarm.expectSameStores([leader, follower]);
});

test("a manager that was removed while it was down does not come back", async () => {
  const swarm = await startManagers(3);
  const [leader, , removed] = await swarm.order();
  if (removed === undefined) throw new Error("there is no follower");
  await swarm.kill(removed);
  await swarm.local.mustCtlOn(leader, "node", "demote", removed.name);
  await swarm.swarm.until("the manager to be out of the group", async () => {
    const managers = await swarm.local.listManagers(leader);
    return managers.length === 2 ? true : undefined;
  });
  await swarm.local.mustCtlOn(leader, "node", "remove", "--force", removed.name);
  const before = removed.logOfThisRun().length;
  removed.start();
  await removed.waitUntilEnded();
  expect(removed.logOfThisRun().slice(before)).toMatch(/removed/);
  await swarm.write(leader, "after");
  expect((await swarm.local.listManagers(leader)).length).toBe(2);
  await swarm.expectSteadyKnown();
});

test("two managers that join at once are both members", async () => {
  const swarm = await startManagers(1);
  const joining = [await swarm.local.addManager(), await swarm.local.addManager()];
  for (const node of joining) node.start();
  await Promise.all(joining.map((node) => swarm.local.waitUntilServing(node)));
  await swarm.local.waitUntilReachable(3);
  for (const node of joining) await swarm.write(node, `by-${node.name}`);
  // Each counts: with one of three down, writes go on.
  await swarm.kill(swarm.manager(1));
  await swarm.write(swarm.manager(2), "without-the-first");
  expect(await swarm.names(swarm.manager(3))).toEqual(
    ["by-manager-2", "by-manager-3", "without-the-first"].sort(),
  );
});

test("a leader that is demoted under writes loses none of them, and becomes a worker", async () => {
  const swarm = await startManagers(3);
  const [leader, other] = await swarm.order();
  if (other === undefined) throw new Error("there is no follower");
  const written: string[] = [];
  let isDemoted = false;
  const writing = (async () => {
    for (let number = 1; !isDemoted || number < 50; number += 1) {
      await swarm.write(other, `write-${number}`);
      written.push(`write-${number}`);
    }
  })();
  await swarm.local.mustCtlOn(other, "node", "demote", leader.name);
  await swarm.swarm.until("the leader to be out of the group", async () => {
    const managers = await swarm.local.listManagers(other);
    return managers.length === 2 && managers.some(({ isLeader }) => isLeader) ? true : undefined;
  });
  isDemoted = true;
  await writing;
  expect(await swarm.names(other)).toEqual(written.sort());
  await swarm.swarm.until("the demoted node to be a READY worker", async () => {
    const { nodes } = await swarm.caller(other).must("ListNodes", {});
    const node = nodes.find(({ description }) => description?.hostname === leader.name);
    return node?.role === "WORKER" && node.status.state === "READY" ? true : undefined;
  });
  expect(leader.isRunning, "the demoted swarmd runs").toBe(true);
  await swarm.expectSteadyKnown();
});

test("all managers killed at once come back with all there was, and tasks go on", async () => {
  const swarm = await startManagers(3);
  const [leader] = await swarm.order();
  const names = await swarm.writeMany(leader, "kept", 50);
  await swarm.kill(...swarm.managers);
  await swarm.expectSteady();
  await swarm.restart(...swarm.managers);
  await swarm.local.waitUntilReachable(3);
  for (const node of swarm.managers) expect(await swarm.names(node)).toEqual([...names].sort());
  await swarm.swarm.untilNodesReady();
  await swarm.expectSteadyKnown();
});

test("of four managers one may be lost; without the second nothing is written or read", async () => {
  const swarm = await startManagers(4);
  const [leader, second, third, fourth] = await swarm.order();
  if (second === undefined || third === undefined || fourth === undefined) {
    throw new Error("there are not four managers");
  }
  await swarm.kill(fourth);
  await swarm.write(leader, "three-of-four");
  await swarm.kill(third);
  for (const node of [leader, second]) await expectNoQuorum(swarm, node);
  await swarm.restart(fourth);
  await swarm.write(second, "three-again");
  // What was refused may have been written: the caller was told that nobody knows.
  const names = await swarm.names(leader);
  expect(names).toEqual(expect.arrayContaining(["three-of-four", "three-again"]));
  await swarm.expectSteadyKnown();
});

test("of two managers none may be lost, and the swarm is whole again with the other", async () => {
  const swarm = await startManagers(2);
  const [leader, other] = await swarm.order();
  if (other === undefined) throw new Error("there is no follower");
  await swarm.write(other, "both");
  await swarm.kill(leader);
  await expectNoQuorum(swarm, other);
  await swarm.restart(leader);
  await swarm.write(other, "both-again");
  expect(await swarm.names(leader)).toEqual(expect.arrayContaining(["both", "both-again"]));
  await swarm.expectSteadyKnown();
});

test("the worker follows the leader over three failovers, and its task never notices", async () => {
  const swarm = await startManagers(3);
  for (let round = 1; round <= 3; round += 1) {
    const [leader, other] = await swarm.order();
    if (other === undefined) throw new Error("there is no follower");
    await swarm.kill(leader);
    await swarm.write(other, `round-${round}`);
    await swarm.restart(leader);
    await swarm.local.waitUntilReachable(3, other);
    await swarm.swarm.untilNodesReady();
    await swarm.expectSteadyKnown();
  }
});

/** Reads and writes are refused, soon and with the reason. */
async function expectNoQuorum(swarm: ManagersWorld, node: LocalNode): Promise<void> {
  const text = /does not have a leader|more than half|lost leader/i;
  // The first calls may still meet a leader that has not noticed.
  await swarm.swarm.until(`${node.name} to know of no leader`, async () => {
    const end = await swarm.caller(node, refusalMaxMs).call("ListServices", {});
    return end.kind === "unknown" && text.test(end.message) ? true : undefined;
  });
  for (const words of [
    ["service", "ls"],
    ["service", "create", "--name", "refused", "--image", "none", "--replicas", "0"],
  ]) {
    const begin = performance.now();
    const { status, stderr } = await swarm.local.ctlOn(node, ...words);
    expect(stderr).toMatch(/The swarm does not have a leader/);
    expect(status).toBe(6);
    expect(performance.now() - begin, "milliseconds until the refusal").toBeLessThan(refusalMaxMs);
  }
}

async function takeSnapshotsOften(swarm: ManagersWorld, node: LocalNode): Promise<void> {
  const caller = swarm.caller(node);
  const [cluster] = (await caller.must("ListClusters", {})).clusters;
  if (cluster === undefined) throw new Error("there is no cluster");
  const raft = { ...cluster.spec.raft, snapshotInterval: 50, logEntriesForSlowFollowers: 10 };
  await caller.must("UpdateCluster", {
    clusterId: cluster.id,
    clusterVersion: cluster.meta.version,
    spec: { ...cluster.spec, raft },
  });
}

function snapshotsOf({ stateDirectory }: LocalNode): readonly string[] {
  const directory = join(stateDirectory, "raft", "snap-v3-encrypted");
  return readdirSync(directory).filter((name) => name.endsWith(".snap"));
}
