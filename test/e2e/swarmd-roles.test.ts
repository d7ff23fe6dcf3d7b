// Nodes that change their roles while tasks run on them, and managers that come back without their log.
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Node } from "../../packages/proto/gen/types.ts";
import type { LocalNode } from "../../scripts/lib/local-swarm.ts";
import { endWithTest, startManagers } from "../lib/own-world.ts";
import { TestSwarm } from "../lib/test-swarm.ts";
import { processWorkload } from "../lib/workload.ts";

async function startSwarm(managers: number, workers: number): Promise<TestSwarm> {
  const swarm = await TestSwarm.startMany(processWorkload, { managers, workers });
  endWithTest(swarm, () => swarm.destroy());
  return swarm;
}

/** The nodes as one manager's socket shows them; undefined while it does not answer. */
async function listNodes(swarm: TestSwarm, asked: LocalNode): Promise<readonly Node[] | undefined> {
  const { status, stdout } = await swarm.local.ctlOn(asked, "node", "ls", "--format", "json");
  if (status !== 0) return undefined;
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Node);
}

/** Waits until as many managers are members, all reachable, as `asked` sees it. */
async function untilManagers(swarm: TestSwarm, count: number, asked: LocalNode): Promise<void> {
  await swarm.until(`${count} managers`, async () => {
    const nodes = await listNodes(swarm, asked);
    const managers = nodes?.flatMap(({ managerStatus }) => managerStatus ?? []) ?? [];
    const isWhole = managers.every(({ reachability }) => reachability === "REACHABLE");
    const isLed = managers.some(({ leader }) => leader);
    return managers.length === count && isWhole && isLed ? true : undefined;
  });
}

/** Waits until a node has its role in the store and by its certificate, and the socket that goes with it. */
async function untilRole(
  swarm: TestSwarm,
  node: LocalNode,
  options: { readonly role: Node["role"]; readonly asked: LocalNode },
): Promise<Node> {
  const { role, asked } = options;
  const isManager = role === "MANAGER";
  return await swarm.until(`${node.name} to be a ${role}`, async () => {
    const nodes = (await listNodes(swarm, asked)) ?? [];
    const found = nodes.find(({ description }) => description?.hostname === node.name);
    const isThere = existsSync(node.controlSocket) === isManager;
    const certificate = readFileSync(join(node.stateDirectory, "certificates", "swarm-node.crt"));
    const isCertified = new X509Certificate(certificate).subject.includes(
      isManager ? "OU=swarm-manager" : "OU=swarm-worker",
    );
    return found?.role === role && isThere && isCertified ? found : undefined;
  });
}

test("a worker is promoted, demoted and promoted again, and its task runs on", async () => {
  const swarm = await startSwarm(1, 1);
  const [manager, worker] = swarm.local.nodes;
  if (manager === undefined || worker === undefined) throw new Error("there are two nodes");
  const here = ["--constraint", `node.hostname==${worker.name}`];
  const serviceId = await swarm.create("web", 1, ...here);
  await swarm.untilRunning(serviceId, 1);
  const before = await swarm.observe();
  const first = await untilRole(swarm, worker, { role: "WORKER", asked: manager });

  for (const _ of ["once", "and again"]) {
    await swarm.local.mustCtl("node", "promote", worker.name);
    await untilManagers(swarm, 2, worker);
    // The new manager serves like the other one.
    await swarm.local.mustCtlOn(worker, "service", "ls");
    expect((await untilRole(swarm, worker, { role: "MANAGER", asked: manager })).id).toBe(first.id);

    await swarm.local.mustCtl("node", "demote", worker.name);
    await untilRole(swarm, worker, { role: "WORKER", asked: manager });
    await untilManagers(swarm, 1, manager);
  }
  // Taken back before the node has noticed.
  await swarm.local.mustCtl("node", "promote", worker.name);
  await untilManagers(swarm, 2, worker);
  await swarm.local.mustCtl("node", "demote", worker.name);
  await untilManagers(swarm, 1, manager);
  await swarm.local.mustCtl("node", "promote", worker.name);
  await untilManagers(swarm, 2, manager);
  await swarm.local.mustCtl("node", "demote", worker.name);
  await untilRole(swarm, worker, { role: "WORKER", asked: manager });

  await swarm.untilRunning(serviceId, 1);
  expect(await swarm.observe()).toEqual(before);
  // Nothing of a manager is left on the worker.
  expect(existsSync(join(worker.stateDirectory, "raft", "wal-v3-encrypted"))).toBe(false);
  // Its role is that of its files too: it starts as a worker again.
  await swarm.kill(worker);
  worker.start();
  await worker.waitUntilReady();
  expect(existsSync(worker.controlSocket)).toBe(false);
  expect(await swarm.observe()).toEqual(before);
});

test("a worker that is promoted while it is down is a manager when it comes", async () => {
  const swarm = await startSwarm(1, 1);
  const [manager, worker] = swarm.local.nodes;
  if (manager === undefined || worker === undefined) throw new Error("there are two nodes");
  await swarm.kill(worker);
  await swarm.local.mustCtl("node", "promote", worker.name);
  worker.start();
  await untilManagers(swarm, 2, manager);
  await swarm.local.waitUntilServing(worker);
});

test("a manager that is demoted while it is down is a worker when it comes", async () => {
  const world = await startManagers(3);
  const [leader, , follower] = await world.order();
  if (follower === undefined) throw new Error("there is no follower");
  await world.kill(follower);
  await world.local.mustCtlOn(leader, "node", "demote", follower.name);
  await untilManagers(world.swarm, 2, leader);
  follower.start();
  await untilRole(world.swarm, follower, { role: "WORKER", asked: leader });
  await world.swarm.untilNodesReady();
  await world.write(leader, "after");
  await world.expectSteadyKnown();
});

test("the leader is demoted until one manager is left, which cannot be", async () => {
  const world = await startManagers(3);
  const [first] = await world.order();
  const rest = world.managers.filter((node) => node !== first);
  const [observer] = rest;
  if (observer === undefined) throw new Error("there is no follower");
  await world.local.mustCtlOn(observer, "node", "demote", first.name);
  await untilManagers(world.swarm, 2, observer);
  const second = await world.local.waitForLeader(observer);
  const last = rest.find((node) => node !== second) ?? observer;
  await world.local.mustCtlOn(last, "node", "demote", second.name);
  await untilManagers(world.swarm, 1, last);
  await world.write(last, "alone");
  const { status, stderr } = await world.local.ctlOn(last, "node", "demote", last.name);
  expect([status, stderr]).toEqual([
    1,
    expect.stringContaining("attempting to demote the last manager of the swarm"),
  ]);
  await untilRole(world.swarm, first, { role: "WORKER", asked: last });
  await untilRole(world.swarm, second, { role: "WORKER", asked: last });
  await world.expectSteady();
});

test("a demotion that would cost the quorum is refused, unless it is forced", async () => {
  const world = await startManagers(3);
  const [leader, other, down] = await world.order();
  if (other === undefined || down === undefined) throw new Error("there are not three managers");
  await world.kill(down);
  await world.swarm.until("the manager to be seen as down", async () => {
    const managers = await world.local.listManagers(leader);
    return managers.some(({ isReachable }) => !isReachable) ? true : undefined;
  });
  const refused = await world.local.ctlOn(leader, "node", "demote", other.name);
  expect([refused.status, refused.stderr]).toEqual([
    1,
    expect.stringContaining("this would result in a loss of quorum"),
  ]);
  await world.local.mustCtlOn(leader, "node", "demote", "--force", other.name);
  // What was lost is found again with the manager that was down.
  down.start();
  await untilManagers(world.swarm, 2, leader);
  await world.write(leader, "two");
  await untilRole(world.swarm, other, { role: "WORKER", asked: leader });
  const nodes = await world.caller(leader).must("ListNodes", {});
  const demoted = nodes.nodes.find(({ description }) => description?.hostname === other.name);
  expect(demoted?.spec.annotations.labels).toEqual({});
  await world.expectSteady();
});

test("a manager that has lost its log joins anew when it is told whom, and not otherwise", async () => {
  const world = await startManagers(3);
  const [leader, , unlucky] = await world.order();
  if (unlucky === undefined) throw new Error("there is no follower");
  const memberIds = async (): Promise<readonly (string | undefined)[]> => {
    const { nodes } = await world.caller(leader).must("ListNodes", {});
    return nodes.flatMap(({ managerStatus, description }) =>
      managerStatus === undefined ? [] : [`${description?.hostname} ${managerStatus.raftId}`],
    );
  };
  const before = await memberIds();
  await world.kill(unlucky);
  await world.write(leader, "kept");
  rmSync(join(unlucky.stateDirectory, "raft"), { recursive: true });
  const isFounder = !unlucky.flags.includes("--join-addr");
  if (isFounder) {
    unlucky.start();
    await unlucky.waitUntilEnded();
    expect(unlucky.logOfThisRun()).toContain("[wal-corrupt]");
  }
  unlucky.start(["--join-addr", leader.address ?? ""]);
  await untilManagers(world.swarm, 3, leader);
  const after = await memberIds();
  // The empty log has an id of its own: the old one has voted and acknowledged.
  expect(after.length).toBe(3);
  expect(after.filter((member) => before.includes(member)).length).toBe(2);
  // It counts, and it has what was written while it was away.
  await world.kill(world.managers.find((node) => node !== leader && node !== unlucky) ?? leader);
  await world.write(unlucky, "last");
  expect(await world.names(unlucky)).toEqual(["kept", "last"]);
});
