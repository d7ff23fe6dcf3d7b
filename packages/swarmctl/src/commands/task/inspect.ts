import type { Task } from "@swarmkit/proto/types";
import type { CommandContext } from "../../context.ts";
import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { formatTask } from "../../format/inspect-task.ts";
import { formatSlotTable } from "../../format/task-table.ts";
import { findTask } from "../find-object.ts";
import { loadNodeNames, loadServiceNames } from "../load-names.ts";
import { type InspectFlags, inspectFlags, writeInspection } from "../output-flags.ts";

export const taskInspect: AnyCommand = defineCommand<InspectFlags>({
  summary: "Show a task and those before it in its slot",
  argument: { name: "task", completes: "task" },
  flags: inspectFlags,
  async run(context, { names: [wanted], flags }) {
    const task = await findTask(context, wanted);
    await writeInspection(context, flags, task, () => formatWithParents(context, task));
  },
});

async function formatWithParents(context: CommandContext, task: Task): Promise<string> {
  const filters = { serviceIds: [task.serviceId] };
  const [{ tasks }, serviceNames, nodeNames] = await Promise.all([
    context.client.call("ListTasks", { filters }),
    loadServiceNames(context),
    loadNodeNames(context),
  ]);
  const summary = formatTask(task, { serviceNames, nodeNames });
  const sameSlot = tasks.filter(({ slot }) => slot === task.slot);
  if (sameSlot.length === 0) return summary;
  const facts = { serviceNames, nodeNames, nowMs: context.nowMs };
  return `${summary}\n===> Task Parents\n${formatSlotTable(sameSlot, facts)}`;
}
