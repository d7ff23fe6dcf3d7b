import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LocalSwarm } from "../../scripts/lib/local-swarm.ts";
import { seededRandom } from "../lib/random.ts";
import { makeTestFolder, type TestFolder } from "../lib/swarmd-run.ts";

const seed = Number(process.env["SWARMKIT_TEST_SEED"] ?? 20_260_101);
/** A first start takes about this long, and is killed somewhere on the way. */
const firstStartMs = 400;
const killsMax = 4;

let folder: TestFolder;
beforeAll(() => {
  folder = makeTestFolder();
});
afterAll(() => folder.remove());

test("a first manager that is killed again and again founds its swarm in the end", async () => {
  const random = seededRandom(seed);
  for (let round = 1; round <= 3; round += 1) {
    const swarm = new LocalSwarm({ directory: folder.path, flags: ["--executor", "fake"] });
    const node = swarm.addNode(`first-${round}`, ["--listen-remote-api", "127.0.0.1:0"]);
    try {
      for (let kill = 0; kill < killsMax; kill += 1) {
        swarm.start(node);
        await delay(random() * firstStartMs);
        await swarm.stop(node, "SIGKILL");
      }
      swarm.start(node);
      await swarm.waitUntilReady(node);
      expect(await swarm.list("node", "ls"), `seed ${seed}, round ${round}`).toHaveLength(1);
      expect(await swarm.list("cluster", "ls")).toHaveLength(1);
    } finally {
      await swarm.stopAll();
    }
  }
});
