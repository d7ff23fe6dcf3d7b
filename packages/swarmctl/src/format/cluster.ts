import type { Cluster } from "@swarmkit/proto/types";
import { type Detail, detail, formatDetails, heading } from "./details.ts";
import { logDriverDetails } from "./inspect-container.ts";
import { formatDuration } from "./quantity.ts";
import { formatTable } from "./table.ts";

export function formatClusterTable(clusters: readonly Cluster[]): string {
  return formatTable(
    ["ID", "Name"],
    clusters.map(({ id, spec }) => [id, spec.annotations.name]),
  );
}

/** What there is to know about the cluster. The join tokens are among it: they are what one looks for. */
export function formatCluster({ id, spec, rootCa }: Cluster): string {
  const { heartbeatPeriod } = spec.dispatcher;
  return formatDetails([
    ...detail(0, "ID", id),
    ...detail(0, "Name", spec.annotations.name),
    heading(0, "Orchestration settings"),
    ...detail(1, "Task history entries", String(spec.orchestration.taskHistoryRetentionLimit)),
    ...(heartbeatPeriod === undefined
      ? []
      : [
          heading(0, "Dispatcher settings"),
          ...detail(1, "Dispatcher heartbeat period", formatDuration(heartbeatPeriod)),
        ]),
    heading(0, "Certificate Authority settings"),
    ...authorityDetails(spec),
    heading(1, "Join Tokens"),
    ...detail(2, "Worker", rootCa.joinTokens.worker),
    ...detail(2, "Manager", rootCa.joinTokens.manager),
    ...logDriverDetails("Default Log Driver", spec.taskDefaults.logDriver, 0),
  ]);
}

function authorityDetails({ caConfig }: Cluster["spec"]): readonly Detail[] {
  const { nodeCertExpiry, externalCas } = caConfig;
  return [
    ...(nodeCertExpiry === undefined
      ? []
      : detail(1, "Certificate Validity Duration", formatDuration(nodeCertExpiry))),
    ...(externalCas.length === 0 ? [] : [heading(1, "External CAs")]),
    ...externalCas.flatMap(({ protocol, url }) => detail(2, protocol, url)),
  ];
}
