import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, watch } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aTask } from "../../testing/builders.ts";
import { executorContract } from "../../testing/executor-contract.ts";
import { systemClock } from "../clock.ts";
import { silentLogger } from "../log.ts";
import { ProcessExecutor } from "./process-executor.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "process-executor-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe("the process executor keeps the contract", () => {
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

test("a task outlives a swarmd that is killed, and the next one finds its exit code", async () => {
  const task = aTask({ spec: command("sh", "-c", "read line <gate; exit 5") });
  const path = join(directory, task.id);
  const victim = spawn(process.execPath, [
    "--conditions=@swarmkit/source",
    "--input-type=module",
    "--eval",
    `
    import { systemClock } from ${JSON.stringify(new URL("../clock.ts", import.meta.url))};
    import { ProcessExecutor } from ${JSON.stringify(new URL("process-executor.ts", import.meta.url))};
    const options = { directory: ${JSON.stringify(directory)}, clock: systemClock };
    const controller = new ProcessExecutor(options).controller(${JSON.stringify(task)});
    await controller.prepare();
    (await import("node:child_process")).execFileSync("mkfifo", [${JSON.stringify(join(path, "gate"))}]);
    await controller.start();
    process.stdout.write("started");
    `,
  ]);
  await once(victim.stdout, "data");
  victim.kill("SIGKILL");
  await once(victim, "exit");
  const executor = new ProcessExecutor({ directory, clock: systemClock, log: silentLogger });
  const exit = executor.controller(task).wait(new AbortController().signal);
  await writeFile(join(path, "gate"), "go\n");
  expect(await exit).toEqual({ exitCode: 5 });
  await executor.close();
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
