import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { isPastRunning, liveTaskStates } from "../../format/task-state.ts";
import { formatTaskTable, sortTasks } from "../../format/task-table.ts";
import { loadNodeNames, loadServiceNames } from "../load-names.ts";
import { allTasksFlag, type ListFlags, listFlags, writeList } from "../output-flags.ts";

interface Flags extends ListFlags {
  readonly all: boolean;
}

export const taskLs: AnyCommand = defineCommand<Flags>({
  summary: "List tasks",
  flags: { ...listFlags, all: allTasksFlag },
  async run(context, { flags }) {
    const request = flags.all === true ? {} : { filters: { desiredStates: liveTaskStates } };
    const [listed, serviceNames, nodeNames] = await Promise.all([
      context.client.call("ListTasks", request),
      loadServiceNames(context),
      loadNodeNames(context),
    ]);
    // Managers that ignore the filter exist: it saves work, and this decides.
    const shown = listed.tasks.filter((task) => flags.all || !isPastRunning(task.desiredState));
    const tasks = sortTasks(shown, serviceNames);
    await writeList(context, flags, tasks, () =>
      formatTaskTable(tasks, { serviceNames, nodeNames, nowMs: context.nowMs }),
    );
  },
});
