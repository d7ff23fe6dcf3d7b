import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { findNode } from "../find-object.ts";

interface Flags {
  readonly force: boolean;
}

export const nodeRemove: AnyCommand = defineCommand<Flags>({
  summary: "Remove a node from the cluster for good",
  argument: { name: "node", completes: "node" },
  flags: {
    force: { kind: "switch", short: "f", summary: "remove it even though it is up" },
  },
  async run(context, { names: [wanted], flags }) {
    const { id: nodeId } = await findNode(context, wanted);
    await context.client.call("RemoveNode", { nodeId, force: flags.force === true });
    context.write(`${wanted}\n`);
  },
});
