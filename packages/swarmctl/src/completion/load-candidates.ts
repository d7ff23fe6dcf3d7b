import type { ControlClient } from "../client/control-client.ts";
import type { ObjectKind } from "../define-command.ts";

/** A word that may be meant. */
export interface Candidate {
  readonly word: string;
  readonly description?: string;
}

/** What users call an object, and its id, which is offered to those who have begun to type it. */
interface Named {
  readonly name: string;
  readonly id: string;
  readonly description: string;
}

/** The objects of a kind whose names or ids begin with what was typed. */
export async function loadCandidates(
  client: ControlClient,
  kind: ObjectKind,
  typed: string,
): Promise<readonly Candidate[]> {
  const objects = await loaders[kind](client);
  const names = objects.map(({ name, description }) => ({ word: name, description }));
  const ids = objects.map(({ name, id }) => ({ word: id, description: name }));
  // Ids begin with anything: nobody wants to see them all.
  return [...names, ...(typed === "" ? [] : ids)].filter(
    ({ word }) => word !== "" && word.startsWith(typed),
  );
}

interface Annotated {
  readonly id: string;
  readonly spec: { readonly annotations: { readonly name: string } };
}

const loaders: Readonly<Record<ObjectKind, (client: ControlClient) => Promise<readonly Named[]>>> =
  {
    cluster: async (client) => (await client.call("ListClusters", {})).clusters.map(toNamed),
    config: async (client) => (await client.call("ListConfigs", {})).configs.map(toNamed),
    network: async (client) => (await client.call("ListNetworks", {})).networks.map(toNamed),
    secret: async (client) => (await client.call("ListSecrets", {})).secrets.map(toNamed),
    service: async (client) =>
      (await client.call("ListServices", {})).services.map((service) => ({
        ...toNamed(service),
        description: service.spec.task.container?.image ?? "",
      })),
    node: async (client) =>
      (await client.call("ListNodes", {})).nodes.map(({ id, description, status }) => ({
        id,
        name: description?.hostname ?? "",
        description: status.state,
      })),
    // Tasks go by their ids.
    task: async (client) =>
      (await client.call("ListTasks", {})).tasks.map(({ id, serviceAnnotations, slot }) => ({
        id: "",
        name: id,
        description: `${serviceAnnotations.name}.${slot}`,
      })),
  };

function toNamed({ id, spec }: Annotated): Named {
  return { id, name: spec.annotations.name, description: id };
}
