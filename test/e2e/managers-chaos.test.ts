// Real managers, each in a network of its own, under random faults: what clients are told stays true.
import { describe, expect, test } from "vitest";
import { ChaosRun } from "../lib/chaos-run.ts";
import { hasNetworkLabFor } from "../lib/network-lab.ts";
import { startManagers } from "../lib/own-world.ts";

/** Another seed gives other faults at other moments; a failure tells which seed it was. */
const seed = Number(process.env["SWARMKIT_TEST_SEED"] ?? 20_260_101);
const durationMs = Number(process.env["SWARMKIT_TEST_CHAOS_MS"] ?? 22_000);
const slackMs = 120_000;

describe.runIf(hasNetworkLabFor("managers under random faults"))("under random faults", () => {
  for (const managers of [3, 5]) {
    test(`${managers} managers lose nothing, and never answer what is not so`, {
      timeout: durationMs + slackMs,
    }, async () => {
      expect(Number.isInteger(seed), "SWARMKIT_TEST_SEED is a number").toBe(true);
      const world = await startManagers(managers, { isolated: true });
      await new ChaosRun(world, { seed, durationMs }).run();
    });
  }
});
