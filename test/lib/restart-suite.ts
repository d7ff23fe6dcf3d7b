// A swarmd that is killed and started again goes on where it was: the same tests on any executor.
import { expect, test } from "vitest";
import { type KillPlan, KillRun } from "./kill-run.ts";
import type { TestSwarm } from "./test-swarm.ts";

/** Another seed gives other kills at other moments; a failure tells which seed it was. */
const seed = Number(process.env["SWARMKIT_TEST_SEED"] ?? 20_260_101);

/** Tests on a swarm of one manager and two workers, which `swarm` gives once it runs. */
export function testRestarts(swarm: () => TestSwarm, plan: KillPlan): void {
  for (const victim of ["manager-1", "worker-1"]) {
    test(`${victim} comes back from a kill as it was, and its tasks have gone on`, async () => {
      const id = await swarm().create("steady", 3);
      await swarm().untilRunning(id, 3);
      const before = await snapshot(swarm());
      const node = swarm().local.nodes.find(({ name }) => name === victim);
      if (node === undefined) throw new Error(`there is no ${victim}`);
      await swarm().kill(node);
      expect(await running(swarm()), `with ${victim} down`).toEqual(before.running);
      swarm().local.start(node);
      await swarm().local.waitUntilReady(node);
      await swarm().untilNodesReady();
      await swarm().untilRunning(id, 3);
      expect(await snapshot(swarm())).toEqual(before);
    });
  }

  test("a task that ends while its swarmd is down is replaced", async () => {
    const id = await swarm().create("ended", 3, "--restart-delay", "100ms");
    const before = await swarm().untilRunning(id, 3);
    for (const node of swarm().local.nodes) await swarm().kill(node);
    for (const task of before) await swarm().workload.kill(swarm().traces, task.id);
    for (const node of swarm().local.nodes) swarm().local.start(node);
    await swarm().local.waitUntilServing();
    const after = await swarm().untilRunning(id, 3);
    const old = before.map((task) => task.id);
    expect(after.filter((task) => old.includes(task.id))).toEqual([]);
  });

  test("whatever is killed when, nothing acknowledged is lost and nothing runs twice", async () => {
    await new KillRun(swarm(), seed, plan).run();
  });
}

interface Snapshot {
  readonly nodes: readonly unknown[];
  readonly services: readonly unknown[];
  readonly tasks: readonly string[];
  readonly running: readonly string[];
}

async function snapshot(swarm: TestSwarm): Promise<Snapshot> {
  const nodes = (await swarm.nodes()).map(({ id, description }) => [id, description?.hostname]);
  const services = (await swarm.services()).map(({ id, spec }) => [id, spec]);
  const tasks = (await swarm.tasks()).map(({ id }) => id).sort();
  return { nodes, services, tasks, running: await running(swarm) };
}

/** Each task's process or container, in an order that does not change. */
async function running(swarm: TestSwarm): Promise<readonly string[]> {
  return (await swarm.observe()).map(({ taskId, instance }) => `${taskId}: ${instance}`).sort();
}
