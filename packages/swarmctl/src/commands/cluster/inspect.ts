import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { formatCluster } from "../../format/cluster.ts";
import { findCluster } from "../find-object.ts";
import { type InspectFlags, inspectFlags, writeInspection } from "../output-flags.ts";

export const clusterInspect: AnyCommand = defineCommand<InspectFlags>({
  summary: "Show the cluster's settings and join tokens",
  argument: { name: "cluster", completes: "cluster" },
  flags: inspectFlags,
  async run(context, { names: [wanted], flags }) {
    const cluster = await findCluster(context, wanted);
    await writeInspection(context, flags, cluster, () => formatCluster(cluster));
  },
});
