import type { Task } from "@swarmkit/proto/types";
import type { CommandContext } from "../context.ts";
import type { NamesById } from "../format/names.ts";
import { isPastRunning } from "../format/task-state.ts";
import { formatSlotTable } from "../format/task-table.ts";

/** The table of tasks below an inspection: nothing when there never was a task. */
export function formatTasksBelow(
  { nowMs }: CommandContext,
  tasks: readonly Task[],
  options: { readonly all: boolean | undefined; readonly nodeNames: NamesById },
): string {
  if (tasks.length === 0) return "";
  const shown =
    options.all === true ? tasks : tasks.filter((task) => !isPastRunning(task.desiredState));
  const facts = { serviceNames: new Map(), nodeNames: options.nodeNames, nowMs };
  return `\n${formatSlotTable(shown, facts)}`;
}
