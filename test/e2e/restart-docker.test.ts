import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { testRestarts } from "../lib/restart-suite.ts";
import { hasEngineFor, testEngine } from "../lib/test-engine.ts";
import { TestSwarm } from "../lib/test-swarm.ts";
import { dockerWorkload } from "../lib/workload.ts";

describe.runIf(hasEngineFor("restarts on a Docker engine"))("on a Docker engine", () => {
  let swarm: TestSwarm;
  beforeAll(async () => {
    swarm = await TestSwarm.start(await dockerWorkload(testEngine), 2);
  });
  afterEach(() => swarm.clear());
  afterAll(() => swarm?.destroy());

  testRestarts(() => swarm, { rounds: 10, roundsPerCheck: 5 });
});
