// What a service keeps one live task for: a slot, or a node if the service is global. Its tasks,
// one live and the rest history, follow each other there.
import type { Service, Task } from "@swarmkit/proto/types";
import type { ReadView } from "../store/types.ts";

export interface Instance {
  readonly serviceId: string;
  /** 0 in global modes. */
  readonly slot: number;
  /** Empty unless the service is of a global mode. */
  readonly nodeId: string;
}

export function isReplicated(service: Service): boolean {
  return service.spec.replicated !== undefined;
}

export function isGlobal(service: Service): boolean {
  return service.spec.global !== undefined || service.spec.globalJob !== undefined;
}

export function isJob(service: Service): boolean {
  return service.spec.replicatedJob !== undefined || service.spec.globalJob !== undefined;
}

export function instanceOf(task: Task, service: Service): Instance {
  return isGlobal(service)
    ? { serviceId: task.serviceId, slot: 0, nodeId: task.nodeId }
    : { serviceId: task.serviceId, slot: task.slot, nodeId: "" };
}

/** Unique among all instances of all services. */
export function instanceKey(instance: Instance): string {
  return `${instance.serviceId}/${instance.slot}/${instance.nodeId}`;
}

/**
 * All tasks of the instance, whatever their state. Costs their number, or that of the node's tasks.
 */
export function findInstanceTasks(view: ReadView, instance: Instance): readonly Task[] {
  const { serviceId, slot, nodeId } = instance;
  if (nodeId === "") return view.find("task", { by: "slot", serviceId, slot });
  const onNode = view.find("task", { by: "node", nodeId });
  return onNode.filter((task) => task.serviceId === serviceId);
}
