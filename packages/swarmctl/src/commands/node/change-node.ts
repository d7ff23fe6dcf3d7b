import type { Node, NodeSpec, NodeSpecAvailability } from "@swarmkit/proto/types";
import type { CommandContext } from "../../context.ts";
import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { CliError } from "../../errors.ts";
import { findNode } from "../find-object.ts";

/** Replaces a node's spec by what `change` makes of it. */
export async function changeNode(
  { client }: CommandContext,
  node: Node,
  change: Partial<NodeSpec>,
): Promise<void> {
  await client.call("UpdateNode", {
    nodeId: node.id,
    nodeVersion: node.meta.version,
    spec: { ...node.spec, ...change },
  });
}

/** Nothing to do: the node is that way. */
export function noChange(what: string): CliError {
  return new CliError("failed", {
    what,
    why: "there is nothing to change",
    remedy: "'swarmctl node ls' shows how the nodes are",
  });
}

/** A command that sets a node's availability; `state` ends the sentence "node X …". */
export function defineAvailabilityCommand(
  summary: string,
  availability: NodeSpecAvailability,
  state: string,
): AnyCommand {
  return defineCommand<object>({
    summary,
    argument: { name: "node", completes: "node" },
    flags: {},
    async run(context, { names: [wanted] }) {
      const node = await findNode(context, wanted);
      if (node.spec.availability === availability) throw noChange(`node ${wanted} ${state}`);
      await changeNode(context, node, { availability });
    },
  });
}
