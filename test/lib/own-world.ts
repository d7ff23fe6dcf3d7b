// A swarm that one test has for itself.
import { onTestFinished } from "vitest";
import { ManagersWorld } from "./managers-world.ts";
import type { TestSwarm } from "./test-swarm.ts";

/** Managers and a worker for the running test; they end with it, and a failed one leaves its logs. */
export async function startManagers(
  managers: number,
  options: { readonly isolated?: boolean } = {},
): Promise<ManagersWorld> {
  const world = await ManagersWorld.start({ managers, ...options });
  endWithTest(world.swarm, () => world.destroy());
  return world;
}

/** Calls `destroy` when the running test is over; if it has failed, the swarm's folder stays. */
export function endWithTest(swarm: TestSwarm, destroy: () => Promise<void>): void {
  onTestFinished(async ({ task }) => {
    if (task.result?.state === "fail") swarm.keepFolder();
    await destroy();
  });
}
