// A swarm on this machine in one command: a manager, two workers and a service of five replicas.
// It stays until Ctrl-C; with --once it ends by itself, and fails when anything was not as it should.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPrograms } from "./build.ts";
import { findEngine } from "./lib/engine-api.ts";
import { LocalSwarm } from "./lib/local-swarm.ts";
import { describeError, say, waitUntil } from "./lib/run.ts";
import { ensureTestImage } from "./lib/test-image.ts";

const replicas = 5;
const stepTimeoutMs = 60_000;

interface Workload {
  readonly flags: readonly string[];
  readonly image: string;
}

async function quickstart(isOnce: boolean, signal: AbortSignal): Promise<void> {
  await buildPrograms();
  const directory = mkdtempSync(join(tmpdir(), "swarmkit-"));
  const workload = await chooseWorkload();
  const swarm = new LocalSwarm({ directory, flags: workload.flags });
  try {
    await bringUp(swarm, workload, signal);
    if (!isOnce) await stay(swarm, signal);
  } finally {
    await tearDown(swarm);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Docker if there is an engine with an image to run, else plain processes; says which and why. */
async function chooseWorkload(): Promise<Workload> {
  const processes = { flags: ["--executor", "process"], image: "none" };
  const engine = await findEngine();
  if (!engine.ok) {
    say(`No Docker engine (${engine.reason}): tasks run as plain processes of this machine.`);
    return processes;
  }
  try {
    const image = "swarmkit-test:latest";
    await ensureTestImage(engine.socketPath, image);
    say(`Docker ${engine.version} on ${engine.socketPath}: tasks run as containers of ${image}.`);
    return { flags: ["--engine-addr", `unix://${engine.socketPath}`], image };
  } catch (error) {
    say(`No image to be had (${describeError(error)}): tasks run as plain processes.`);
    return processes;
  }
}

async function bringUp(swarm: LocalSwarm, workload: Workload, signal: AbortSignal): Promise<void> {
  say("Starting one manager and two workers ...");
  await swarm.startManager("manager-1");
  await swarm.startWorker("worker-1");
  await swarm.startWorker("worker-2");
  await waitUntil(() => countNodes(swarm), {
    what: "three nodes to be READY",
    timeoutMs: stepTimeoutMs,
    signal,
  });
  const command = ["--command", "sh,-c", "--args", "trap exit TERM; while :; do sleep 1; done"];
  const service = ["--name", "web", "--replicas", String(replicas), "--image", workload.image];
  await show(swarm, ["service", "create", ...service, ...command]);
  await waitUntil(() => countRunning(swarm), {
    what: `${replicas} of ${replicas} replicas to be RUNNING`,
    timeoutMs: stepTimeoutMs,
    signal,
  });
  for (const noun of ["node", "service", "task"]) await show(swarm, [noun, "ls"]);
}

async function countNodes(swarm: LocalSwarm): Promise<true | undefined> {
  const nodes = await swarm.list<{ readonly status: { readonly state: string } }>("node", "ls");
  return nodes.filter(({ status }) => status.state === "READY").length === 3 ? true : undefined;
}

async function countRunning(swarm: LocalSwarm): Promise<true | undefined> {
  const tasks = await swarm.list<{ readonly status: { readonly state: string } }>("task", "ls");
  const running = tasks.filter(({ status }) => status.state === "RUNNING").length;
  return running === replicas ? true : undefined;
}

async function show(swarm: LocalSwarm, commandArguments: readonly string[]): Promise<void> {
  const quoted = commandArguments.map((item) => (/[ ;]/.test(item) ? `'${item}'` : item));
  const output = await swarm.mustCtl(...commandArguments);
  process.stdout.write(`\n$ swarmctl ${quoted.join(" ")}\n${output}`);
}

async function stay(swarm: LocalSwarm, signal: AbortSignal): Promise<void> {
  const socket = swarm.manager.controlSocket;
  say(`
The swarm is yours until Ctrl-C. In another terminal:

  export SWARM_SOCKET=${socket}
  alias swarmctl="${process.execPath} ${process.cwd()}/packages/swarmctl/dist/swarmctl.cjs"
  swarmctl service update web --replicas 8
  swarmctl task ls
  swarmctl node inspect worker-1`);
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Removes every service, so that no task outlives the swarm, then ends the processes. */
async function tearDown(swarm: LocalSwarm): Promise<void> {
  if (swarm.nodes.length === 0) return;
  say("\nCleaning up ...");
  try {
    const services = await swarm.list<{ readonly id: string }>("service", "ls");
    for (const { id } of services) await swarm.mustCtl("service", "remove", id);
    await waitUntil(
      async () => ((await swarm.list("task", "ls", "--all")).length === 0 ? true : undefined),
      { what: "all tasks to be gone", timeoutMs: stepTimeoutMs },
    );
  } finally {
    await swarm.stopAll();
  }
}

const abort = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => abort.abort());
try {
  await quickstart(process.argv.includes("--once"), abort.signal);
} catch (error) {
  if (!abort.signal.aborted) {
    say(`error: ${describeError(error)}`);
    process.exitCode = 1;
  }
}
