// Managers that are started wrongly, killed at the worst moment, or stopped when the others are frozen.
import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { silentLogger } from "../../packages/swarmd/src/shell/log.ts";
import { openRaftLog } from "../../packages/swarmd/src/shell/raft/raft-log.ts";
import { segmentBytesDefault } from "../../packages/swarmd/src/shell/raft/wal.ts";
import { systemWalFiles } from "../../packages/swarmd/src/shell/raft/wal-files.ts";
import { KeyStore } from "../../packages/swarmd/src/shell/state-dir/key-store.ts";
import { statePaths } from "../../packages/swarmd/src/shell/state-dir/state-paths.ts";
import type { LocalNode } from "../../scripts/lib/local-swarm.ts";
import type { ManagersWorld } from "../lib/managers-world.ts";
import { startManagers } from "../lib/own-world.ts";

/** An orderly stop waits for a successor, and for what was sent to leave; no longer, in milliseconds. */
const stopMaxMs = 5000;

test("a manager that says it is where another one is does not become a member", async () => {
  const swarm = await startManagers(1);
  const liar = await swarm.local.addManager();
  liar.start(["--advertise-remote-api", swarm.local.managerAddress]);
  await liar.waitUntilEnded();
  expect(liar.logOfThisRun()).toContain("another node answers there");
  await swarm.write(swarm.manager(1), "alone");
  expect((await swarm.local.listManagers(swarm.manager(1))).length).toBe(1);
});

test("a manager that was killed before its log got anything counts once it is back", async () => {
  const swarm = await startManagers(2);
  const [first, second] = [swarm.manager(1), swarm.manager(2)];
  await swarm.write(second, "both");
  const raftId = await raftIdOf(swarm, second);
  await swarm.kill(first, second);
  await emptyLog(second, raftId);
  // Neither has a majority without the other.
  await swarm.restart(first, second);
  await swarm.write(second, "both-again");
  expect(await swarm.names(first)).toEqual(["both", "both-again"]);
  await swarm.expectSteadyKnown();
});

test("a manager that comes back at another address is a member there", async () => {
  const swarm = await startManagers(3);
  const [leader, other, moved] = await swarm.order();
  if (other === undefined || moved === undefined) throw new Error("there are not three managers");
  await swarm.kill(moved);
  moved.start(["--listen-remote-api", "127.0.0.1:0"]);
  await swarm.local.waitUntilServing(moved);
  await swarm.local.waitUntilReachable(3, leader);
  // It is needed from here on.
  await swarm.kill(other);
  await swarm.write(moved, "from-elsewhere");
  expect(await swarm.names(leader)).toEqual(["from-elsewhere"]);
  await swarm.expectSteadyKnown();
});

test("a leader stops in order while no other manager answers", async () => {
  const swarm = await startManagers(3);
  const [leader, ...others] = await swarm.order();
  for (const { process } of others) process?.kill("SIGSTOP");
  const begin = performance.now();
  await leader.stop();
  expect(performance.now() - begin, "milliseconds until the end").toBeLessThan(stopMaxMs);
  for (const { process } of others) process?.kill("SIGCONT");
  await swarm.write(others[0] ?? leader, "after");
  await swarm.expectSteadyKnown();
});

async function raftIdOf(swarm: ManagersWorld, { name }: LocalNode): Promise<string> {
  const { nodes } = await swarm.caller(swarm.manager(1)).must("ListNodes", {});
  const node = nodes.find(({ description }) => description?.hostname === name);
  return node?.managerStatus?.raftId ?? "";
}

/** As a kill leaves it right after joining: the log is there, and nothing in it. */
async function emptyLog(node: LocalNode, raftId: string): Promise<void> {
  const { nodeKey, snapshots, wal } = statePaths(node.stateDirectory);
  const { dataKeys } = await KeyStore.openExisting(nodeKey);
  if (dataKeys === undefined) throw new Error(`${node.name} has no key for a log`);
  for (const path of [snapshots, wal]) rmSync(path, { recursive: true });
  const log = await openRaftLog({
    files: systemWalFiles,
    directories: { wal, snapshots },
    keys: dataKeys,
    segmentBytes: segmentBytesDefault,
    log: silentLogger,
    isJoining: true,
    founder: { raftId, nodeId: "", addr: "" },
  });
  await log.wal.close();
}
