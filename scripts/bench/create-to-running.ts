// From CreateService with 20 replicas to 20 running containers, beside 20 times `docker run -d` on the
// same engine. Rounds alternate, and each begins with another contender.
import { setTimeout as pause } from "node:timers/promises";
import { say, waitUntil } from "../lib/run.ts";
import {
  benchCommand,
  benchImage,
  benchLabel,
  hasDockerCli,
  listContainers,
  removeContainers,
  runByApi,
  runByCli,
} from "./containers.ts";
import type { Figure } from "./report.ts";
import { ratios, summarize } from "./statistics.ts";
import type { World } from "./world.ts";

const replicas = 20;
/** The tasks are listed this often, so the end is seen up to this late; asking costs both sides CPU. */
const askAgainMs = 50;
const runningTimeoutMs = 120_000;
const removalTimeoutMs = 120_000;
const ratioMax = 1.2;

type Contender = "swarm" | "cli" | "api";

/** Figures of this part; none where there is no engine. */
export async function measureCreateToRunning(
  world: World,
  rounds: number,
): Promise<readonly Figure[]> {
  const { engine, signal } = world;
  if (engine === undefined) return [];
  const { socketPath } = engine;
  const contenders: Contender[] = ["swarm", "api"];
  if (await hasDockerCli()) contenders.push("cli");
  else say("SKIPPED: the comparison with `docker run -d`, as there is no docker command.");
  const elapsed: Record<Contender, number[]> = { swarm: [], cli: [], api: [] };
  const measure = {
    swarm: () => timeSwarm(world, socketPath),
    cli: () => timeContainers(() => runByCli(socketPath, replicas), socketPath),
    api: () => timeContainers(() => runByApi(socketPath, replicas), socketPath),
  };
  // The first round is not counted: the engine and the image are cold.
  for (let round = 0; round <= rounds; round++) {
    const first = round % contenders.length;
    const order = [...contenders.slice(first), ...contenders.slice(0, first)];
    for (const contender of order) {
      signal.throwIfAborted();
      const elapsedMs = await measure[contender]();
      say(`create-to-running: round ${round}, ${contender}: ${elapsedMs.toFixed(0)} ms`);
      if (round > 0) elapsed[contender].push(elapsedMs);
    }
  }
  return toFigures(elapsed);
}

function toFigures({ swarm, cli, api }: Record<Contender, readonly number[]>): readonly Figure[] {
  const service = `service of ${replicas} until RUNNING`;
  const figures: Figure[] = [{ name: service, unit: "ms", summary: summarize(swarm) }];
  if (cli.length > 0) {
    const name = `${replicas} × docker run -d, in parallel`;
    const ratio = summarize(ratios(swarm, cli));
    figures.push({ name, unit: "ms", summary: summarize(cli) });
    figures.push({
      name: "service / docker run -d",
      unit: "×",
      summary: ratio,
      medianMax: ratioMax,
    });
  }
  const name = `${replicas} × create + start by the engine's API`;
  figures.push({ name, unit: "ms", summary: summarize(api) });
  const ratio = summarize(ratios(swarm, api));
  figures.push({ name: "service / create + start", unit: "×", summary: ratio });
  return figures;
}

async function timeContainers(make: () => Promise<void>, socketPath: string): Promise<number> {
  try {
    const start = performance.now();
    await make();
    return performance.now() - start;
  } finally {
    await removeContainers(socketPath);
  }
}

async function timeSwarm({ control, signal }: World, socketPath: string): Promise<number> {
  const { command, argument } = benchCommand;
  const spec = {
    annotations: { name: "bench-web" },
    task: {
      container: {
        image: benchImage,
        command: [command],
        args: [argument],
        labels: { [benchLabel]: "" },
        // As process 1 it would ignore any other, and the removal would take its grace period.
        stopSignal: "SIGKILL",
      },
    },
    replicated: { replicas },
  };
  const start = performance.now();
  const serviceId = await control.createService(spec);
  try {
    await waitForRunning(async () => {
      const tasks = await control.listTasks(serviceId);
      return tasks.filter(({ status }) => status.state === "RUNNING").length;
    }, signal);
    const elapsedMs = performance.now() - start;
    const label = `com.docker.swarm.service.id=${serviceId}`;
    const running = await listContainers(socketPath, { label, isRunning: true });
    if (running.length !== replicas) {
      throw new Error(`${replicas} tasks are RUNNING, but ${running.length} containers run`);
    }
    return elapsedMs;
  } finally {
    await removeService({ control }, serviceId, socketPath);
  }
}

async function waitForRunning(count: () => Promise<number>, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + runningTimeoutMs;
  for (;;) {
    const running = await count();
    if (running === replicas) return;
    if (performance.now() > deadline) {
      throw new Error(`only ${running} of ${replicas} tasks are RUNNING after a long wait`);
    }
    await pause(askAgainMs, undefined, { signal });
  }
}

async function removeService(
  { control }: Pick<World, "control">,
  serviceId: string,
  socketPath: string,
): Promise<void> {
  await control.removeService(serviceId);
  const label = `com.docker.swarm.service.id=${serviceId}`;
  const isGone = async (): Promise<true | undefined> => {
    if ((await control.listTasks(serviceId)).length > 0) return undefined;
    return (await listContainers(socketPath, { label })).length === 0 ? true : undefined;
  };
  await waitUntil(isGone, {
    what: "the service's containers to be gone",
    timeoutMs: removalTimeoutMs,
  });
}
