import type { Task } from "@swarmkit/proto/types";
import { compareText, type NamesById } from "./names.ts";
import { formatTable } from "./table.ts";
import { formatAgo, toMs } from "./time.ts";

/** What a table of tasks needs besides the tasks. */
export interface TaskTableFacts {
  readonly serviceNames: NamesById;
  readonly nodeNames: NamesById;
  readonly nowMs: number;
}

const listColumns = ["ID", "Service", "Desired State", "Last State", "Node"];
const slotColumns = ["Task ID", "Service", "Slot", "Image", "Desired State", "Last State", "Node"];

/** The order in which tasks are listed: by service and slot, the newest of a slot first. */
export function sortTasks(tasks: readonly Task[], serviceNames: NamesById): readonly Task[] {
  const nameOf = ({ serviceId }: Task): string => serviceNames.get(serviceId) ?? serviceId;
  return [...tasks].sort(
    (left, right) => compareText(nameOf(left), nameOf(right)) || compareSlots(left, right),
  );
}

/** The table of `task ls`. */
export function formatTaskTable(tasks: readonly Task[], facts: TaskTableFacts): string {
  return formatTable(
    listColumns,
    tasks.map((task) => [
      task.id,
      `${facts.serviceNames.get(task.serviceId) ?? task.serviceId}.${task.slot}`,
      task.desiredState,
      lastState(task, facts),
      facts.nodeNames.get(task.nodeId) ?? task.nodeId,
    ]),
  );
}

/** The table of tasks that follows an inspection, by slot. */
export function formatSlotTable(tasks: readonly Task[], facts: TaskTableFacts): string {
  const rows = [...tasks]
    .sort(compareSlots)
    .map((task) => [
      task.id,
      task.serviceAnnotations.name,
      String(task.slot),
      task.spec.container?.image ?? "",
      task.desiredState,
      lastState(task, facts),
      facts.nodeNames.get(task.nodeId) ?? task.nodeId,
    ]);
  return formatTable(slotColumns, rows, { cellWidthMin: 4, padding: 4 });
}

function lastState({ status }: Task, { nowMs }: TaskTableFacts): string {
  return `${status.state} ${formatAgo(status.timestamp, nowMs)}`.trimEnd();
}

function compareSlots(left: Task, right: Task): number {
  return (
    left.slot - right.slot ||
    toMs(right.meta.createdAt) - toMs(left.meta.createdAt) ||
    compareText(left.id, right.id)
  );
}
