import type { Cluster, Service, Task } from "@swarmkit/proto/types";
import { type Millis, toTimestamp } from "../lib/time.ts";
import { emptyAnnotations, emptyMeta } from "./empty.ts";

/** What a task is made from. */
export interface NewTaskOptions {
  readonly id: string;
  readonly service: Service;
  /** Gives the default log driver; a swarm without a cluster object has none. */
  readonly cluster: Cluster | undefined;
  /** From 1 for replicated services, from 0 for replicated jobs, 0 for global modes. */
  readonly slot: number;
  /** Set for global modes only: others get their node from the scheduler. */
  readonly nodeId: string;
  readonly now: Millis;
}

/** A task as its orchestrator makes it: NEW, wanted RUNNING (a job's: wanted COMPLETE). */
export function newTask(options: NewTaskOptions): Task {
  const { id, service, cluster, slot, nodeId, now } = options;
  const isJob = service.spec.replicatedJob !== undefined || service.spec.globalJob !== undefined;
  return {
    id,
    meta: emptyMeta,
    spec: service.spec.task,
    serviceId: service.id,
    slot,
    nodeId,
    annotations: emptyAnnotations,
    serviceAnnotations: service.spec.annotations,
    status: {
      timestamp: toTimestamp(now),
      state: "NEW",
      message: "created",
      err: "",
      container: undefined,
      portStatus: undefined,
      appliedBy: "",
      appliedAt: undefined,
    },
    desiredState: isJob ? "COMPLETE" : "RUNNING",
    networks: [],
    // Ports and virtual addresses are the allocator's to fill in.
    endpoint: { spec: service.spec.endpoint, ports: [], virtualIps: [] },
    logDriver: service.spec.task.logDriver ?? cluster?.spec.taskDefaults.logDriver,
    specVersion: service.specVersion,
    assignedGenericResources: [],
    jobIteration: isJob ? service.jobStatus?.jobIteration : undefined,
    volumes: [],
  };
}
