import type { Node, NodeSpec } from "@swarmkit/proto/types";
import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { findNode } from "../find-object.ts";
import { changeNode, noChange } from "./change-node.ts";

interface Flags {
  readonly force: boolean;
}

/**
 * The label by which a manager is told to demote a node even if the quorum is lost with it; SwarmKit's
 * protocol has no field for that, and its managers do not know the label. It goes with the demotion.
 */
const forceDemotionLabel = "swarmkit.ts.force-demotion";

export const nodeDemote: AnyCommand = defineCommand<Flags>({
  summary: "Make managers workers",
  argument: { name: "node", completes: "node", isVariadic: true },
  flags: {
    force: { kind: "switch", summary: "even if the managers lose their quorum by it" },
  },
  async run(context, { names, flags }) {
    for (const wanted of names) {
      const node = await findNode(context, wanted);
      const isForced = flags.force === true;
      // A demotion that waits for the quorum can be forced later.
      if (node.spec.desiredRole === "WORKER" && !(isForced && node.role === "MANAGER")) {
        throw noChange(`node ${wanted} is already a worker`);
      }
      await changeNode(context, node, demotion(node, isForced));
      context.write(`${wanted}\n`);
    }
  },
});

function demotion({ spec }: Node, isForced: boolean): Partial<NodeSpec> {
  if (!isForced) return { desiredRole: "WORKER" };
  const { annotations } = spec;
  const labels = { ...annotations.labels, [forceDemotionLabel]: "true" };
  return { desiredRole: "WORKER", annotations: { ...annotations, labels } };
}
