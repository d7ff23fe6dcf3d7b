import type { Service } from "@swarmkit/proto/types";
import type { CommandContext } from "../../context.ts";
import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { formatService } from "../../format/inspect-service.ts";
import { findService } from "../find-object.ts";
import { formatTasksBelow } from "../format-tasks-below.ts";
import { loadNodeNames } from "../load-names.ts";
import { allTasksFlag, type InspectFlags, inspectFlags, writeInspection } from "../output-flags.ts";

interface Flags extends InspectFlags {
  readonly all: boolean;
}

export const serviceInspect: AnyCommand = defineCommand<Flags>({
  summary: "Show a service and its tasks",
  argument: { name: "service", completes: "service" },
  flags: { ...inspectFlags, all: allTasksFlag },
  async run(context, { names: [wanted], flags }) {
    const service = await findService(context, wanted);
    await writeInspection(context, flags, service, () =>
      formatWithTasks(context, service, flags.all),
    );
  },
});

async function formatWithTasks(
  context: CommandContext,
  service: Service,
  all: boolean | undefined,
): Promise<string> {
  const filters = { serviceIds: [service.id] };
  const [{ tasks }, nodeNames] = await Promise.all([
    context.client.call("ListTasks", { filters }),
    loadNodeNames(context),
  ]);
  const running = tasks.filter(({ status }) => status.state === "RUNNING").length;
  const summary = formatService(service, { running, nowMs: context.nowMs });
  return summary + formatTasksBelow(context, tasks, { all, nodeNames });
}
