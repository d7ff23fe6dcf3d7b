// Model objects for tests: defaults that suit most, and the caller names only what matters.
// Ids are readable and times start at a fixed epoch.
import { getCodec } from "@swarmkit/proto";
import type { Cluster, DeepPartial, Node, Service, Task } from "@swarmkit/proto/types";

/** 2026-01-01T00:00:00Z in milliseconds: when every test begins. */
export const testEpoch = 1_767_225_600_000;

/** A task of service `service-1`, slot 1, NEW, wanted RUNNING, that runs `sleep infinity`. */
export function aTask(init: DeepPartial<Task> = {}): Task {
  return getCodec("Task").create({
    id: "task-1",
    serviceId: "service-1",
    serviceAnnotations: { name: "web" },
    slot: 1,
    desiredState: "RUNNING",
    ...init,
    spec: { ...aContainerTaskSpec(), ...init.spec },
    status: { timestamp: { seconds: testEpoch / 1000, nanos: 0 }, state: "NEW", ...init.status },
  });
}

/** A ready, active worker with 4 CPUs and 8 GiB. */
export function aNode(init: DeepPartial<Node> = {}): Node {
  const id = init.id ?? "node-1";
  return getCodec("Node").create({
    id,
    ...init,
    spec: { membership: "ACCEPTED", availability: "ACTIVE", ...init.spec },
    status: { state: "READY", addr: "127.0.0.1", ...init.status },
    description: {
      hostname: id,
      platform: { architecture: "x86_64", os: "linux" },
      resources: { nanoCpus: 4e9, memoryBytes: 8 * 2 ** 30 },
      engine: { engineVersion: "20.10.24" },
      ...init.description,
    },
  });
}

/** A replicated service `web` of one replica. */
export function aService(init: DeepPartial<Service> = {}): Service {
  const mode =
    init.spec?.global || init.spec?.replicatedJob || init.spec?.globalJob
      ? {}
      : { replicated: { replicas: 1 } };
  return getCodec("Service").create({
    id: "service-1",
    specVersion: { index: 0 },
    ...init,
    spec: {
      annotations: { name: "web" },
      ...mode,
      ...init.spec,
      task: { ...aContainerTaskSpec(), ...init.spec?.task },
    },
  });
}

/** The cluster object with SwarmKit's defaults. */
export function aCluster(init: DeepPartial<Cluster> = {}): Cluster {
  return getCodec("Cluster").create({
    id: "cluster-1",
    ...init,
    spec: {
      annotations: { name: "default" },
      orchestration: { taskHistoryRetentionLimit: 5 },
      dispatcher: { heartbeatPeriod: { seconds: 5, nanos: 0 } },
      ...init.spec,
    },
  });
}

function aContainerTaskSpec(): DeepPartial<Task["spec"]> {
  return { container: { image: "swarmkit-test:latest", command: ["sleep", "infinity"] } };
}
