// The container image as the README deploys it: the engine's socket mounted, the port published.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildImage } from "../../scripts/build-image.ts";
import { runOrThrow, waitUntil } from "../../scripts/lib/run.ts";
import { hasEngineFor, testEngine } from "../lib/test-engine.ts";

const tag = "swarmkit:test";

describe.runIf(hasEngineFor("the container image"))("the container image", () => {
  let container = "";

  beforeAll(async () => {
    await buildImage({ socketPath: testEngine, tag });
    const socket = `${testEngine}:/var/run/docker.sock`;
    const command = ["swarmd", "--listen-remote-api", "0.0.0.0:4242"];
    const options = ["--detach", "--volume", socket, "--publish", "127.0.0.1::4242"];
    container = (await docker("run", ...options, tag, ...command)).trim();
    await waitUntil(() => answers(), { what: "swarmd in the container", timeoutMs: 30_000 });
  });

  afterAll(async () => {
    if (container !== "") await docker("rm", "--force", "--volumes", container);
    await docker("rmi", tag);
  });

  test("swarmctl inside it commands a swarm whose tasks are containers beside it", async () => {
    const nodes = await ctl("node", "ls", "--format", "json");
    expect(JSON.parse(nodes)).toMatchObject({ role: "MANAGER", status: { state: "READY" } });

    const service = ["--name", "in-image", "--image", "swarmkit-test:latest", "--replicas", "2"];
    const id = (await ctl("service", "create", ...service)).trim();
    await waitUntil(async () => ((await running()).length === 2 ? true : undefined), {
      what: "two containers to run",
      timeoutMs: 30_000,
    });

    await docker("restart", container);
    await waitUntil(() => answers(), { what: "swarmd to be back", timeoutMs: 30_000 });
    expect((await ctl("service", "ls", "--quiet")).trim()).toBe(id);

    await ctl("service", "remove", "in-image");
    await waitUntil(async () => ((await running()).length === 0 ? true : undefined), {
      what: "no container to be left",
      timeoutMs: 30_000,
    });
  });

  async function answers(): Promise<true | undefined> {
    try {
      await ctl("cluster", "ls");
      return true;
    } catch {
      // Not yet; when it never comes, the wait says so.
      return undefined;
    }
  }

  async function running(): Promise<readonly string[]> {
    const filter = ["--filter", "label=com.docker.swarm.service.name=in-image"];
    return (await docker("ps", "--all", "--quiet", ...filter)).split("\n").filter((line) => line);
  }

  function ctl(...commandArguments: readonly string[]): Promise<string> {
    return docker("exec", container, "swarmctl", ...commandArguments);
  }
});

async function docker(...commandArguments: readonly string[]): Promise<string> {
  const host = ["--host", `unix://${testEngine}`];
  return (await runOrThrow("docker", [...host, ...commandArguments])).stdout;
}
