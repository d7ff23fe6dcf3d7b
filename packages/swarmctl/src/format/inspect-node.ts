import type { EngineDescription, Node, NodeDescription } from "@swarmkit/proto/types";
import { type Detail, detail, formatDetails, heading } from "./details.ts";
import { formatKeyValues } from "./key-values.ts";
import { compareText } from "./names.ts";
import { formatBytes, formatCpus, formatGenericResource } from "./quantity.ts";

/** What there is to know about a node. */
export function formatNode(node: Node): string {
  const { spec, description, status } = node;
  return formatDetails([
    ...detail(0, "ID", node.id),
    ...detail(0, "Name", spec.annotations.name),
    ...detail(0, "Hostname", description?.hostname ?? ""),
    ...detail(0, "Node Labels", formatKeyValues(spec.annotations.labels)),
    heading(0, "Status"),
    ...detail(1, "State", status.state),
    ...detail(1, "Message", status.message),
    ...detail(1, "Availability", spec.availability),
    ...detail(1, "Address", status.addr),
    ...managerDetails(node),
    ...(description === undefined ? [] : descriptionDetails(description)),
  ]);
}

function managerDetails({ managerStatus: status }: Node): readonly Detail[] {
  if (status === undefined) return [];
  return [
    heading(0, "Manager status"),
    ...detail(1, "Address", status.addr),
    ...detail(1, "Raft status", status.reachability),
    ...detail(1, "Leader", status.leader ? "yes" : "no"),
  ];
}

function descriptionDetails(description: NodeDescription): readonly Detail[] {
  const { platform, resources, engine } = description;
  const details: Detail[] = [];
  if (platform !== undefined) {
    details.push(
      heading(0, "Platform"),
      ...detail(1, "Operating System", platform.os),
      ...detail(1, "Architecture", platform.architecture),
    );
  }
  if (resources !== undefined) {
    details.push(
      heading(0, "Resources"),
      ...detail(1, "CPUs", formatCpus(resources.nanoCpus)),
      ...detail(1, "Memory", formatBytes(resources.memoryBytes)),
    );
    if (resources.generic.length > 0) details.push(heading(1, "Generic Resources"));
    for (const resource of resources.generic) {
      details.push(...detail(2, ...formatGenericResource(resource)));
    }
  }
  return engine === undefined ? details : [...details, ...engineDetails(engine)];
}

function engineDetails(engine: EngineDescription): readonly Detail[] {
  const namesByType = new Map<string, string[]>();
  for (const { type, name } of engine.plugins) {
    namesByType.set(type, [...(namesByType.get(type) ?? []), name]);
  }
  const plugins = [...namesByType].sort(([left], [right]) => compareText(left, right));
  return [
    ...(plugins.length === 0 ? [] : [heading(0, "Plugins")]),
    ...plugins.flatMap(([type, names]) =>
      detail(1, type, `[${names.sort(compareText).join(" ")}]`),
    ),
    ...detail(0, "Engine Version", engine.engineVersion),
    ...detail(0, "Engine Labels", formatKeyValues(engine.labels)),
  ];
}
