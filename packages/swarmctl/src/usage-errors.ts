import type { CommanderError } from "commander";
import { type CliError, usageError } from "./errors.ts";
import { suggest } from "./suggest.ts";

/** The command that a complaint is about. */
export interface Complained {
  /** For example `swarmctl service create`. */
  readonly path: string;
  /** Its flags, dashes included. */
  readonly flags: readonly string[];
  /** The commands below it, aliases included. */
  readonly commands: readonly string[];
}

/** Commander's complaint about a command line in our words. */
export function explainCommanderError(error: CommanderError, about: Complained): CliError {
  const { path } = about;
  const complaint = error.message.replace(/^error: /, "");
  const help = `'${path} --help' shows what there is`;
  const meant = (candidates: readonly string[]): string => {
    const word = /'([^'=]*)/.exec(complaint)?.[1] ?? "";
    const near = suggest(word, candidates);
    return near === undefined ? help : `did you mean ${near}?`;
  };
  switch (error.code) {
    case "commander.unknownOption":
      return usageError(complaint, `'${path}' has no such flag`, meant(about.flags));
    case "commander.unknownCommand":
      return usageError(complaint, `'${path}' has no such command`, meant(about.commands));
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
