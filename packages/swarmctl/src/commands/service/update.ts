import { isDeepStrictEqual } from "node:util";
import { getCodec } from "@swarmkit/proto";
import type { ContainerSpec, ServiceSpec } from "@swarmkit/proto/types";
import { type FileReference, parseFileReference } from "../../args/file-reference.ts";
import { type Parsed, parseEach } from "../../args/parsed.ts";
import { parseTexts } from "../../args/text.ts";
import {
  type AnyCommand,
  defineCommand,
  type FlagRecords,
  type FlagValues,
} from "../../define-command.ts";
import { CliError } from "../../errors.ts";
import { findNetwork, findService } from "../find-object.ts";
import { applySpecFlags } from "./apply-spec-flags.ts";
import { changeContainer, type FileChanges, findConfigs, findSecrets } from "./files.ts";
import { type SpecFlags, specFlags } from "./spec-flags.ts";

interface ListChanges {
  readonly addSecret: readonly FileReference[];
  readonly rmSecret: readonly FileReference[];
  readonly addConfig: readonly FileReference[];
  readonly rmConfig: readonly FileReference[];
  readonly addCapability: readonly string[];
  readonly rmCapability: readonly string[];
}

interface Flags extends SpecFlags, ListChanges {
  readonly force: boolean;
}

const parseReferences = (items: readonly string[]): Parsed<readonly FileReference[]> =>
  parseEach(items, parseFileReference);

const changeFlags: FlagRecords<ListChanges> = {
  addSecret: {
    kind: "list",
    placeholder: "name[:target]",
    summary: "secrets to add",
    completes: "secret",
    parse: parseReferences,
  },
  rmSecret: {
    kind: "list",
    placeholder: "name",
    summary: "secrets to take away",
    parse: parseReferences,
  },
  addConfig: {
    kind: "list",
    placeholder: "name[:target]",
    summary: "configs to add",
    completes: "config",
    parse: parseReferences,
  },
  rmConfig: {
    kind: "list",
    placeholder: "name",
    summary: "configs to take away",
    parse: parseReferences,
  },
  addCapability: {
    kind: "list",
    placeholder: "capability",
    summary: "Linux capabilities to give, for example CAP_NET_ADMIN",
    parse: parseTexts,
  },
  rmCapability: {
    kind: "list",
    placeholder: "capability",
    summary: "Linux capabilities to take away",
    parse: parseTexts,
  },
};

export const serviceUpdate: AnyCommand = defineCommand<Flags>({
  summary: "Change what the flags say about a service",
  argument: { name: "service", completes: "service" },
  flags: {
    ...specFlags,
    ...changeFlags,
    force: { kind: "switch", summary: "replace the tasks even when nothing else has changed" },
  },
  async run(context, { names: [wanted], flags }) {
    const service = await findService(context, wanted);
    const network =
      flags.network === undefined ? undefined : await findNetwork(context, flags.network);
    const files = {
      secrets: await findSecrets(context, flags.addSecret),
      configs: await findConfigs(context, flags.addConfig),
    };
    const changed = applySpecFlags(service.spec, flags, network?.id);
    const spec = forceUpdate(changeContainer(changed, listChange(flags, files)), flags.force);
    if (isSame(spec, service.spec)) throw noChanges(wanted);
    const response = await context.client.call("UpdateService", {
      serviceId: service.id,
      serviceVersion: service.meta.version,
      spec,
    });
    context.write(`${response.service?.id ?? service.id}\n`);
  },
});

/** What the flags that add and take away do to a container; undefined when there are none. */
function listChange(
  flags: FlagValues<ListChanges>,
  files: FileChanges,
): ((container: ContainerSpec) => ContainerSpec) | undefined {
  const keys = Object.keys(changeFlags) as (keyof ListChanges)[];
  if (keys.every((key) => flags[key] === undefined)) return undefined;
  const { addCapability = [], rmCapability = [], rmSecret = [], rmConfig = [] } = flags;
  const removedSecrets = new Set(rmSecret.map(({ name }) => name));
  const removedConfigs = new Set(rmConfig.map(({ name }) => name));
  return (container) => ({
    ...container,
    secrets: [
      ...container.secrets.filter(({ secretName }) => !removedSecrets.has(secretName)),
      ...files.secrets,
    ],
    configs: [
      ...container.configs.filter(({ configName }) => !removedConfigs.has(configName)),
      ...files.configs,
    ],
    capabilityAdd: without(union(container.capabilityAdd, addCapability), rmCapability),
    capabilityDrop: union(without(container.capabilityDrop, addCapability), rmCapability),
  });
}

function forceUpdate(spec: ServiceSpec, isForced: boolean | undefined): ServiceSpec {
  if (isForced !== true) return spec;
  return { ...spec, task: { ...spec.task, forceUpdate: spec.task.forceUpdate + 1 } };
}

function union(left: readonly string[], right: readonly string[]): readonly string[] {
  return [...new Set([...left, ...right])];
}

function without(items: readonly string[], removed: readonly string[]): readonly string[] {
  return items.filter((item) => !removed.includes(item));
}

/** Whether the two say the same, in whatever order their labels and options came. */
function isSame(left: ServiceSpec, right: ServiceSpec): boolean {
  const codec = getCodec("ServiceSpec");
  return isDeepStrictEqual(codec.create(left), codec.create(right));
}

function noChanges(wanted: string): CliError {
  return new CliError("failed", {
    what: "no changes detected",
    why: `service ${wanted} is that way already`,
    remedy: "change something, or give --force to replace its tasks",
  });
}
