// Secrets and configs of a service's containers.
import type {
  ConfigReference,
  ContainerSpec,
  FileTarget,
  SecretReference,
  ServiceSpec,
} from "@swarmkit/proto/types";
import type { FileReference } from "../../args/file-reference.ts";
import type { CommandContext } from "../../context.ts";
import type { ObjectKind } from "../../define-command.ts";
import { notFound } from "../find-object.ts";
import { noContainer } from "./apply-container-flags.ts";

/** Anyone in the container may read such a file, nobody may write it (as SwarmKit's swarmctl has it). */
const fileMode = 0o444;

/** Files to be added. */
export interface FileChanges {
  readonly secrets: readonly SecretReference[];
  readonly configs: readonly ConfigReference[];
}

/** Asks the manager which secrets are meant. Throws CliError for one that does not exist. */
export async function findSecrets(
  { client }: CommandContext,
  wanted: readonly FileReference[] = [],
): Promise<readonly SecretReference[]> {
  if (wanted.length === 0) return [];
  const filters = { names: wanted.map(({ name }) => name) };
  const { secrets } = await client.call("ListSecrets", { filters });
  const idOf = idFinder("secret", secrets);
  return wanted.map((reference) => ({
    secretId: idOf(reference.name),
    secretName: reference.name,
    file: toFile(reference),
  }));
}

/** Asks the manager which configs are meant. Throws CliError for one that does not exist. */
export async function findConfigs(
  { client }: CommandContext,
  wanted: readonly FileReference[] = [],
): Promise<readonly ConfigReference[]> {
  if (wanted.length === 0) return [];
  const filters = { names: wanted.map(({ name }) => name) };
  const { configs } = await client.call("ListConfigs", { filters });
  const idOf = idFinder("config", configs);
  return wanted.map((reference) => ({
    configId: idOf(reference.name),
    configName: reference.name,
    file: toFile(reference),
  }));
}

/** The spec with its container changed, if `change` does anything. */
export function changeContainer(
  spec: ServiceSpec,
  change: ((container: ContainerSpec) => ContainerSpec) | undefined,
): ServiceSpec {
  if (change === undefined) return spec;
  const { container } = spec.task;
  if (container === undefined) throw noContainer();
  return { ...spec, task: { ...spec.task, container: change(container) } };
}

interface Named {
  readonly id: string;
  readonly spec: { readonly annotations: { readonly name: string } };
}

function idFinder(kind: ObjectKind, objects: readonly Named[]): (name: string) => string {
  const ids = new Map(objects.map(({ id, spec }) => [spec.annotations.name, id]));
  return (name) => {
    const id = ids.get(name);
    if (id === undefined) throw notFound(kind, name, []);
    return id;
  };
}

function toFile({ target }: FileReference): FileTarget {
  return { name: target, uid: "", gid: "", mode: fileMode };
}
