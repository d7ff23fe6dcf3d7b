import { afterAll, afterEach, beforeAll, test } from "vitest";
import { serviceTests } from "../lib/service-suite.ts";
import { TestSwarm } from "../lib/test-swarm.ts";
import { processWorkload } from "../lib/workload.ts";

let swarm: TestSwarm;
beforeAll(async () => {
  swarm = await TestSwarm.start(processWorkload, 2);
});
afterEach(() => swarm.clear());
afterAll(() => swarm?.destroy());

for (const { name, run } of serviceTests) test(name, () => run(swarm));
