// What a service does where its spec is silent (swarmkit api/defaults/service.go).
import type {
  ContainerSpec,
  EndpointSpec,
  RestartPolicy,
  ServiceSpec,
  TaskSpec,
  UpdateConfig,
} from "@swarmkit/proto/types";
import { type Millis, toDuration } from "../lib/time.ts";

/** How long a container may take to stop before it is killed. */
export const defaultStopGracePeriodMs: Millis = 10_000;

/** Pause before a failed task's replacement starts. */
export const defaultRestartDelayMs: Millis = 5000;

/** How long a new task is watched for failures in an update. */
export const defaultUpdateMonitorMs: Millis = 5000;

/**
 * For a spec without a restart policy. One that is there without a condition means NONE, the enum's
 * zero.
 */
export const defaultRestartPolicy: RestartPolicy = {
  condition: "ANY",
  delay: toDuration(defaultRestartDelayMs),
  maxAttempts: 0,
};

/**
 * For a spec without update or rollback configuration: one task at a time. A configuration that is
 * there with parallelism 0 means all at once.
 */
export const defaultUpdateConfig: UpdateConfig = {
  parallelism: 1,
  delay: { seconds: 0, nanos: 0 },
  failureAction: "PAUSE",
  monitor: toDuration(defaultUpdateMonitorMs),
  maxFailureRatio: 0,
  order: "STOP_FIRST",
};

export const defaultEndpointSpec: EndpointSpec = { mode: "VIP", ports: [] };

/** The spec with every default written out, as `GetService` shows it when asked to. */
export function insertDefaults(spec: ServiceSpec): ServiceSpec {
  return {
    ...spec,
    task: insertTaskDefaults(spec.task),
    update: insertUpdateDefaults(spec.update),
    rollback: insertUpdateDefaults(spec.rollback),
    endpoint: spec.endpoint ?? defaultEndpointSpec,
  };
}

function insertTaskDefaults(task: TaskSpec): TaskSpec {
  const restart = task.restart ?? defaultRestartPolicy;
  return {
    ...task,
    container: task.container && insertContainerDefaults(task.container),
    resources: task.resources ?? {},
    restart: { ...restart, delay: restart.delay ?? defaultRestartPolicy.delay },
    placement: task.placement ?? {
      constraints: [],
      preferences: [],
      platforms: [],
      maxReplicas: 0,
    },
  };
}

function insertContainerDefaults(container: ContainerSpec): ContainerSpec {
  return {
    ...container,
    stopGracePeriod: container.stopGracePeriod ?? toDuration(defaultStopGracePeriodMs),
    pullOptions: container.pullOptions ?? { registryAuth: "" },
    dnsConfig: container.dnsConfig ?? { nameservers: [], search: [], options: [] },
  };
}

function insertUpdateDefaults(config: UpdateConfig | undefined): UpdateConfig {
  if (config === undefined) return defaultUpdateConfig;
  return { ...config, monitor: config.monitor ?? defaultUpdateConfig.monitor };
}
