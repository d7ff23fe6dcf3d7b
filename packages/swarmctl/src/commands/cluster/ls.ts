import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { formatClusterTable } from "../../format/cluster.ts";
import { type ListFlags, listFlags, writeList } from "../output-flags.ts";

export const clusterLs: AnyCommand = defineCommand<ListFlags>({
  summary: "List clusters",
  flags: listFlags,
  async run(context, { flags }) {
    const { clusters } = await context.client.call("ListClusters", {});
    await writeList(context, flags, clusters, () => formatClusterTable(clusters));
  },
});
