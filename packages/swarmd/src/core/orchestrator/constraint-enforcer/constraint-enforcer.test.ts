import type { DeepPartial, GenericResource, Node, Task } from "@swarmkit/proto/types";
import { expect, test } from "vitest";
import { aNode, aService, aTask } from "../../../testing/builders.ts";
import { ComponentHarness } from "../../../testing/component-harness.ts";
import {
  aReplicatedWorld,
  countingIds,
  OrchestrationWorld,
} from "../../../testing/orchestration-world.ts";
import { ReplicatedOrchestrator } from "../replicated/replicated-orchestrator.ts";
import { ConstraintEnforcer } from "./constraint-enforcer.ts";

const ssd = { annotations: { labels: { disk: "ssd" } } };
const onSsd = { placement: { constraints: ["node.labels.disk==ssd"] } };

/** A node with the label, a service that asks for it, and a task of it that runs there. */
function aHarness(init: DeepPartial<Task> = {}): ComponentHarness {
  const harness = new ComponentHarness([new ConstraintEnforcer()]);
  harness.create("node", aNode({ spec: ssd }));
  harness.create("service", aService({ spec: { task: onSsd } }));
  harness.create(
    "task",
    aTask({ nodeId: "node-1", spec: onSsd, status: { state: "RUNNING" }, ...init }),
  );
  harness.start();
  return harness;
}

function patchNode(harness: ComponentHarness, init: DeepPartial<Node>): void {
  const { id, meta: _, ...parts } = aNode(init);
  harness.patch("node", id, parts);
}

function state(harness: ComponentHarness, id = "task-1"): string {
  return harness.get("task", id).status.state;
}

test("a task is rejected when its node loses a label that its service asks for", () => {
  const harness = aHarness();
  expect(state(harness)).toBe("RUNNING");
  patchNode(harness, {});
  expect(harness.get("task", "task-1").status).toMatchObject({
    state: "REJECTED",
    message: "task rejected by constraint enforcer",
    err: "assigned node no longer meets constraints",
  });
});

test("a new leader's enforcer looks at all nodes", () => {
  const harness = new ComponentHarness([new ConstraintEnforcer()]);
  harness.create("node", aNode());
  harness.create("service", aService({ spec: { task: onSsd } }));
  harness.create("task", aTask({ nodeId: "node-1", status: { state: "RUNNING" } }));
  harness.start();
  expect(state(harness)).toBe("REJECTED");
});

test("the service's constraints count, not those that the task was made with", () => {
  const harness = aHarness({ spec: { placement: { constraints: ["node.labels.disk==hdd"] } } });
  patchNode(harness, { spec: { annotations: { labels: { disk: "ssd", rack: "7" } } } });
  expect(state(harness)).toBe("RUNNING");
});

test("a task without a service is held to its own constraints", () => {
  const harness = aHarness({ serviceId: "" });
  patchNode(harness, {});
  expect(state(harness)).toBe("REJECTED");
});

test.each(["PAUSE", "DRAIN"] as const)("tasks of a node in %s are left alone", (availability) => {
  const harness = aHarness();
  patchNode(harness, { spec: { availability } });
  expect(state(harness)).toBe("RUNNING");
});

test.each([
  { status: { state: "COMPLETE" } } as const,
  { desiredState: "SHUTDOWN", status: { state: "RUNNING" } } as const,
  { desiredState: "REMOVE", status: { state: "RUNNING" } } as const,
])("a task in %j is left alone", (init) => {
  const harness = aHarness(init);
  patchNode(harness, {});
  expect(state(harness)).toBe(init.status.state);
});

test("a node that shrinks loses the tasks that it has no room for, the youngest first", () => {
  const harness = new ComponentHarness([new ConstraintEnforcer()]);
  harness.create("node", aNode());
  harness.start();
  const resources = { reservations: { memoryBytes: 2 ** 30 } };
  for (const id of ["z-oldest", "a-younger"]) {
    harness.create(
      "task",
      aTask({
        id,
        serviceId: "",
        nodeId: "node-1",
        spec: { resources },
        status: { state: "RUNNING" },
      }),
    );
    harness.advance(1_000);
  }
  patchNode(harness, { description: { resources: { nanoCpus: 4e9, memoryBytes: 1.5 * 2 ** 30 } } });
  expect([state(harness, "z-oldest"), state(harness, "a-younger")]).toEqual([
    "RUNNING",
    "REJECTED",
  ]);
});

const named = (value: string): DeepPartial<GenericResource> => ({
  namedResourceSpec: { kind: "gpu", value },
});
const discrete = (value: number): DeepPartial<GenericResource> => ({
  discreteResourceSpec: { kind: "gpu", value },
});

test.each([
  {
    what: "a named unit",
    before: [named("a"), named("b")],
    after: [named("b")],
    held: [named("a")],
  },
  { what: "some of a count", before: [discrete(4)], after: [discrete(1)], held: [discrete(2)] },
  { what: "a count for names", before: [discrete(1)], after: [named("a")], held: [discrete(1)] },
])("a node that gives up $what loses the task that holds it, and no other", (example) => {
  const { before, after, held } = example;
  const harness = new ComponentHarness([new ConstraintEnforcer()]);
  harness.create("node", aNode({ description: { resources: { generic: before } } }));
  harness.start();
  const common = { serviceId: "", nodeId: "node-1", status: { state: "RUNNING" } } as const;
  harness.create("task", aTask({ ...common, id: "holder", assignedGenericResources: held }));
  harness.create("task", aTask({ ...common, id: "other" }));
  patchNode(harness, { description: { resources: { generic: after } } });
  expect([state(harness, "holder"), state(harness, "other")]).toEqual(["REJECTED", "RUNNING"]);
});

test("a second violation on a node is found too", () => {
  const harness = new ComponentHarness([new ConstraintEnforcer()]);
  harness.create("node", aNode({ description: { resources: { generic: [discrete(4)] } } }));
  harness.start();
  const common = { serviceId: "", nodeId: "node-1", status: { state: "RUNNING" } } as const;
  const holder = { ...common, assignedGenericResources: [discrete(2)] };
  harness.create("task", aTask({ ...holder, id: "first" }), aTask({ ...holder, id: "second" }));
  patchNode(harness, { description: { resources: { generic: [] } } });
  expect([state(harness, "first"), state(harness, "second")]).toEqual(["REJECTED", "REJECTED"]);
});

test("a rejected task runs again where the constraints are met", () => {
  const orchestrator = new ReplicatedOrchestrator({ newTaskId: countingIds() });
  const world = new OrchestrationWorld({ components: [orchestrator, new ConstraintEnforcer()] });
  for (const id of ["node-2", "node-3"]) patchNode(world.harness, { id, spec: ssd });
  world.harness.start();
  world.createService({ spec: { task: onSsd } });
  const nodeId = world.wanted()[0]?.nodeId ?? "";
  patchNode(world.harness, { id: nodeId });
  world.harness.advance(5_000);
  expect(world.wanted()).toMatchObject([{ status: { state: "RUNNING" } }]);
  expect(world.wanted()[0]?.nodeId).not.toBe(nodeId);
});

test("without an enforcer such a task would stay", () => {
  const world = aReplicatedWorld({ nodes: 1 });
  patchNode(world.harness, { spec: ssd });
  world.harness.start();
  world.createService({ spec: { task: onSsd } });
  patchNode(world.harness, {});
  expect(world.wanted()).toMatchObject([{ status: { state: "RUNNING" } }]);
});
