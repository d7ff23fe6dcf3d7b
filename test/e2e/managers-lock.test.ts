// Locked managers as real processes: what their disks hold, and what they need to start again.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LocalNode } from "../../scripts/lib/local-swarm.ts";
import type { ManagersWorld } from "../lib/managers-world.ts";
import { startManagers } from "../lib/own-world.ts";

test("locked managers start again with their key only, and a new one is locked from its first day", async () => {
  const swarm = await startManagers(3);
  const [leader, second, third] = (await swarm.order()) as [LocalNode, LocalNode, LocalNode];
  expect(swarm.managers.map(isLocked)).toEqual([false, false, false]);
  const dataKeys = swarm.managers.map(dataKeyOf);
  await swarm.local.mustCtlOn(leader, "cluster", "update", "default", "--autolock");
  await untilLocked(swarm, true);
  // What was written in clear until now is of no use any more.
  for (const node of swarm.managers) await untilRotated(node);
  for (const [index, node] of swarm.managers.entries()) {
    expect(dataKeyOf(node)).not.toBe(dataKeys[index]);
  }
  const key = await keyOf(swarm, second);

  await swarm.kill(third);
  await expectLockedOut(third);
  third.start(["--unlock-key", key]);
  await swarm.local.waitUntilReachable(3, leader);

  const joined = await swarm.local.addManager();
  joined.start();
  await swarm.local.waitUntilReachable(4, leader);
  expect(isLocked(joined)).toBe(true);

  // All at once, as after a loss of power: the swarm comes back by its key alone.
  await swarm.write(leader, "before");
  await swarm.kill(...swarm.managers);
  for (const node of swarm.managers) node.start(["--unlock-key", key]);
  await swarm.local.waitUntilReachable(4, leader);
  expect(await swarm.names(joined)).toEqual(["before"]);
  await swarm.expectSteadyKnown();
});

test("a manager that was down follows a new unlock key, and unlocking, once it is back", async () => {
  const swarm = await startManagers(3);
  const [leader, , away] = (await swarm.order()) as [LocalNode, LocalNode, LocalNode];
  await swarm.local.mustCtlOn(leader, "cluster", "update", "default", "--autolock");
  await untilLocked(swarm, true);
  const oldKey = await keyOf(swarm, leader);
  await swarm.kill(away);
  await swarm.local.mustCtlOn(leader, "cluster", "update", "default", "--rotate-unlock-key");
  const newKey = await keyOf(swarm, leader);
  expect(newKey).not.toBe(oldKey);

  // Its files are under the key that was in force when it was killed.
  await expectLockedOut(away, ["--unlock-key", newKey]);
  const followed = "this manager's key file follows the swarm's unlock key";
  away.start(["--unlock-key", oldKey]);
  await away.waitFor("hear of the new key", () => (away.hasLogged(followed) ? true : undefined));
  await swarm.kill(away);
  await expectLockedOut(away, ["--unlock-key", oldKey]);
  away.start(["--unlock-key", newKey]);
  await swarm.local.waitUntilReachable(3, leader);

  await swarm.kill(away);
  await swarm.local.mustCtlOn(leader, "cluster", "update", "default", "--autolock=false");
  away.start(["--unlock-key", newKey]);
  await untilLocked(swarm, false);
  await swarm.kill(away);
  away.start();
  await swarm.local.waitUntilReachable(3, leader);
  expect(await swarm.local.mustCtlOn(leader, "cluster", "unlock-key", "default", "-q")).toBe("");
});

const keyFileOf = (node: LocalNode): string =>
  readFileSync(join(node.stateDirectory, "certificates", "swarm-node.key"), "utf8");

const isLocked = (node: LocalNode): boolean =>
  keyFileOf(node).startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----");

const dataKeyOf = (node: LocalNode): string => /^raft-dek: (.+)$/m.exec(keyFileOf(node))?.[1] ?? "";

async function keyOf(swarm: ManagersWorld, node: LocalNode): Promise<string> {
  return (await swarm.local.mustCtlOn(node, "cluster", "unlock-key", "default", "-q")).trim();
}

async function untilLocked(swarm: ManagersWorld, wanted: boolean): Promise<void> {
  await swarm.swarm.until(`all managers to be ${wanted ? "locked" : "unlocked"}`, async () =>
    swarm.managers.every((node) => isLocked(node) === wanted) ? true : undefined,
  );
}

async function untilRotated(node: LocalNode): Promise<void> {
  const message = "the data key of the raft log was replaced";
  await node.waitFor("replace its data key", () => (node.hasLogged(message) ? true : undefined));
}

/** The node refuses to start, says what it needs, and shows no key. */
async function expectLockedOut(node: LocalNode, flags: readonly string[] = []): Promise<void> {
  node.start(flags);
  await node.waitUntilEnded();
  const said = node.logOfThisRun();
  expect(said).toContain("node is locked, and needs a valid unlock key: start swarmd with");
  expect(said).not.toContain("SWMKEY-1-");
}
