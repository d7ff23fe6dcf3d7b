import { getCodec } from "@swarmkit/proto";
import { parseChoice } from "../../args/choice.ts";
import { type FileReference, parseFileReference } from "../../args/file-reference.ts";
import { parseEach } from "../../args/parsed.ts";
import { type AnyCommand, defineCommand } from "../../define-command.ts";
import { findNetwork } from "../find-object.ts";
import { applySpecFlags } from "./apply-spec-flags.ts";
import { changeContainer, findSecrets } from "./files.ts";
import { type SpecFlags, specFlags } from "./spec-flags.ts";

interface Flags extends SpecFlags {
  readonly mode: "replicated" | "global";
  readonly secret: readonly FileReference[];
}

export const serviceCreate: AnyCommand = defineCommand<Flags>({
  summary: "Create a service",
  flags: {
    ...specFlags,
    name: { ...specFlags.name, isRequired: true },
    image: { ...specFlags.image, isRequired: true },
    mode: {
      kind: "value",
      placeholder: "replicated|global",
      summary: "as many tasks as --replicas, or one on every node (default replicated)",
      choices: ["replicated", "global"],
      parse: parseChoice({ replicated: "replicated", global: "global" }),
    },
    secret: {
      kind: "list",
      placeholder: "name[:target]",
      summary: "secrets for the container to read, under /run/secrets",
      completes: "secret",
      parse: (items) => parseEach(items, parseFileReference),
    },
  },
  async run(context, { flags }) {
    const empty = getCodec("ServiceSpec").create({
      task: { container: {} },
      ...(flags.mode === "global" ? { global: {} } : { replicated: { replicas: 1 } }),
    });
    const network =
      flags.network === undefined ? undefined : await findNetwork(context, flags.network);
    const secrets = await findSecrets(context, flags.secret);
    const spec = changeContainer(applySpecFlags(empty, flags, network?.id), (container) => ({
      ...container,
      secrets,
    }));
    const { service } = await context.client.call("CreateService", { spec });
    context.write(`${service?.id ?? ""}\n`);
  },
});
