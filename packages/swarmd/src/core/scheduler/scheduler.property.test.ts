// Random clusters and histories against a plain model that adds everything up anew.
import type { Node, Task } from "@swarmkit/proto/types";
import fc from "fast-check";
import { expect, it } from "vitest";
import { aNode, aService, aTask } from "../../testing/builders.ts";
import { ComponentHarness } from "../../testing/component-harness.ts";
import type { ReadView } from "../store/types.ts";
import { Scheduler } from "./scheduler.ts";

const zones = ["east", "west"] as const;

const nodeShape = fc.record({
  cpus: fc.integer({ min: 1, max: 4 }),
  zone: fc.constantFrom(...zones),
  isActive: fc.constantFrom(true, true, true, false),
});

const serviceShape = fc.record({
  cpus: fc.integer({ min: 0, max: 2 }),
  zone: fc.option(fc.constantFrom(...zones)),
  maxReplicas: fc.integer({ min: 0, max: 2 }),
  port: fc.option(fc.integer({ min: 80, max: 81 })),
  isSpread: fc.boolean(),
});

const stepShape = fc.oneof(
  fc.record({
    kind: fc.constant("tasks" as const),
    service: fc.nat(2),
    count: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({ kind: fc.constant("end" as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant("unwant" as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant("toggle" as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant("add-node" as const), node: nodeShape }),
  fc.record({ kind: fc.constant("remove-node" as const), pick: fc.nat() }),
);

type NodeShape = typeof nodeShape extends fc.Arbitrary<infer T> ? T : never;
type ServiceShape = typeof serviceShape extends fc.Arbitrary<infer T> ? T : never;
type Step = typeof stepShape extends fc.Arbitrary<infer T> ? T : never;

it("never places what does not fit, and never leaves waiting what does", () => {
  fc.assert(
    fc.property(
      fc.array(nodeShape, { maxLength: 4 }),
      fc.array(serviceShape, { minLength: 3, maxLength: 3 }),
      fc.array(stepShape, { minLength: 10, maxLength: 25 }),
      (nodeShapes, serviceShapes, steps) => {
        const world = new World(nodeShapes, serviceShapes);
        for (const step of steps) {
          world.take(step);
          world.check();
        }
      },
    ),
    { numRuns: 150 },
  );
});

it("where nothing restricts, node loads of a service differ by one at most", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }),
      (nodeCount, batches) => {
        const harness = new ComponentHarness([new Scheduler()]);
        harness.create("service", aService());
        const nodes = Array.from({ length: nodeCount }, (_, index) =>
          aNode({ id: `node-${index}` }),
        );
        harness.create("node", ...nodes);
        harness.start();
        for (const [round, count] of batches.entries()) {
          const tasks = Array.from({ length: count }, (_, index) =>
            aTask({
              id: `${round}-${index}`,
              specVersion: { index: 1 },
              status: { state: "PENDING" },
            }),
          );
          harness.create("task", ...tasks);
        }
        const loads = nodes.map(({ id }) => tasksOf(harness.view, id).length);
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 50 },
  );
});

class World {
  readonly #harness = new ComponentHarness([new Scheduler()]);
  readonly #services: readonly ServiceShape[];
  #created = 0;
  #checked = 0;

  constructor(nodes: readonly NodeShape[], services: readonly ServiceShape[]) {
    this.#services = services;
    for (const position of services.keys()) {
      const annotations = { name: `service-${position}` };
      const service = aService({ id: `service-${position}`, spec: { annotations } });
      this.#harness.create("service", service);
    }
    for (const node of nodes) this.#addNode(node);
    this.#harness.start();
  }

  take(step: Step): void {
    switch (step.kind) {
      case "tasks":
        this.#addTasks(step.service, step.count);
        break;
      case "end":
        this.#patchTask(step.pick, (task) => ({ status: { ...task.status, state: "FAILED" } }));
        break;
      case "unwant":
        this.#patchTask(step.pick, () => ({ desiredState: "SHUTDOWN" }));
        break;
      case "toggle":
        this.#patchNode(step.pick);
        break;
      case "add-node":
        this.#addNode(step.node);
        break;
      case "remove-node": {
        const node = pick(this.#harness.view.find("node", { by: "all" }), step.pick);
        if (node !== undefined) this.#harness.remove("node", node.id);
        break;
      }
    }
  }

  check(): void {
    const { view, commits } = this.#harness;
    for (const { events } of commits.slice(this.#checked)) {
      for (const event of events) {
        if (event.table !== "task" || event.kind !== "update") continue;
        if (event.object.nodeId === event.old.nodeId) continue;
        // Placed just now: the node must be one that takes tasks, and still hold all it has.
        const node = view.get("node", event.object.nodeId);
        expect(node?.spec.availability).toBe("ACTIVE");
        if (node !== undefined) expect(fits(view, node, event.object, 0)).toBe(true);
      }
    }
    this.#checked = commits.length;
    const nodes = view.find("node", { by: "all" });
    for (const task of view.find("task", { by: "task-state", state: "PENDING" })) {
      if (task.desiredState !== "RUNNING") continue;
      expect(nodes.filter((node) => fits(view, node, task, 1)).map(({ id }) => id)).toEqual([]);
      expect(task.status.err).toMatch(/^no suitable node/);
    }
  }

  #addNode({ cpus, zone, isActive }: NodeShape): void {
    this.#created += 1;
    const labels = { zone };
    const spec = { annotations: { labels }, availability: isActive ? "ACTIVE" : "PAUSE" } as const;
    const resources = { nanoCpus: cpus * 1e9 };
    const id = `node-${this.#created}`;
    this.#harness.create("node", aNode({ id, spec, description: { resources } }));
  }

  #addTasks(service: number, count: number): void {
    const shape = this.#services[service];
    if (shape === undefined) return;
    const tasks = Array.from({ length: count }, () => this.#toTask(service, shape));
    this.#harness.create("task", ...tasks);
    // A blocked group hears of its newcomers' reasons within a second.
    this.#harness.advance(1000);
  }

  #toTask(service: number, { cpus, zone, maxReplicas, port, isSpread }: ServiceShape): Task {
    this.#created += 1;
    const spread = { spreadDescriptor: "node.labels.zone" };
    return aTask({
      id: `task-${this.#created}`,
      serviceId: `service-${service}`,
      specVersion: { index: 1 },
      status: { state: "PENDING" },
      spec: {
        resources: { reservations: { nanoCpus: cpus * 1e9 } },
        placement: {
          constraints: zone === null ? [] : [`node.labels.zone==${zone}`],
          maxReplicas,
          preferences: isSpread ? [{ spread }] : [],
        },
      },
      endpoint: {
        ports: port === null ? [] : [{ targetPort: 1, publishedPort: port, publishMode: "HOST" }],
      },
    });
  }

  #patchTask(position: number, change: (task: Task) => Partial<Task>): void {
    const task = pick(this.#harness.view.find("task", { by: "all" }), position);
    if (task !== undefined && task.status.state !== "FAILED") {
      this.#harness.patch("task", task.id, change(task));
    }
  }

  #patchNode(position: number): void {
    const node = pick(this.#harness.view.find("node", { by: "all" }), position);
    if (node === undefined) return;
    const availability = node.spec.availability === "ACTIVE" ? "PAUSE" : "ACTIVE";
    this.#harness.patch("node", node.id, { spec: { ...node.spec, availability } });
  }
}

function pick<T>(items: readonly T[], position: number): T | undefined {
  return items.length === 0 ? undefined : items[position % items.length];
}

/** Tasks that take something of the node. */
function tasksOf(view: ReadView, nodeId: string): readonly Task[] {
  const tasks = view.find("task", { by: "node", nodeId });
  return tasks.filter(({ status }) => status.state === "ASSIGNED" || status.state === "RUNNING");
}

/** Whether the node can hold all that it has and `extra` more tasks like this one. */
function fits(view: ReadView, node: Node, task: Task, extra: 0 | 1): boolean {
  const tasks = tasksOf(view, node.id);
  const all = extra === 1 ? [...tasks, task] : tasks;
  const cpus = all.reduce((sum, item) => sum + reservedCpus(item), 0);
  const ports = all.flatMap((item) => item.endpoint?.ports.map((port) => port.publishedPort) ?? []);
  const replicas = all.filter(
    (item) => item.serviceId === task.serviceId && item.desiredState === "RUNNING",
  ).length;
  const maxReplicas = task.spec.placement?.maxReplicas ?? 0;
  const constraint = task.spec.placement?.constraints[0];
  const { zone } = node.spec.annotations.labels;
  return (
    node.spec.availability === "ACTIVE" &&
    (reservedCpus(task) === 0 || cpus <= (node.description?.resources?.nanoCpus ?? 0)) &&
    new Set(ports).size === ports.length &&
    (maxReplicas === 0 || replicas <= maxReplicas) &&
    (constraint === undefined || constraint === `node.labels.zone==${zone}`)
  );
}

function reservedCpus(task: Task): number {
  return task.spec.resources?.reservations?.nanoCpus ?? 0;
}
