import type { DeepPartial, PortConfig, Service, Task } from "@swarmkit/proto/types";
import { describe, expect, it } from "vitest";
import { aService, aTask, testEpoch } from "../../testing/builders.ts";
import { ComponentHarness } from "../../testing/component-harness.ts";
import { Allocator } from "./allocator.ts";

const hostPort: DeepPartial<PortConfig> = {
  protocol: "TCP",
  targetPort: 80,
  publishedPort: 8080,
  publishMode: "HOST",
};

function started(): ComponentHarness {
  const harness = new ComponentHarness([new Allocator()]);
  harness.start();
  return harness;
}

function aPublishingService(port: DeepPartial<PortConfig>): Service {
  return aService({ spec: { endpoint: { ports: [port] } } });
}

function aPublishingTask(port: DeepPartial<PortConfig>, id = "task-1"): Task {
  return aTask({ id, endpoint: { spec: { ports: [port] } } });
}

describe("tasks without network needs", () => {
  it("a NEW task becomes PENDING", () => {
    const harness = started();
    harness.create("service", aService());
    harness.create("task", aTask());
    expect(harness.get("task", "task-1").status).toMatchObject({
      state: "PENDING",
      message: "pending task scheduling",
      err: "",
      timestamp: { seconds: testEpoch / 1000, nanos: 0 },
    });
  });

  it("tasks that were there before the leader became one are passed at its start", () => {
    const harness = new ComponentHarness([new Allocator()]);
    harness.create("task", aTask(), aTask({ id: "task-2", status: { state: "RUNNING" } }));
    expect(harness.get("task", "task-1").status.state).toBe("NEW");
    harness.start();
    expect(harness.get("task", "task-1").status.state).toBe("PENDING");
    expect(harness.get("task", "task-2").status.state).toBe("RUNNING");
  });

  it("a task is written once: its own PENDING event sets nothing off", () => {
    const harness = started();
    harness.create("task", aTask());
    expect(harness.commits.length).toBe(2);
  });

  it("a task that is gone in the newest state is left alone", () => {
    const harness = started();
    harness.batch((store) => {
      store.update((transaction) => transaction.create("task", aTask()));
    });
    harness.batch((store) => {
      store.update((transaction) => transaction.remove("task", "task-1"));
    });
    harness.settle();
    expect(harness.view.count("task")).toBe(0);
    expect(harness.commits.flatMap(({ events }) => events.map(({ kind }) => kind))).not.toContain(
      "update",
    );
  });
});

describe("host-mode ports", () => {
  it("are copied to the service's endpoint and to its tasks", () => {
    const harness = started();
    harness.create("service", aPublishingService(hostPort));
    const service = harness.get("service", "service-1");
    expect(service.endpoint).toEqual({
      spec: service.spec.endpoint,
      ports: service.spec.endpoint?.ports,
      virtualIps: [],
    });
    harness.create("task", aPublishingTask(hostPort));
    expect(harness.get("task", "task-1").endpoint).toEqual(service.endpoint);
  });

  it("a service without an endpoint spec is not written to, and loses ports that it had", () => {
    const harness = started();
    harness.create("service", aService());
    expect(harness.get("service", "service-1").endpoint).toBeUndefined();
    expect(harness.commits.length).toBe(1);

    const { spec } = harness.get("service", "service-1");
    harness.patch("service", "service-1", aPublishingServiceSpec());
    expect(harness.get("service", "service-1").endpoint?.ports.length).toBe(1);
    harness.patch("service", "service-1", { spec });
    expect(harness.get("service", "service-1").endpoint?.ports).toEqual([]);
  });

  it("a task of an older spec keeps its own endpoint, so that it is not taken for up to date", () => {
    const harness = started();
    harness.create("service", aPublishingService(hostPort));
    const older = aPublishingTask({ ...hostPort, publishedPort: 9090 });
    harness.create("task", older);
    const { endpoint } = harness.get("task", "task-1");
    expect(endpoint?.spec).toEqual(older.endpoint?.spec);
    expect(endpoint?.ports.map((port) => port.publishedPort)).toEqual([9090]);
  });
});

describe("tasks that need networks", () => {
  it.each([
    [
      "a named network",
      aTask({ spec: { networks: [{ target: "backend" }] } }),
      'network "backend" cannot be attached: networks are not supported yet; update the service without networks',
    ],
    [
      "an ingress port",
      aPublishingTask({ targetPort: 80, publishMode: "INGRESS" }),
      "port 80 cannot be published through the ingress network: networks are not supported yet; publish it with mode host",
    ],
    [
      "an attachment",
      aTask({ spec: { container: undefined, attachment: { containerId: "c1" } } }),
      "network attachments are not supported yet: this task cannot be started",
    ],
  ])("a task with %s stays NEW and says why", (_need, task, err) => {
    const harness = started();
    harness.create("service", aService());
    harness.create("task", task);
    expect(harness.get("task", "task-1").status).toMatchObject({ state: "NEW", err });
    expect(harness.commits.length).toBe(3);
  });

  it("a service's own networks hold its tasks back, until an update drops them", () => {
    const harness = started();
    harness.create("service", aService({ spec: { networks: [{ target: "backend" }] } }));
    harness.create("task", aTask());
    expect(harness.get("task", "task-1").status.state).toBe("NEW");
    harness.patch("service", "service-1", { spec: aService().spec });
    expect(harness.get("task", "task-1").status).toMatchObject({ state: "PENDING", err: "" });
  });

  it("a service with ingress ports gets no endpoint", () => {
    const harness = started();
    harness.create("service", aPublishingService({ ...hostPort, publishMode: "INGRESS" }));
    expect(harness.get("service", "service-1").endpoint).toBeUndefined();
  });
});

function aPublishingServiceSpec(): Pick<Service, "spec"> {
  return { spec: aPublishingService(hostPort).spec };
}
