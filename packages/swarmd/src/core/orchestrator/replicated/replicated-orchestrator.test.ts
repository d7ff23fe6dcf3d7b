import { expect, test } from "vitest";
import { aService } from "../../../testing/builders.ts";
import { aStartedWorld, aReplicatedWorld as aWorld } from "../../../testing/orchestration-world.ts";

test("a new service gets one task for each replica, in slots from 1", () => {
  const world = aStartedWorld(3);
  expect(world.summary()).toEqual(["1 RUNNING/RUNNING", "2 RUNNING/RUNNING", "3 RUNNING/RUNNING"]);
});

test("a service that was there before the leader gets its tasks", () => {
  const world = aWorld();
  world.createService({ spec: { replicated: { replicas: 2 } } });
  expect(world.summary()).toEqual([]);
  world.harness.start();
  expect(world.wanted()).toHaveLength(2);
});

test("a task is made from its service's spec and version", () => {
  const world = aWorld({ isWithoutWorkers: true });
  world.harness.start();
  const endpoint = { mode: "DNSRR", ports: [] } as const;
  world.createService({ specVersion: { index: 7 }, spec: { endpoint } });
  const [task] = world.tasks();
  expect(task?.spec).toEqual(world.service().spec.task);
  expect(task?.specVersion).toEqual({ index: 7 });
  expect(task?.endpoint?.spec).toEqual(world.service().spec.endpoint);
  expect(task?.status).toMatchObject({ state: "NEW", message: "created" });
  expect(task?.serviceAnnotations.name).toBe("web");
});

test("the cluster's log driver is used where the service names none", () => {
  const world = aWorld({ isWithoutWorkers: true });
  const cluster = world.harness.get("cluster", "cluster-1");
  const logDriver = { name: "journald", options: {} };
  world.harness.patch("cluster", cluster.id, {
    spec: { ...cluster.spec, taskDefaults: { logDriver } },
  });
  world.harness.start();
  world.createService();
  world.createService({
    id: "service-2",
    spec: { annotations: { name: "own" }, task: { logDriver: { name: "json-file" } } },
  });
  expect(world.tasks("service-1")[0]?.logDriver?.name).toBe("journald");
  expect(world.tasks("service-2")[0]?.logDriver?.name).toBe("json-file");
});

test("a service that grows gets tasks in the lowest free slots", () => {
  const world = aStartedWorld(2);
  world.scale(4);
  expect(world.wanted().map((task) => task.slot)).toEqual([1, 2, 3, 4]);
});

test("a service that shrinks has its surplus removed", () => {
  const world = aStartedWorld(4);
  world.scale(1);
  expect(world.wanted()).toHaveLength(1);
  expect(world.summary().filter((line) => line.includes("REMOVE"))).toHaveLength(3);
});

test("a slot that was scaled away is filled again although its old task is still there", () => {
  const world = aStartedWorld(2);
  world.scale(1);
  world.scale(2);
  expect(world.wanted().map((task) => task.slot)).toEqual([1, 2]);
});

test("a slot of a service that is never restarted is filled again after it was scaled away", () => {
  const world = aStartedWorld(2, { service: { task: { restart: { condition: "NONE" } } } });
  world.setImage("new:1");
  world.harness.advance(60_000);
  world.scale(1);
  world.scale(2);
  expect(world.wanted().map((task) => task.slot)).toEqual([1, 2]);
});

test("the history of a slot that is scaled away goes with it", () => {
  const world = aStartedWorld(2);
  world.setImage("new:1");
  world.scale(1);
  expect(world.summary()).toEqual([
    "1 SHUTDOWN/SHUTDOWN",
    "1 RUNNING/RUNNING",
    "2 REMOVE/SHUTDOWN",
    "2 REMOVE/SHUTDOWN",
  ]);
});

test("what is left of slots that were scaled away is taken out at the next change", () => {
  const world = aStartedWorld(3);
  world.scale(1);
  expect(world.tasks()).toHaveLength(3);
  world.updateSpec((spec) => ({ annotations: { ...spec.annotations, labels: { a: "b" } } }));
  expect(world.summary()).toEqual(["1 RUNNING/RUNNING"]);
});

test("a task of such a slot that has not stopped yet is kept until it has", () => {
  const world = aStartedWorld(2);
  world.workers.conductOf = () => "never-stops";
  world.scale(1);
  world.updateSpec((spec) => ({ annotations: { ...spec.annotations, labels: { a: "b" } } }));
  expect(world.summary()).toEqual(["1 RUNNING/RUNNING", "2 REMOVE/RUNNING"]);
});

test("zero replicas leave nothing wanted", () => {
  const world = aStartedWorld(2);
  world.scale(0);
  expect(world.wanted()).toEqual([]);
});

test("a deleted task is made anew in its slot", () => {
  const world = aStartedWorld(3);
  const second = world.tasks()[1];
  world.harness.remove("task", second?.id ?? "");
  expect(world.summary()).toEqual(["1 RUNNING/RUNNING", "2 RUNNING/RUNNING", "3 RUNNING/RUNNING"]);
  expect(world.tasks()[1]?.id).not.toBe(second?.id);
});

test("a removed service has all its tasks removed", () => {
  const world = aStartedWorld(2);
  world.harness.remove("service", "service-1");
  expect(world.summary()).toEqual(["1 REMOVE/SHUTDOWN", "2 REMOVE/SHUTDOWN"]);
});

test("services of other modes are left alone", () => {
  const world = aWorld();
  world.harness.start();
  world.createService({ spec: { global: {} } });
  world.createService({ id: "job", spec: { annotations: { name: "job" }, replicatedJob: {} } });
  expect(world.harness.view.count("task")).toBe(0);
});

test("an event that comes late, after its service is gone, makes no tasks", () => {
  const world = aWorld({ isWithoutWorkers: true });
  world.harness.start();
  world.harness.batch((store) => {
    store.update((transaction) => transaction.create("service", aService()));
  });
  world.harness.batch((store) => {
    store.update((transaction) => transaction.remove("service", "service-1"));
  });
  world.harness.settle();
  expect(world.harness.view.count("task")).toBe(0);
});
