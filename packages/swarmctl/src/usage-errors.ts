import type { CommanderError } from "commander";
import { type CliError, usageError } from "./errors.ts";

/**
 * Commander's complaint about a command line in our words. `path` is the command it is about, for
 * example `swarmctl service create`.
 */
export function explainCommanderError(error: CommanderError, path: string): CliError {
  const [complaint = "", hint = ""] = error.message.replace(/^error: /, "").split("\n", 2);
  const near = /^\(Did you mean (.+)\?\)$/.exec(hint)?.[1];
  const help = `'${path} --help' shows what there is`;
  const remedy = near === undefined ? help : `did you mean ${near}?`;
  switch (error.code) {
    case "commander.unknownOption":
      return usageError(complaint, `'${path}' has no such flag`, remedy);
    case "commander.unknownCommand":
      return usageError(complaint, `'${path}' has no such command`, remedy);
    case "commander.missingArgument":
      return usageError(complaint, `'${path}' needs it`, help);
    case "commander.optionMissingArgument":
      return usageError(complaint, "the flag needs a value", help);
    case "commander.excessArguments":
      return usageError(complaint.replace(/\. Expected.*$/, ""), "it takes no more", help);
    default:
      return usageError("wrong command line", complaint, help);
  }
}
