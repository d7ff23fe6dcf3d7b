import { completionScripts } from "../completion/scripts.ts";
import { type AnyCommand, defineCommand } from "../define-command.ts";
import { usageError } from "../errors.ts";

const shells = Object.keys(completionScripts);

export const completionCommand: AnyCommand = defineCommand<object>({
  summary: "Print a script that completes swarmctl's words in a shell",
  argument: { name: "shell", choices: shells },
  flags: {},
  async run(context, { names: [shell] }) {
    if (!Object.hasOwn(completionScripts, shell)) {
      throw usageError(
        `no completion for "${shell}"`,
        "it is not a known shell",
        `choose ${shells.join(", ")}`,
      );
    }
    context.write(completionScripts[shell] ?? "");
  },
});
