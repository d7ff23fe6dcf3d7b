import type { DeepPartial, Service, Task } from "@swarmkit/proto/types";
import { expect, test } from "vitest";
import { aNode, aService, aTask } from "../../testing/builders.ts";
import { isTaskDirty } from "./task-dirty.ts";

const service = aService({ specVersion: { index: 8 } });

function isDirty(
  spec: DeepPartial<Service["spec"]["task"]>,
  init: DeepPartial<Task> = {},
  node: ReturnType<typeof aNode> | undefined = aNode(),
): boolean {
  const task = aTask({
    spec: service.spec.task,
    specVersion: { index: 3 },
    nodeId: "node-1",
    ...init,
  });
  const changed = aService({
    ...service,
    spec: { ...service.spec, task: { ...service.spec.task, ...spec } },
  });
  return isTaskDirty(changed, task, node);
}

const otherImage = { container: { ...service.spec.task.container, image: "other:1" } };
const otherCredentials = {
  container: { ...service.spec.task.container, pullOptions: { registryAuth: "secret" } },
};

test("a task of the same spec version is clean, whatever it looks like", () => {
  expect(isDirty(otherImage, { specVersion: { index: 8 } })).toBe(false);
});

test("a task of an older version with the same spec is clean", () => {
  expect(isDirty({})).toBe(false);
});

test.each([
  { what: "another image", spec: otherImage },
  { what: "another log driver", spec: { logDriver: { name: "journald" } } },
  { what: "a forced update", spec: { forceUpdate: 1 } },
  { what: "a restart policy", spec: { restart: { condition: "NONE" } } as const },
])("a task is dirty when the spec asks for $what", ({ spec }) => {
  expect(isDirty(spec)).toBe(true);
});

test("a task is dirty when its endpoint is not the service's", () => {
  expect(isDirty({}, { endpoint: { spec: { mode: "DNSRR" } } })).toBe(true);
});

test("new constraints that the node meets leave the task clean", () => {
  const placement = { constraints: ["node.labels.disk==ssd"] };
  const ssd = aNode({ spec: { annotations: { labels: { disk: "ssd" } } } });
  expect(isDirty({ placement }, {}, ssd)).toBe(false);
  expect(isDirty({ placement }, {}, aNode())).toBe(true);
  expect(
    isTaskDirty(aService({ ...service, spec: { task: { placement } } }), aTask(), undefined),
  ).toBe(true);
});

test("new constraints do not hide another change", () => {
  expect(isDirty({ ...otherImage, placement: { constraints: ["node.id==node-1"] } })).toBe(true);
});

test.each(["READY", "STARTING", "RUNNING"] as const)(
  "other credentials do not matter to a task that is %s: it has its image",
  (state) => {
    expect(isDirty(otherCredentials, { status: { state } })).toBe(false);
  },
);

test.each([
  { status: { state: "PREPARING" } } as const,
  { status: { state: "FAILED" } } as const,
  { status: { state: "RUNNING" }, desiredState: "SHUTDOWN" } as const,
])("other credentials matter to a task in %j", (init) => {
  expect(isDirty(otherCredentials, init)).toBe(true);
});
