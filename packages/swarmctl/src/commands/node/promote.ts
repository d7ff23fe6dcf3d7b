import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { findNode } from "../find-object.ts";
import { changeNode, noChange } from "./change-node.ts";

export const nodePromote: AnyCommand = defineCommand<object>({
  summary: "Make nodes managers",
  argument: { name: "node", completes: "node", isVariadic: true },
  flags: {},
  async run(context, { names }) {
    for (const wanted of names) {
      const node = await findNode(context, wanted);
      if (node.spec.desiredRole === "MANAGER")
        throw noChange(`node ${wanted} is already a manager`);
      await changeNode(context, node, { desiredRole: "MANAGER" });
      context.write(`${wanted}\n`);
    }
  },
});
