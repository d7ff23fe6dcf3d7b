import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "vitest";
import { executorContract } from "../../testing/executor-contract.ts";
import { systemClock } from "../clock.ts";
import { silentLogger } from "../log.ts";
import { ProcessExecutor } from "./process-executor.ts";

describe("the process executor keeps the contract", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "process-executor-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  for (const { name, run } of executorContract) {
    test(name, async () => {
      await run({
        open: async () => new ProcessExecutor({ directory, clock: systemClock, log: silentLogger }),
        lasting: command("sleep", "1000"),
        failing: command("sh", "-c", "exit 3"),
        finishing: command("true"),
        stubborn: {
          container: {
            ...command("sh", "-c", "trap '' TERM; : >../stubborn; while :; do sleep 1; done")
              .container,
            stopGracePeriod: { seconds: 0, nanos: 1e8 },
          },
        },
        untilStubborn: () => untilExists(directory, "stubborn"),
        impossible: { spec: { container: { image: "web:1", command: [] } }, reason: /no Docker/ },
      });
    });
  }
});

async function untilExists(directory: string, name: string): Promise<void> {
  const changes = watch(directory);
  try {
    while (!existsSync(join(directory, name))) await once(changes, "change");
  } finally {
    changes.close();
    rmSync(join(directory, name), { force: true });
  }
}

function command(...words: readonly string[]): { container: object } {
  return { container: { command: words } };
}
