import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { formatNodeTable, sortNodes } from "../../format/node-table.ts";
import { type ListFlags, listFlags, writeList } from "../output-flags.ts";

export const nodeLs: AnyCommand = defineCommand<ListFlags>({
  summary: "List nodes",
  flags: listFlags,
  async run(context, { flags }) {
    const nodes = sortNodes((await context.client.call("ListNodes", {})).nodes);
    await writeList(context, flags, nodes, () => formatNodeTable(nodes));
  },
});
