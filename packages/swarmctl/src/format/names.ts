import type { Node, Service } from "@swarmkit/proto/types";

/** What ids are shown as: an id that is not there is shown as it is. */
export type NamesById = ReadonlyMap<string, string>;

/** What a node is called: the name that was given to it, else its host's, else its id. */
export function nodeName(node: Node): string {
  return node.spec.annotations.name || node.description?.hostname || node.id;
}

export function serviceName(service: Service): string {
  return service.spec.annotations.name || service.id;
}

/** Compares by name, then by id, so that lists come out the same every time. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
