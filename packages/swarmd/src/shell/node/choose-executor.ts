// Which executor runs this node's tasks. The choice is kept: a host whose engine happens to be down
// must not run its containers' tasks as processes after a restart.
import { join } from "node:path";
import { SwarmdError } from "../errors.ts";
import type { Executor, ExecutorKind } from "../executor/port.ts";
import type { SwarmdFlags } from "../flags.ts";
import type { Logger } from "../log.ts";
import { atomicWrite, readFileIfAny } from "../state-dir/atomic-file.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";

const executorFileMode = 0o600;

/** Makes each kind; the engine's answer decides `auto`. */
export interface ExecutorFactory {
  readonly docker: () => Executor;
  readonly process: () => Executor;
  readonly fake: () => Executor;
}

/**
 * Follows `--executor`; `auto` is what this state directory used before, else docker if an engine
 * answers, else process. Rejects with `engine-unreachable` when docker is asked for by name, this
 * node has never used it, and no engine answers.
 */
export async function chooseExecutor(
  flags: SwarmdFlags,
  factory: ExecutorFactory,
  options: { readonly paths: StatePaths; readonly log: Logger },
): Promise<Executor> {
  const { paths, log } = options;
  const path = join(paths.worker, "executor");
  const before = await readFileIfAny(path);
  const kept = before === undefined ? undefined : Buffer.from(before).toString("utf8").trim();
  const executor = await select(flags, factory, { kept, log });
  if (executor.kind !== kept) await atomicWrite(path, `${executor.kind}\n`, executorFileMode);
  return executor;
}

async function select(
  flags: SwarmdFlags,
  factory: ExecutorFactory,
  { kept, log }: { readonly kept: string | undefined; readonly log: Logger },
): Promise<Executor> {
  const wanted = flags.executor === "auto" && isKind(kept) ? kept : flags.executor;
  if (wanted === "process" || wanted === "fake") return factory[wanted]();
  const docker = factory.docker();
  try {
    await docker.describe();
    return docker;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (wanted === "docker" && kept === "docker") {
      log.warn("the engine does not answer; its tasks go on once it does", { reason });
      return docker;
    }
    await docker.close();
    if (wanted === "auto") {
      log.info("no Docker engine: tasks run as processes of this host", { reason });
      return factory.process();
    }
    const remedy = "start it, correct --engine-addr, or run tasks with --executor process";
    const message = `no Docker engine at ${flags.engineAddress}: ${reason}; ${remedy}`;
    throw new SwarmdError("engine-unreachable", message, { cause: error });
  }
}

function isKind(text: string | undefined): text is ExecutorKind {
  return text === "docker" || text === "process" || text === "fake";
}
