import { type AnyCommand, defineCommand } from "../define-command.ts";
import { version } from "../version.ts";
import { type InspectFlags, inspectFlags, writeInspection } from "./output-flags.ts";

export const versionCommand: AnyCommand = defineCommand<InspectFlags>({
  summary: "Print the version",
  flags: inspectFlags,
  async run(context, { flags }) {
    await writeInspection(context, flags, { version }, () => `swarmctl swarmkit ${version}\n`);
  },
});
