import { afterAll, afterEach, beforeAll } from "vitest";
import { testRestarts } from "../lib/restart-suite.ts";
import { TestSwarm } from "../lib/test-swarm.ts";
import { processWorkload } from "../lib/workload.ts";

let swarm: TestSwarm;
beforeAll(async () => {
  swarm = await TestSwarm.start(processWorkload, 2);
});
afterEach(() => swarm.clear());
afterAll(() => swarm?.destroy());

testRestarts(() => swarm, { rounds: 12, roundsPerCheck: 3 });
