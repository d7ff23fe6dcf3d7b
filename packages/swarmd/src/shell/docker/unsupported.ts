import type { Task } from "@swarmkit/proto/types";
import { attachedNetworks } from "./networks.ts";

/**
 * Why this executor cannot run a task as it is specified, or undefined. What it does not do is
 * refused and never left out in silence: a task without its secret or network would run, and be wrong.
 */
export function findUnsupported(task: Task): string | undefined {
  const { container, attachment, generic } = task.spec;
  if (attachment !== undefined) return "attaching containers to networks is not supported";
  if (generic !== undefined) {
    return `the docker executor runs containers, not tasks of kind "${generic.kind}"`;
  }
  if (container === undefined) return "the task says nothing about what to run";
  if (container.image === "") return "the task names no image: give one with --image";
  if (container.secrets.length > 0) return "secrets are not supported yet: remove them";
  if (container.configs.length > 0) return "configs are not supported yet: remove them";
  if (container.mounts.some(({ type }) => type === "CLUSTER")) {
    return "cluster volumes are not supported yet: use a volume or bind mount";
  }
  if (container.privileges?.credentialSpec !== undefined) {
    return "credential specs are for Windows, which is not supported";
  }
  const overlay = attachedNetworks(task).find(({ driver }) => driver === "overlay");
  if (overlay === undefined) return undefined;
  return `network ${overlay.name} is an overlay, which is not supported yet: use host ports`;
}
