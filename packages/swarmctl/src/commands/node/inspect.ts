import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { formatNode } from "../../format/inspect-node.ts";
import { nodeName } from "../../format/names.ts";
import { findNode } from "../find-object.ts";
import { formatTasksBelow } from "../format-tasks-below.ts";
import { allTasksFlag, type InspectFlags, inspectFlags, writeInspection } from "../output-flags.ts";

interface Flags extends InspectFlags {
  readonly all: boolean;
}

export const nodeInspect: AnyCommand = defineCommand<Flags>({
  summary: "Show a node and its tasks",
  argument: { name: "node", completes: "node" },
  flags: { ...inspectFlags, all: allTasksFlag },
  async run(context, { names: [wanted], flags }) {
    const node = await findNode(context, wanted);
    await writeInspection(context, flags, node, async () => {
      const filters = { nodeIds: [node.id] };
      const { tasks } = await context.client.call("ListTasks", { filters });
      const nodeNames = new Map(context.resolvesNames ? [[node.id, nodeName(node)]] : []);
      return formatNode(node) + formatTasksBelow(context, tasks, { all: flags.all, nodeNames });
    });
  },
});
