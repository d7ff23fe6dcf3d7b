import type { ContainerSpec, PortConfig, Task } from "@swarmkit/proto/types";
import { hostPorts } from "../executor/host-ports.ts";

/** What a container can do and a plain process of the host cannot, in the words of swarmctl's flags. */
const containerOnly: readonly (readonly [string, (container: ContainerSpec) => boolean])[] = [
  ["a user (--user)", ({ user }) => user !== ""],
  ["groups (--group)", ({ groups }) => groups.length > 0],
  ["mounts (--mount)", ({ mounts }) => mounts.length > 0],
  ["secrets (--secret)", ({ secrets }) => secrets.length > 0],
  ["configs (--config)", ({ configs }) => configs.length > 0],
  ["a host name (--hostname)", ({ hostname }) => hostname !== ""],
  ["a terminal (--tty)", ({ tty }) => tty],
  ["an open stdin (--interactive)", ({ openStdin }) => openStdin],
  ["a read-only file system (--read-only)", ({ readOnly }) => readOnly],
  ["DNS settings (--dns)", ({ dnsConfig }) => isAsking(dnsConfig)],
  ["hosts entries (--host)", ({ hosts }) => hosts.length > 0],
  ["a health check (--health-cmd)", ({ healthcheck }) => isHealthCheck(healthcheck?.test ?? [])],
  ["a process limit (--limit-pids)", ({ pidsLimit }) => pidsLimit > 0],
  ["kernel parameters (--sysctl)", ({ sysctls }) => Object.keys(sysctls).length > 0],
  ["capabilities (--cap-add)", ({ capabilityAdd }) => capabilityAdd.length > 0],
  ["capabilities (--cap-drop)", ({ capabilityDrop }) => capabilityDrop.length > 0],
  ["limits of the process (--ulimit)", ({ ulimits }) => ulimits.length > 0],
  ["privileges", ({ privileges }) => isAsking(privileges)],
];

/**
 * Why a task cannot run as a process of the host, or undefined. The image is the one thing that is
 * passed over: without an engine there is none, and the task's command stands for it.
 */
export function findUnsupported(task: Task): string | undefined {
  const { container, resources } = task.spec;
  if (container === undefined) return "the process executor runs commands only";
  if (commandOf(container).length === 0) {
    return (
      "there is no Docker engine on this node to run the image's own command: " +
      "give the service a command, e.g. --command, or use a node with Docker"
    );
  }
  const asked = containerOnly.find(([, isAsked]) => isAsked(container))?.[0];
  if (asked !== undefined) return needsDocker(asked);
  const { nanoCpus = 0, memoryBytes = 0 } = resources?.limits ?? {};
  if (nanoCpus > 0 || memoryBytes > 0) return needsDocker("a limit on CPU or memory");
  if (task.networks.length > 0) return needsDocker("a network");
  const mapped = hostPorts(task).find(isMapped);
  if (mapped === undefined) return undefined;
  return (
    `port ${mapped.publishedPort} cannot lead to port ${mapped.targetPort}: ` +
    "a process has the host's ports, so publish the same port that it listens on"
  );
}

/** Program and arguments; as with an image that has no entry point, arguments alone are a command. */
export function commandOf({ command, args }: ContainerSpec): readonly string[] {
  return [...command, ...args];
}

/** Whether any field is set: Docker's CLI sends messages that ask for nothing, such as DNS settings. */
function isAsking(message: object | undefined): boolean {
  return Object.values(message ?? {}).some((value: unknown) =>
    Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false,
  );
}

function isHealthCheck(test: readonly string[]): boolean {
  return test.length > 0 && test[0] !== "NONE";
}

function isMapped({ targetPort, publishedPort }: PortConfig): boolean {
  return publishedPort !== targetPort;
}

function needsDocker(what: string): string {
  return `${what} needs a container, and this node runs plain processes: use a node with Docker`;
}
