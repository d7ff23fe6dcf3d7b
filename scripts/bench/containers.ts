// Containers made without a swarm: the price of the engine alone.
import { callEngine, requestEngine } from "../lib/engine-api.ts";
import { run, runOrThrow } from "../lib/run.ts";

export const benchImage = "swarmkit-test:latest";
/** What every container of the bench runs, whoever makes it. */
export const benchCommand = { command: "sleep", argument: "1000000" } as const;
/** Marks every container of the bench, also those of the swarm's tasks. */
export const benchLabel = "swarmkit.bench";

export async function hasDockerCli(): Promise<boolean> {
  try {
    return (await run("docker", ["--version"])).status === 0;
  } catch {
    return false;
  }
}

/** `docker run -d`, `count` at a time, one process each; resolves when all of them have ended. */
export async function runByCli(socketPath: string, count: number): Promise<void> {
  const { command, argument } = benchCommand;
  const words = ["--label", benchLabel, "--entrypoint", command, benchImage, argument];
  const docker = ["--host", `unix://${socketPath}`, "run", "--detach", ...words];
  await Promise.all(Array.from({ length: count }, () => runOrThrow("docker", docker)));
}

/** The two requests that `docker run -d` makes, without its processes. */
export async function runByApi(socketPath: string, count: number): Promise<void> {
  const body = {
    Image: benchImage,
    Entrypoint: [benchCommand.command],
    Cmd: [benchCommand.argument],
    Labels: { [benchLabel]: "" },
  };
  const runOne = async (): Promise<void> => {
    const path = "/containers/create";
    const created = JSON.parse(await callEngine(socketPath, { method: "POST", path, body })) as {
      readonly Id: string;
    };
    await callEngine(socketPath, { method: "POST", path: `/containers/${created.Id}/start` });
  };
  await Promise.all(Array.from({ length: count }, runOne));
}

/** Removes every container of the bench. */
export async function removeContainers(socketPath: string): Promise<void> {
  const ids = await listContainers(socketPath, { label: benchLabel });
  await Promise.all(
    ids.map((id) =>
      requestEngine(socketPath, { method: "DELETE", path: `/containers/${id}?force=1` }),
    ),
  );
}

/** Ids of the containers with a label, or only of those that run. */
export async function listContainers(
  socketPath: string,
  filter: { readonly label: string; readonly isRunning?: boolean },
): Promise<readonly string[]> {
  const status = filter.isRunning === true ? { status: ["running"] } : {};
  const filters = JSON.stringify({ label: [filter.label], ...status });
  const path = `/containers/json?all=1&filters=${encodeURIComponent(filters)}`;
  const text = await callEngine(socketPath, { method: "GET", path });
  return (JSON.parse(text) as readonly { readonly Id: string }[]).map(({ Id }) => Id);
}
