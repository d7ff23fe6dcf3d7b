// The command that a newcomer types first.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callEngine } from "../../scripts/lib/engine-api.ts";
import { type RunResult, run } from "../../scripts/lib/run.ts";
import { makeTestFolder, type TestFolder } from "../lib/swarmd-run.ts";
import { hasEngineFor, testEngine } from "../lib/test-engine.ts";

const quickstartTimeoutMs = 100_000;

let folder: TestFolder;
beforeAll(() => {
  folder = makeTestFolder();
});
afterAll(() => folder.remove());

test("without an engine it runs five of five processes, and leaves nothing behind", async () => {
  const socketPath = join(folder.path, "no-docker.sock");
  const result = await quickstart(`unix://${socketPath}`);
  expectSuccess(result);
  expect(result.stderr).toContain(
    `No Docker engine (no engine at ${socketPath}: connect ENOENT ${socketPath}): ` +
      "tasks run as plain processes of this machine.\n",
  );
});

describe.runIf(hasEngineFor("the quickstart on a Docker engine"))("with an engine", () => {
  test("it runs five of five containers, and leaves nothing behind", async () => {
    const before = await containers();
    const result = await quickstart(`unix://${testEngine}`);
    expectSuccess(result);
    expect(result.stderr).toMatch(/^Docker \S+ on \S+: tasks run as containers of \S+\.$/m);
    expect(await containers()).toEqual(before);
  });
});

function quickstart(dockerHost: string): Promise<RunResult> {
  // Its own folders go where the test's are, so that nothing can be left behind unseen.
  const environment = { ...process.env, DOCKER_HOST: dockerHost, TMPDIR: folder.path };
  const words = ["scripts/quickstart.ts", "--once"];
  return run(process.execPath, words, { environment, timeoutMs: quickstartTimeoutMs });
}

/** The three tables are printed as they should be. */
function expectSuccess({ status, stdout, stderr }: RunResult): void {
  expect(status, stderr).toBe(0);
  const [, created = "", nodes = "", services = "", tasks = ""] = stdout.split(/^\$ swarmctl /m);
  expect(created).toMatch(/^service create --name web --replicas 5 /);
  expect(
    nodes.match(/^\S+ +(?:manager-1|worker-1|worker-2) +ACCEPTED +READY +ACTIVE/gm),
  ).toHaveLength(3);
  expect(services).toMatch(/^\S+ +web +\S+ +5\/5$/m);
  expect(tasks.match(/^\S+ +web\.[1-5] +RUNNING +RUNNING .+$/gm)).toHaveLength(5);
}

/** Of other tests too, which may come and go; those of the quickstart belong to "web". */
async function containers(): Promise<readonly string[]> {
  const filters = JSON.stringify({ label: ["com.docker.swarm.service.name=web"] });
  const path = `/containers/json?all=1&filters=${encodeURIComponent(filters)}`;
  const list = JSON.parse(await callEngine(testEngine, { method: "GET", path }));
  return list.map(({ Id }: { readonly Id: string }) => Id);
}
