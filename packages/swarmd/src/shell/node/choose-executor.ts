// Which executor runs this node's tasks. The choice is kept: a host whose engine happens to be down
// must not run its containers' tasks as processes after a restart.
import { join } from "node:path";
import type { Millis } from "../../core/lib/time.ts";
import { SwarmdError } from "../errors.ts";
import type { Executor, ExecutorKind } from "../executor/port.ts";
import type { SwarmdFlags } from "../flags.ts";
import type { Logger } from "../log.ts";
import { atomicWrite, readFileIfAny } from "../state-dir/atomic-file.ts";
import type { StatePaths } from "../state-dir/state-paths.ts";

const executorFileMode = 0o600;
/** How long an engine that was used before may hold up the start, in milliseconds. */
const answerLimitMsDefault: Millis = 15_000;

export interface ChooseOptions {
  readonly paths: StatePaths;
  readonly log: Logger;
  /** How long an engine that was used before may hold up the start; 15 s by default. */
  readonly answerLimitMs?: Millis;
}

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
  options: ChooseOptions,
): Promise<Executor> {
  const { paths, log, answerLimitMs = answerLimitMsDefault } = options;
  const path = join(paths.worker, "executor");
  const before = await readFileIfAny(path);
  const kept = before === undefined ? undefined : Buffer.from(before).toString("utf8").trim();
  const executor = await select(flags, factory, { kept, log, answerLimitMs });
  if (executor.kind !== kept) await atomicWrite(path, `${executor.kind}\n`, executorFileMode);
  return executor;
}

async function select(
  flags: SwarmdFlags,
  factory: ExecutorFactory,
  options: {
    readonly kept: string | undefined;
    readonly log: Logger;
    readonly answerLimitMs: Millis;
  },
): Promise<Executor> {
  const { kept, log, answerLimitMs } = options;
  const wanted = flags.executor === "auto" && isKind(kept) ? kept : flags.executor;
  if (wanted === "process" || wanted === "fake") return factory[wanted]();
  const docker = factory.docker();
  try {
    // Where docker is settled nothing depends on the answer; elsewhere a slow engine is worth a wait.
    await (kept === "docker" ? withinLimit(docker.describe(), answerLimitMs) : docker.describe());
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

/** An engine that takes calls and never answers must not keep a manager from serving. */
async function withinLimit(answer: Promise<unknown>, answerLimitMs: Millis): Promise<void> {
  const limit = Promise.withResolvers<never>();
  const message = `it did not answer within ${answerLimitMs / 1000} s`;
  const timer = setTimeout(() => limit.reject(new Error(message)), answerLimitMs);
  try {
    await Promise.race([answer, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function isKind(text: string | undefined): text is ExecutorKind {
  return text === "docker" || text === "process" || text === "fake";
}
