// A task as the engine's container, one field after the other. Pure, so that every field has a test.
import type { GenericResource, HealthConfig, Task } from "@swarmkit/proto/types";
import type { ContainerCreateOptions } from "dockerode";
import { taskName } from "../../core/model/naming.ts";
import { hostPorts } from "../executor/host-ports.ts";
import { stopGraceMs } from "../executor/stop-grace.ts";
import { toHostConfig } from "./host-config.ts";
import { portKey } from "./ports.ts";

/** Labels by which containers are found again; dockerd's own swarm mode uses the same. */
export const taskLabels = {
  mark: "com.docker.swarm.task",
  taskId: "com.docker.swarm.task.id",
  taskName: "com.docker.swarm.task.name",
  nodeId: "com.docker.swarm.node.id",
  serviceId: "com.docker.swarm.service.id",
  serviceName: "com.docker.swarm.service.name",
} as const;

type HealthCheck = NonNullable<ContainerCreateOptions["Healthcheck"]>;

/** What to create for a task whose specification `findUnsupported` has let pass. */
export function toContainerConfig(task: Task): ContainerCreateOptions {
  const container = task.spec.container;
  if (container === undefined) throw new Error(`task ${task.id} runs no container`);
  const { command, args, healthcheck } = container;
  return {
    name: taskName(task),
    Image: container.image,
    Env: [...container.env, ...toResourceVariables(task.assignedGenericResources)],
    Labels: toLabels(task),
    Tty: container.tty,
    OpenStdin: container.openStdin,
    StopTimeout: Math.ceil(stopGraceMs(task) / 1000),
    HostConfig: toHostConfig(task),
    ...(command.length > 0 && { Entrypoint: [...command] }),
    ...(args.length > 0 && { Cmd: [...args] }),
    ...(container.hostname !== "" && { Hostname: container.hostname }),
    ...(container.user !== "" && { User: container.user }),
    ...(container.dir !== "" && { WorkingDir: container.dir }),
    ...(container.stopSignal !== "" && { StopSignal: container.stopSignal }),
    ...(healthcheck !== undefined && { Healthcheck: toHealthCheck(healthcheck) }),
    ...toExposedPorts(task),
  };
}

/** Labels of the container's specification, then the task's own, then ours, which win. */
function toLabels(task: Task): Record<string, string> {
  return {
    ...task.spec.container?.labels,
    ...task.annotations.labels,
    [taskLabels.mark]: "",
    [taskLabels.taskId]: task.id,
    [taskLabels.taskName]: taskName(task),
    [taskLabels.nodeId]: task.nodeId,
    [taskLabels.serviceId]: task.serviceId,
    [taskLabels.serviceName]: task.serviceAnnotations.name,
  };
}

function toExposedPorts(task: Task): Pick<ContainerCreateOptions, "ExposedPorts"> {
  const ports = hostPorts(task);
  if (ports.length === 0) return {};
  return { ExposedPorts: Object.fromEntries(ports.map((port) => [portKey(port), {}])) };
}

/** The resources that the scheduler assigned, as SwarmKit names them to the program. */
function toResourceVariables(resources: readonly GenericResource[]): string[] {
  const values = new Map<string, string[]>();
  for (const { namedResourceSpec: named, discreteResourceSpec: discrete } of resources) {
    const kind = named?.kind ?? discrete?.kind ?? "";
    const value = named?.value ?? String(discrete?.value ?? 0);
    values.set(kind, [...(values.get(kind) ?? []), value]);
  }
  return [...values].map(
    ([kind, list]) => `${`DOCKER_RESOURCE_${kind}`.toUpperCase()}=${list.join(",")}`,
  );
}

function toHealthCheck(health: HealthConfig): HealthCheck {
  return {
    Test: [...health.test],
    Retries: health.retries,
    ...(health.interval && { Interval: toNanoseconds(health.interval) }),
    ...(health.timeout && { Timeout: toNanoseconds(health.timeout) }),
    ...(health.startPeriod && { StartPeriod: toNanoseconds(health.startPeriod) }),
    ...(health.startInterval && { StartInterval: toNanoseconds(health.startInterval) }),
  };
}

function toNanoseconds(duration: { readonly seconds: number; readonly nanos: number }): number {
  return duration.seconds * 1e9 + duration.nanos;
}
