// Objects for tests, with an epoch that does not move.
import type { DeepPartial, Node, Service, Task, Timestamp } from "@swarmkit/proto/types";

/** The time in tests: 2026-03-01T12:00:00Z. */
export const testNowMs: number = Date.UTC(2026, 2, 1, 12);

/** The moment so many seconds before the time in tests. */
export function secondsAgo(seconds: number): Timestamp {
  return { seconds: testNowMs / 1000 - seconds, nanos: 0 };
}

export function aNode(hostname: string, parts: DeepPartial<Node> = {}): DeepPartial<Node> {
  return {
    id: `node${hostname}id`,
    meta: { version: { index: 7 } },
    spec: { membership: "ACCEPTED", availability: "ACTIVE" },
    description: { hostname },
    status: { state: "READY", addr: "10.0.0.1" },
    ...parts,
  };
}

export function aService(name: string, parts: DeepPartial<Service> = {}): DeepPartial<Service> {
  return {
    id: `service${name}id`,
    meta: { version: { index: 11 } },
    spec: {
      annotations: { name },
      task: { container: { image: "busybox:1.36" } },
      replicated: { replicas: 2 },
    },
    ...parts,
  };
}

/** A running task of `aService(service)` on `aNode("a")`. */
export function aTask(
  service: string,
  slot: number,
  parts: DeepPartial<Task> = {},
): DeepPartial<Task> {
  return {
    id: `task${service}${slot}`,
    meta: { version: { index: 13 }, createdAt: secondsAgo(300) },
    annotations: { name: `${service}.${slot}.task${service}${slot}` },
    serviceAnnotations: { name: service },
    serviceId: `service${service}id`,
    slot,
    nodeId: "nodeaid",
    spec: { container: { image: "busybox:1.36" } },
    status: { state: "RUNNING", timestamp: secondsAgo(180), message: "started" },
    desiredState: "RUNNING",
    ...parts,
  };
}
