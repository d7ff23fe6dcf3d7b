import type { DeepPartial, ServiceSpec } from "@swarmkit/proto/types";
import { describe, expect, test } from "vitest";
import { aService, aTask, testEpoch } from "../../testing/builders.ts";
import { ControlCaller } from "../../testing/control-caller.ts";
import { refuse } from "../lib/outcome.ts";
import { toTimestamp } from "../lib/time.ts";

const invalidArgument = refuse("invalid-argument", "invalid argument");

function aSpec(init: DeepPartial<ServiceSpec> = {}): DeepPartial<ServiceSpec> {
  return {
    annotations: { name: "web" },
    task: { container: { image: "busybox" } },
    replicated: { replicas: 2 },
    ...init,
  };
}

const hostPort = { targetPort: 80, publishedPort: 8080, publishMode: "HOST" } as const;

describe("creating a service", () => {
  test("stores it with an empty spec version and gives it back", () => {
    const api = new ControlCaller();
    const { service } = api.resultOf("CreateService", { spec: aSpec() });
    expect(service).toMatchObject({
      id: "id-1",
      meta: { version: { index: 1 }, createdAt: toTimestamp(testEpoch) },
      specVersion: { index: 0 },
      spec: { annotations: { name: "web" }, replicated: { replicas: 2 } },
    });
    expect(api.resultOf("GetService", { serviceId: "id-1" }).service).toEqual(service);
  });

  test("is refused when its name is taken, in whatever case", () => {
    const api = new ControlCaller();
    api.resultOf("CreateService", { spec: aSpec() });
    const again = api.call("CreateService", { spec: aSpec({ annotations: { name: "WEB" } }) });
    expect(again).toEqual(
      refuse(
        "already-exists",
        "name conflicts with an existing object: service WEB already exists",
      ),
    );
    expect(api.store.view().count("service")).toBe(1);
  });

  test("is refused without a spec, or with a bad one", () => {
    const api = new ControlCaller();
    expect(api.call("CreateService", {})).toEqual(invalidArgument);
    expect(api.call("CreateService", { spec: aSpec({ replicated: undefined }) })).toEqual(
      refuse("invalid-argument", "Unrecognized service mode"),
    );
  });

  test("shares host ports with others, and never one that the routing mesh has", () => {
    const api = new ControlCaller().add(
      "service",
      aService({
        id: "mesh",
        spec: {
          annotations: { name: "mesh" },
          endpoint: { ports: [{ ...hostPort, publishMode: "INGRESS" }] },
        },
        endpoint: { ports: [{ ...hostPort, publishedPort: 30000, publishMode: "INGRESS" }] },
      }),
      aService({
        id: "host",
        spec: {
          annotations: { name: "host" },
          endpoint: { ports: [{ ...hostPort, publishedPort: 9000 }] },
        },
      }),
    );
    const publish = (publishedPort: number) =>
      api.call("CreateService", {
        spec: aSpec({ endpoint: { ports: [{ ...hostPort, publishedPort }] } }),
      });
    const taken = (port: number) =>
      refuse(
        "invalid-argument",
        `port '${port}' is already in use by service 'mesh' (mesh) as an ingress port`,
      );
    expect([publish(8080), publish(30000)]).toEqual([taken(8080), taken(30000)]);
    expect(publish(9000).ok).toBe(true);
  });
});

describe("reading services", () => {
  test("an unknown one is not found, and no id is an invalid argument", () => {
    const api = new ControlCaller();
    expect(api.call("GetService", {})).toEqual(invalidArgument);
    expect(api.call("GetService", { serviceId: "x" })).toEqual(
      refuse("not-found", "service x not found"),
    );
  });

  test("defaults are written out when asked for, and not stored", () => {
    const api = new ControlCaller();
    api.resultOf("CreateService", { spec: aSpec({ update: { parallelism: 0 } }) });
    const request = { serviceId: "id-1", insertDefaults: true };
    const spec = api.resultOf("GetService", request).service?.spec;
    const five = { seconds: 5, nanos: 0 };
    const { restart, container, resources, placement } = spec?.task ?? {};
    expect(restart).toEqual({ condition: "ANY", delay: five, maxAttempts: 0 });
    expect(container).toMatchObject({
      stopGracePeriod: { seconds: 10, nanos: 0 },
      pullOptions: { registryAuth: "" },
      dnsConfig: { nameservers: [], search: [], options: [] },
    });
    expect(resources).toEqual({});
    expect(placement).toEqual({ constraints: [], preferences: [], platforms: [], maxReplicas: 0 });
    expect(spec?.update).toMatchObject({ parallelism: 0, monitor: five });
    const rollback = { parallelism: 1, failureAction: "PAUSE", order: "STOP_FIRST", monitor: five };
    expect(spec?.rollback).toMatchObject(rollback);
    expect(spec?.endpoint).toEqual({ mode: "VIP", ports: [] });
    expect(api.store.view().get("service", "id-1")?.spec.rollback).toBeUndefined();
  });

  test("are listed by filters, runtimes too", () => {
    const generic = { kind: "VM", payload: { typeUrl: "t", value: new Uint8Array([1]) } };
    const api = new ControlCaller().add(
      "service",
      aService({ id: "a" }),
      aService({
        id: "b",
        spec: { annotations: { name: "vms" }, task: { container: undefined, generic } },
      }),
    );
    const list = (filters?: object) =>
      api.resultOf("ListServices", { filters }).services.map(({ id }) => id);
    expect(list()).toEqual(["a", "b"]);
    expect(list({ runtimes: ["vm"] })).toEqual(["b"]);
    expect(list({ runtimes: ["container", "vm"], names: ["web"] })).toEqual(["a"]);
  });
});

const created = (init?: DeepPartial<ServiceSpec>): ControlCaller => {
  const api = new ControlCaller();
  api.resultOf("CreateService", { spec: aSpec(init) });
  return api;
};
const at = (index: number) => ({ serviceId: "id-1", serviceVersion: { index } });

describe("updating a service", () => {
  test("keeps the spec before, and takes the caller's version as the spec's", () => {
    const api = created();
    const spec = aSpec({ replicated: { replicas: 12 } });
    const { service } = api.resultOf("UpdateService", { ...at(1), spec });
    expect(service).toMatchObject({
      meta: { version: { index: 2 } },
      spec: { replicated: { replicas: 12 } },
      specVersion: { index: 1 },
      previousSpec: { replicated: { replicas: 2 } },
      previousSpecVersion: { index: 0 },
    });
    expect(service?.updateStatus).toBeUndefined();
    expect(api.resultOf("GetService", { serviceId: "id-1" }).service).toEqual(service);
  });

  test("with a stale version is out of sequence, and changes nothing", () => {
    const api = created();
    api.resultOf("UpdateService", { ...at(1), spec: aSpec({ replicated: { replicas: 3 } }) });
    expect(api.call("UpdateService", { ...at(1), spec: aSpec() })).toEqual(
      refuse("unknown", "update out of sequence"),
    );
    expect(api.store.view().get("service", "id-1")?.spec.replicated?.replicas).toBe(3);
  });

  test("rolls back by exchanging the specs", () => {
    const api = created();
    const early = api.call("UpdateService", { ...at(1), spec: aSpec(), rollback: "PREVIOUS" });
    expect(early).toEqual(
      refuse("failed-precondition", "service id-1 does not have a previous spec"),
    );
    const spec = aSpec({ replicated: { replicas: 12 } });
    const index = api.resultOf("UpdateService", { ...at(1), spec }).service?.meta.version.index;
    const back = api.resultOf("UpdateService", { ...at(index ?? 0), spec, rollback: "PREVIOUS" });
    expect(back.service).toMatchObject({
      spec: { replicated: { replicas: 2 } },
      specVersion: { index: 0 },
      previousSpec: { replicated: { replicas: 12 } },
      previousSpecVersion: { index: 1 },
      updateStatus: {
        state: "ROLLBACK_STARTED",
        message: "manually requested rollback",
        startedAt: toTimestamp(testEpoch),
      },
    });
  });
});

describe("an update of a service", () => {
  test("cannot rename it or change its networks, and needs its id, version and spec", () => {
    const api = created();
    api.add(
      "service",
      aService({ id: "old", spec: { annotations: { name: "old" }, networks: [{ target: "n" }] } }),
    );
    const old = { serviceId: "old", serviceVersion: { index: 2 } };
    expect([
      api.call("UpdateService", { ...at(1), spec: aSpec({ annotations: { name: "other" } }) }),
      api.call("UpdateService", { ...old, spec: aSpec({ annotations: { name: "old" } }) }),
      api.call("UpdateService", { serviceId: "x", serviceVersion: { index: 1 }, spec: aSpec() }),
      api.call("UpdateService", { serviceVersion: { index: 1 }, spec: aSpec() }),
      api.call("UpdateService", { serviceId: "id-1", spec: aSpec() }),
      api.call("UpdateService", at(1)),
    ]).toEqual([
      refuse("unimplemented", "renaming services is not supported"),
      refuse("unimplemented", "networks must be migrated to TaskSpec before being changed"),
      refuse("not-found", "service x not found"),
      invalidArgument,
      invalidArgument,
      invalidArgument,
    ]);
  });

  test("cannot change its mode", () => {
    const api = new ControlCaller().add("service", aService({ id: "id-1", spec: { global: {} } }));
    expect(api.call("UpdateService", { ...at(1), spec: aSpec() })).toEqual(
      refuse("unimplemented", "service mode change is not allowed"),
    );
  });

  test("does not take its own ports for another's", () => {
    const endpoint = { ports: [{ ...hostPort, publishMode: "INGRESS" }] } as const;
    const service = aService({ id: "id-1", spec: { endpoint }, endpoint });
    const api = new ControlCaller().add("service", service);
    const spec = aSpec({ endpoint: { ports: [hostPort] } });
    expect(api.call("UpdateService", { ...at(1), spec }).ok).toBe(true);
  });

  test("forgets how the update before it went", () => {
    const updateStatus = { state: "PAUSED", message: "update paused" } as const;
    const api = new ControlCaller().add("service", aService({ id: "id-1", updateStatus }));
    const { service } = api.resultOf("UpdateService", { ...at(1), spec: aSpec() });
    expect(service?.updateStatus).toBeUndefined();
  });
});

test("removing a service removes the object and leaves its tasks to the orchestrators", () => {
  const api = new ControlCaller().add("service", aService()).add("task", aTask());
  expect(api.call("RemoveService", { serviceId: "service-1" })).toEqual({ ok: true, value: {} });
  expect(api.call("RemoveService", { serviceId: "service-1" })).toEqual(
    refuse("not-found", "service service-1 not found"),
  );
  expect(api.call("RemoveService", {})).toEqual(invalidArgument);
  expect(api.store.view().count("task")).toBe(1);
});

test("statuses count tasks, of unknown services and of jobs' current runs too", () => {
  const job = { jobIteration: { index: 2 } };
  const api = new ControlCaller()
    .add(
      "service",
      aService({ id: "r", spec: { annotations: { name: "r" }, replicated: { replicas: 5 } } }),
      aService({ id: "g", spec: { annotations: { name: "g" }, global: {} } }),
      aService({
        id: "j",
        spec: {
          annotations: { name: "j" },
          replicatedJob: { maxConcurrent: 3, totalCompletions: 9 },
        },
        jobStatus: job,
      }),
      aService({
        id: "gj",
        spec: { annotations: { name: "gj" }, globalJob: {} },
        jobStatus: job,
      }),
    )
    .add(
      "task",
      aTask({ id: "1", serviceId: "r", status: { state: "RUNNING" } }),
      aTask({ id: "2", serviceId: "r", status: { state: "COMPLETE" } }),
      aTask({ id: "3", serviceId: "g", status: { state: "PENDING" } }),
      aTask({ id: "4", serviceId: "g", status: { state: "RUNNING" }, desiredState: "SHUTDOWN" }),
      aTask({ id: "5", serviceId: "j", status: { state: "COMPLETE" }, ...job }),
      aTask({ id: "6", serviceId: "j", status: { state: "COMPLETE" }, jobIteration: { index: 1 } }),
      aTask({ id: "8", serviceId: "gj", desiredState: "COMPLETE", ...job }),
      aTask({
        id: "9",
        serviceId: "gj",
        desiredState: "COMPLETE",
        status: { state: "COMPLETE" },
        ...job,
      }),
      aTask({ id: "7", serviceId: "gone", status: { state: "RUNNING" } }),
    );
  const { statuses } = api.resultOf("ListServiceStatuses", {
    services: ["r", "g", "j", "gj", "gone"],
  });
  expect(statuses).toEqual([
    { serviceId: "r", desiredTasks: 5, runningTasks: 1, completedTasks: 0 },
    { serviceId: "g", desiredTasks: 1, runningTasks: 1, completedTasks: 0 },
    { serviceId: "j", desiredTasks: 3, runningTasks: 0, completedTasks: 1 },
    { serviceId: "gj", desiredTasks: 1, runningTasks: 0, completedTasks: 1 },
    { serviceId: "gone", desiredTasks: 0, runningTasks: 1, completedTasks: 0 },
  ]);
});
