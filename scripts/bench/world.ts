// What the parts of the bench measure: a manager and a worker of this machine, as built, and an engine
// where there is one.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Engine, ensureEngine } from "../lib/engine.ts";
import { LocalSwarm } from "../lib/local-swarm.ts";
import { describeError, say, waitUntil } from "../lib/run.ts";
import { ensureTestImage } from "../lib/test-image.ts";
import { benchImage, removeContainers } from "./containers.ts";
import { Control } from "./control.ts";

const nodesTimeoutMs = 60_000;

export interface WorldOptions {
  /** Folder for the state directories; the disk below it is the one that is measured. */
  readonly parent: string;
  readonly wantsEngine: boolean;
  /** Whether a missing engine may be installed. */
  readonly install: boolean;
  readonly signal: AbortSignal;
}

export interface World {
  readonly directory: string;
  /** Undefined when there is none to be had; tasks are plain processes then. */
  readonly engine: Engine | undefined;
  readonly swarm: LocalSwarm;
  readonly control: Control;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
}

/** Brings the swarm up, runs `measure` on it, and removes every trace. */
export async function withWorld(
  options: WorldOptions,
  measure: (world: World) => Promise<void>,
): Promise<void> {
  const { parent, signal } = options;
  const directory = mkdtempSync(join(parent, "swarmkit-bench-"));
  let engine: Engine | undefined;
  let swarm: LocalSwarm | undefined;
  let control: Control | undefined;
  try {
    engine = options.wantsEngine
      ? await findOrStartEngine(join(directory, "engine"), options.install)
      : undefined;
    signal.throwIfAborted();
    const flags = engine
      ? ["--engine-addr", `unix://${engine.socketPath}`]
      : ["--executor", "process"];
    swarm = new LocalSwarm({ directory, flags });
    const manager = await swarm.startManager("manager-1");
    await swarm.startWorker("worker-1");
    control = new Control(manager.controlSocket);
    await waitForNodes(control, signal);
    await measure({ directory, engine, swarm, control, signal });
  } finally {
    control?.close();
    await swarm?.stopAll();
    // On an engine that is not ours, whatever an interrupted part has left behind would stay.
    if (engine !== undefined) await removeContainers(engine.socketPath);
    await engine?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** An engine with the image; says why when there is none. */
async function findOrStartEngine(directory: string, install: boolean): Promise<Engine | undefined> {
  let engine: Engine | undefined;
  try {
    engine = await ensureEngine({ directory, install });
    await ensureTestImage(engine.socketPath, benchImage);
    return engine;
  } catch (error) {
    say(`SKIPPED: every figure that needs a Docker engine (${describeError(error)}).`);
    await engine?.stop();
    return undefined;
  }
}

async function waitForNodes(control: Control, signal: AbortSignal): Promise<void> {
  await waitUntil(async () => ((await control.countReadyNodes()) === 2 ? true : undefined), {
    what: "the manager and the worker to be READY",
    timeoutMs: nodesTimeoutMs,
    signal,
  });
}
