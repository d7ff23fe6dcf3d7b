import type { Task } from "@swarmkit/proto/types";

/** A task's name: its own if it has one, else `SERVICE.SLOT.ID`, with the node's id in place of slot 0. */
export function taskName(task: Task): string {
  if (task.annotations.name !== "") return task.annotations.name;
  const place = task.slot === 0 ? task.nodeId : String(task.slot);
  return `${task.serviceAnnotations.name}.${place}.${task.id}`;
}
