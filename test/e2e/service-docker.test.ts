import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { requestEngine } from "../../scripts/lib/engine-api.ts";
import { serviceTests } from "../lib/service-suite.ts";
import { hasEngineFor, testEngine } from "../lib/test-engine.ts";
import { TestSwarm } from "../lib/test-swarm.ts";
import { dockerWorkload, listContainers } from "../lib/workload.ts";

describe.runIf(hasEngineFor("services on a Docker engine"))("on a Docker engine", () => {
  let swarm: TestSwarm;
  beforeAll(async () => {
    swarm = await TestSwarm.start(await dockerWorkload(testEngine), 2);
  });
  afterEach(() => swarm.clear());
  afterAll(() => swarm?.destroy());

  for (const { name, run } of serviceTests) test(name, () => run(swarm));

  test("containers run the image, and none is left behind when the service is removed", async () => {
    const [image, other] = swarm.workload.images;
    const id = await swarm.create("imaged", 2);
    await swarm.untilRunning(id, 2);
    expect(await images()).toEqual([image, image]);
    await swarm.local.mustCtl("service", "update", "imaged", "--image", other);
    await swarm.untilRunning(id, 2, ({ spec }) => spec.container?.image === other);
    expect((await images()).filter((name) => name === other)).toHaveLength(2);
    await swarm.local.mustCtl("service", "remove", "imaged");
    await swarm.until("no container to be left", async () =>
      (await images()).length === 0 ? true : undefined,
    );
    expect(await swarm.tasks()).toEqual([]);
  });

  async function images(): Promise<readonly string[]> {
    const containers = await listContainers(testEngine, swarm.traces.nodeIds);
    return containers.map(({ Image }) => Image);
  }

  test("an image that is not to be had rejects the task with the engine's reason", async () => {
    const image = "127.0.0.1:1/no-such-image:1";
    const restart = ["--restart-condition", "none"];
    const id = await swarm.create("unknown", 1, "--image", image, ...restart);
    const [task] = await swarm.until("the task to be rejected", async () => {
      const tasks = await swarm.tasks(id);
      return tasks[0]?.status.state === "REJECTED" ? tasks : undefined;
    });
    const reason =
      `No such image: ${image} (it is not on this node, and pulling it failed: ` +
      `${await pullFailure(image)})`;
    expect(task?.status.err).toBe(reason);
    const text = await swarm.local.mustCtl("task", "inspect", task?.id ?? "");
    expect(/^ *Error *: (.*)$/m.exec(text)?.[1]).toBe(reason);
    const table = await swarm.local.mustCtl("task", "ls", "--all");
    expect(table.split("\n").find((line) => line.startsWith(task?.id ?? "?"))).toMatch(
      / REJECTED /,
    );
  });
});

/** What the engine itself says. */
async function pullFailure(image: string): Promise<string> {
  const path = `/images/create?fromImage=${encodeURIComponent(image)}`;
  const { text } = await requestEngine(testEngine, { method: "POST", path });
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const messages = lines.map((line): { message?: string; error?: string } => JSON.parse(line));
  return messages.map(({ message, error }) => message ?? error ?? "").join("");
}
