import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aTask } from "../../testing/builders.ts";
import { executorContract } from "../../testing/executor-contract.ts";
import { systemClock } from "../clock.ts";
import { silentLogger } from "../log.ts";
import { parseStat } from "./host-process.ts";
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

test("a task whose shell is killed from outside leaves nothing running behind", async () => {
  const executor = new ProcessExecutor({ directory, clock: systemClock, log: silentLogger });
  const task = aTask({ spec: command("sh", "-c", ": >../running; exec sleep 1000") });
  const controller = executor.controller(task);
  const { signal } = new AbortController();
  await controller.prepare(signal);
  await controller.start(signal);
  await untilExists(directory, "running");
  const pid = (await controller.containerStatus())?.pid ?? 0;
  process.kill(pid, "SIGKILL");
  expect(await controller.wait(signal)).toEqual({ exitCode: 137, cause: "killed" });
  await untilGroupIsGone(pid);
  await executor.close();
});

test("a program is looked for where the task runs, not where swarmd does", async () => {
  const executor = new ProcessExecutor({ directory, clock: systemClock, log: silentLogger });
  await writeFile(join(directory, "run"), "#!/bin/sh\nexit 4\n", { mode: 0o700 });
  const container = { command: ["./run"], dir: directory };
  const controller = executor.controller(aTask({ spec: { container } }));
  const { signal } = new AbortController();
  await controller.prepare(signal);
  await controller.start(signal);
  expect(await controller.wait(signal)).toEqual({ exitCode: 4 });
  await executor.close();
});

test("a working directory that is not there is named", async () => {
  const executor = new ProcessExecutor({ directory, clock: systemClock, log: silentLogger });
  const dir = join(directory, "nowhere");
  const controller = executor.controller(
    aTask({ spec: { container: { command: ["true"], dir } } }),
  );
  await expect(controller.prepare(new AbortController().signal)).rejects.toThrow(
    `working directory not found on this node: ${dir}`,
  );
  await executor.close();
});

/** Resolves once no process of the group lives; bounded by the test's own time. */
async function untilGroupIsGone(groupId: number): Promise<void> {
  const isMember = (name: string): boolean => {
    try {
      const stat = parseStat(readFileSync(`/proc/${name}/stat`, "utf8"));
      return stat?.groupId === groupId && stat.state !== "Z";
    } catch {
      // It ended since it was listed.
      return false;
    }
  };
  while (readdirSync("/proc").some((name) => /^\d+$/.test(name) && isMember(name))) {
    await new Promise(setImmediate);
  }
}

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
