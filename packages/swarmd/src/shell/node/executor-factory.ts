import { hostname } from "node:os";
import { join } from "node:path";
import { systemClock } from "../clock.ts";
import { DockerExecutor } from "../docker/docker-executor.ts";
import { FakeExecutor } from "../executor/fake.ts";
import type { SwarmdFlags } from "../flags.ts";
import type { Logger } from "../log.ts";
import { ProcessExecutor } from "../process/process-executor.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";
import type { ExecutorFactory } from "./choose-executor.ts";

/** The executors of this build, each made when it is chosen. */
export function createExecutorFactory(
  flags: SwarmdFlags,
  paths: StatePaths,
  log: Logger,
): ExecutorFactory {
  const clock = systemClock;
  const socketPath = flags.engineAddress.replace(/^unix:\/\//, "");
  return {
    docker: () => new DockerExecutor({ socketPath, clock, log }),
    process: () => new ProcessExecutor({ directory: join(paths.worker, "processes"), clock, log }),
    fake: () => new FakeExecutor({ clock, hostname: flags.hostname ?? hostname() }),
  };
}
