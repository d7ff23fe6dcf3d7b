import type { Service } from "@swarmkit/proto/types";
import type { CommandContext } from "../../context.ts";
import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { countRunning, formatServiceTable, sortServices } from "../../format/service-table.ts";
import { type ListFlags, listFlags, writeList } from "../output-flags.ts";

export const serviceLs: AnyCommand = defineCommand<ListFlags>({
  summary: "List services",
  flags: listFlags,
  async run(context, { flags }) {
    const isTable = flags.quiet !== true && flags.format !== "json";
    // Under way while the services are: only the table needs them.
    const table = isTable ? loadRunning(context) : undefined;
    const [{ services }, running] = await Promise.all([
      context.client.call("ListServices", {}),
      table,
    ]);
    const sorted: readonly Service[] = sortServices(services);
    await writeList(context, flags, sorted, () => formatServiceTable(sorted, running ?? new Map()));
  },
});

async function loadRunning({ client }: CommandContext): Promise<ReadonlyMap<string, number>> {
  const [{ tasks }, { nodes }] = await Promise.all([
    client.call("ListTasks", {}),
    client.call("ListNodes", {}),
  ]);
  return countRunning(tasks, nodes);
}
