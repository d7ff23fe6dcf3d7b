import { describe, expect, test } from "vitest";
import { aNode, aService, aTask, secondsAgo } from "../../testing/builders.ts";
import { fakeCluster } from "../../testing/fake-cluster.ts";
import { transcribe } from "../../testing/run-swarmctl.ts";

const golden = (name: string): string => `../../../testdata/task-${name}.txt`;

const failed = aTask("web", 1, {
  id: "taskweb1old",
  meta: { createdAt: secondsAgo(7200) },
  desiredState: "SHUTDOWN",
  status: {
    state: "FAILED",
    timestamp: secondsAgo(3700),
    message: "started",
    err: "task: non-zero exit (137)\n\u001b[31mkilled",
    container: { containerId: "c0ffee", exitCode: 137 },
  },
});
const published = aTask("web", 2, {
  status: {
    state: "RUNNING",
    timestamp: { ...secondsAgo(59), nanos: 120_000_000 },
    container: { containerId: "f00d", pid: 4242 },
    portStatus: {
      ports: [{ protocol: "UDP", targetPort: 80, publishedPort: 30_000, publishMode: "HOST" }],
    },
  },
  spec: {
    container: {
      image: "busybox:1.36",
      command: ["httpd", "-f"],
      args: ["-p", "80"],
      env: ["A=1", "B=2"],
      secrets: [{ secretName: "key", secretId: "secretid", file: { name: "key.pem" } }],
      configs: [{ configName: "conf", configId: "configid", file: { name: "site.conf" } }],
    },
  },
});
const tasks = [
  published,
  failed,
  aTask("web", 1),
  aTask("api", 1, { nodeId: "", status: { state: "PENDING" } }),
  aTask("gone", 3),
  aTask("gen", 1, { spec: { generic: { kind: "wasm" } } }),
];
const services = [aService("web"), aService("api"), aService("gen")];
const handlers = fakeCluster({ nodes: [aNode("a")], services, tasks });

describe("task", () => {
  test("ls lists tasks by service and slot, those that have ended on demand", async () => {
    const lines = [
      "task ls",
      "task ls -a",
      "task ls --no-resolve",
      "task list -q",
      "task ls --format=json",
    ];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("ls"));
  });

  test("ls of no tasks is a header", async () => {
    const text = await transcribe(["task ls", "task ls -q"], { handlers: fakeCluster({}) });
    await expect(text).toMatchFileSnapshot(golden("ls-empty"));
  });

  test("inspect shows a task and those before it in its slot", async () => {
    const lines = [
      "task inspect taskweb2",
      "task inspect taskweb1old",
      "task inspect taskapi",
      "task inspect gen.1.taskgen1",
      "task inspect taskgone3 --format json",
      "task inspect nosuchtask",
    ];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("inspect"));
  });

  test("remove takes tasks by id", async () => {
    const lines = ["task remove taskweb1 taskweb2", "task rm taskapi nosuch taskgone3"];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("remove"));
  });
});
