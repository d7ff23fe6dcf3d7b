// What runs the tasks of a test's swarm, seen from outside: swarmd's own word is not taken for it.
import { readdirSync, readFileSync } from "node:fs";
import { callEngine } from "../../scripts/lib/engine-api.ts";
import { ensureTestImage } from "../../scripts/lib/test-image.ts";

/** A task's process or container. */
export interface Running {
  readonly taskId: string;
  /** Differs between any two starts: the process and its start, or the container and its start. */
  readonly instance: string;
}

/** One of the executors, with tasks for it. */
export interface Workload {
  readonly name: "process" | "docker";
  /** For every swarmd. */
  readonly flags: readonly string[];
  /** An image that runs, and another one. */
  readonly images: readonly [string, string];
  /** What is told of a task that was killed. */
  readonly killedError: string;
  /** All that runs for a swarm: its folder and the ids of its nodes tell which. */
  observe(swarm: SwarmTraces): Promise<readonly Running[]>;
  /** Kills a task's process or container as the kernel would. */
  kill(swarm: SwarmTraces, taskId: string): Promise<void>;
  /** Ends all that runs for a swarm. */
  destroy(swarm: SwarmTraces): Promise<void>;
}

export interface SwarmTraces {
  readonly directory: string;
  readonly nodeIds: readonly string[];
}

/** The words of `service create` for tasks that run until they are told to stop. */
export const lasting = ["--command", "sh,-c", "--args", "trap 'exit 0' TERM; sleep 100000 & wait"];

/** Tasks as processes of this machine. */
export const processWorkload: Workload = {
  name: "process",
  flags: ["--executor", "process"],
  images: ["none", "other"],
  killedError: "task: non-zero exit (137): killed",
  observe: async ({ directory }) => findTaskProcesses(directory),
  kill: async ({ directory }, taskId) => {
    const found = findTaskProcesses(directory).find((process) => process.taskId === taskId);
    if (found === undefined) throw new Error(`task ${taskId} does not run`);
    killGroup(found.pid);
  },
  destroy: async ({ directory }) => {
    for (const { pid } of findTaskProcesses(directory)) killGroup(pid);
  },
};

/** Tasks as containers of the engine on `socketPath`. */
export async function dockerWorkload(socketPath: string): Promise<Workload> {
  const images = ["swarmkit-test:latest", "swarmkit-test:2"] as const;
  for (const image of images) await ensureTestImage(socketPath, image);
  return {
    name: "docker",
    flags: ["--engine-addr", `unix://${socketPath}`],
    images,
    killedError: "task: non-zero exit (137)",
    observe: async (swarm) => {
      const containers = await listContainers(socketPath, swarm.nodeIds);
      const running = containers.filter(({ State }) => State === "running");
      return Promise.all(running.map((container) => observeContainer(socketPath, container)));
    },
    kill: async (swarm, taskId) => {
      const containers = await listContainers(socketPath, swarm.nodeIds);
      const found = containers.find(({ Labels }) => Labels["com.docker.swarm.task.id"] === taskId);
      const path = `/containers/${found?.Id}/kill`;
      await callEngine(socketPath, { method: "POST", path });
    },
    destroy: async (swarm) => {
      for (const { Id } of await listContainers(socketPath, swarm.nodeIds)) {
        await callEngine(socketPath, { method: "DELETE", path: `/containers/${Id}?force=1&v=1` });
      }
    },
  };
}

/** A container as the engine lists it. */
export interface Container {
  readonly Id: string;
  readonly Image: string;
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** Containers of tasks on some nodes, running or not. */
export async function listContainers(
  socketPath: string,
  nodeIds: readonly string[],
): Promise<readonly Container[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: ["com.docker.swarm.task"] }));
  const path = `/containers/json?all=1&filters=${filters}`;
  const all: Container[] = JSON.parse(await callEngine(socketPath, { method: "GET", path }));
  return all.filter(({ Labels }) => nodeIds.includes(Labels["com.docker.swarm.node.id"] ?? ""));
}

async function observeContainer(socketPath: string, { Id, Labels }: Container): Promise<Running> {
  const path = `/containers/${Id}/json`;
  const { State } = JSON.parse(await callEngine(socketPath, { method: "GET", path }));
  const taskId = Labels["com.docker.swarm.task.id"] ?? "";
  return { taskId, instance: `${Id} since ${State.StartedAt}` };
}

/** The shells that lead the tasks' process groups: their third argument is the task's folder. */
function findTaskProcesses(directory: string): readonly (Running & { readonly pid: number })[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const words = readIfThere(`/proc/${pid}/cmdline`).split("\0");
      const path = words[3] ?? "";
      const [, taskId] = /\/worker\/processes\/([^/]+)$/.exec(path) ?? [];
      if (taskId === undefined || !path.startsWith(`${directory}/`)) return [];
      const stat = readIfThere(`/proc/${pid}/stat`)
        .replace(/^.*\) /s, "")
        .split(" ");
      const [state, , groupId] = stat;
      // The subshell looks like its parent until it becomes the command.
      if (groupId !== pid || state === undefined || "ZX".includes(state)) return [];
      return [{ taskId, pid: Number(pid), instance: `${pid} since ${stat[19]}` }];
    });
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Processes come and go between being listed and being read.
    return "";
  }
}
