import type { CommandContext } from "../context.ts";
import { type NamesById, nodeName, serviceName } from "../format/names.ts";

const noNames: NamesById = new Map();

/** The names of all nodes by their ids; none with --no-resolve. */
export async function loadNodeNames(context: CommandContext): Promise<NamesById> {
  if (!context.resolvesNames) return noNames;
  const { nodes } = await context.client.call("ListNodes", {});
  return new Map(nodes.map((node) => [node.id, nodeName(node)]));
}

/** The names of all services by their ids; none with --no-resolve. */
export async function loadServiceNames(context: CommandContext): Promise<NamesById> {
  if (!context.resolvesNames) return noNames;
  const { services } = await context.client.call("ListServices", {});
  return new Map(services.map((service) => [service.id, serviceName(service)]));
}
