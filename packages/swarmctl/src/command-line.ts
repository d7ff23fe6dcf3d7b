// From the words of the command line to a command and its input. Commander does the reading; it is
// given only the commands whose words occur.
import { Command, Option } from "commander";
import { expandSwitches, type KnownFlags } from "./args/switches.ts";
import { isCalled, lonelyVerbs, type Noun, nouns, type Verb } from "./commands/command-tree.ts";
import { type AnyCommand, type AnyFlag, type CommandInput, flagName } from "./define-command.ts";
import { type GlobalFlags, globalFlags } from "./global-flags.ts";
import { isNegative, readFlags } from "./read-flags.ts";
import { explainCommanderError } from "./usage-errors.ts";

/** What the command line asks for. */
export type CommandLine =
  | { readonly kind: "help"; readonly text: string }
  | {
      readonly kind: "run";
      readonly command: AnyCommand;
      /** Its words, for example `service create`. */
      readonly name: string;
      readonly input: CommandInput<Record<string, unknown>>;
      readonly globals: Partial<GlobalFlags>;
    };

/** Ends the reading: Commander goes on after it has shown its help otherwise. */
class HelpShown extends Error {}

const flagsOfAll: Readonly<Record<string, AnyFlag>> = globalFlags;

const epilogue = `
Exit codes: 0 done, 1 refused or failed, 2 wrong command line, 3 not found, 4 not allowed,
5 conflict, 6 unavailable, 9 timeout, 130 interrupted.`;

const globalGroup = "Options of every command:";

/** Reads the words after the program's name. Throws CliError for words that make no command. */
export async function readCommandLine(
  words: readonly string[],
  helpColumns: number,
): Promise<CommandLine> {
  let help = "";
  const write = (text: string): void => {
    help += text;
  };
  const program = new Command("swarmctl")
    .description("Drive a swarm from the command line")
    .configureOutput({
      writeOut: write,
      writeErr: write,
      getOutHelpWidth: () => helpColumns,
      getErrHelpWidth: () => helpColumns,
      outputError: () => undefined,
    })
    .configureHelp({ subcommandTerm: describeWords })
    .helpCommand("help [command]", "show help")
    .addHelpText("after", epilogue);
  setUp(program);
  addFlags(program, flagsOfAll, { group: globalGroup });
  const found: CommandLine[] = [];
  const leaves = await addCommands(program, words);
  for (const [leaf, command] of leaves) {
    leaf.action(() => void found.push(toRun(leaf, command)));
  }
  try {
    program.parse(expandSwitches(words, knownFlags(leaves)), { from: "user" });
  } catch (error) {
    if (!(error instanceof HelpShown)) throw error;
  }
  return found[0] ?? { kind: "help", text: help };
}

/** What every command has, at any depth. */
function setUp(command: Command): void {
  command.enablePositionalOptions().showSuggestionAfterError(false);
  command.addHelpOption(new Option("-h, --help", "show help").helpGroup(globalGroup));
  command.exitOverride((error) => {
    if (error.code === "commander.help" || error.code === "commander.helpDisplayed") {
      throw new HelpShown();
    }
    throw explainCommanderError(error, {
      path: pathOf(command),
      flags: command.options.flatMap(({ long, hidden }) => (hidden || !long ? [] : [long])),
      commands: command.commands.flatMap((child) => [child.name(), ...child.aliases()]),
    });
  });
}

/** A command in the list of a help: its names and what follows them. */
function describeWords(command: Command): string {
  const words = command.registeredArguments.map((argument) =>
    argument.variadic ? `<${argument.name()}...>` : `<${argument.name()}>`,
  );
  return [[command.name(), ...command.aliases()].join("|"), ...words].join(" ");
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

type Leaves = readonly (readonly [Command, AnyCommand])[];

/** Adds all nouns, but their verbs only when the words name them. */
async function addCommands(program: Command, words: readonly string[]): Promise<Leaves> {
  const leaves: (readonly [Command, AnyCommand])[] = [];
  const addVerbs = async (parent: Command, verbs: readonly Verb[]): Promise<void> => {
    const named = verbs.filter((verb) => words.some((word) => isCalled(verb, word)));
    // When none is named, it is help or a mistake: both need all of them.
    for (const verb of named.length > 0 ? named : verbs) {
      const command = await verb.load();
      leaves.push([addVerb(parent, verb, command), command]);
    }
  };
  const isNamed = (noun: Noun): boolean => words.some((word) => isCalled(noun, word));
  const addBelow = async (command: Command, noun: Noun): Promise<void> => {
    const inner = (noun.nouns ?? []).map((below) => [addNoun(command, below), below] as const);
    const named = inner.filter(([, below]) => isNamed(below));
    for (const [child, below] of named) await addBelow(child, below);
    if (named.length === 0) await addVerbs(command, noun.verbs);
  };
  const all = nouns.map((noun) => [addNoun(program, noun), noun] as const);
  const named = all.filter(([, noun]) => isNamed(noun));
  for (const [command, noun] of named) await addBelow(command, noun);
  if (named.length === 0) await addVerbs(program, lonelyVerbs);
  return leaves;
}

function addNoun(program: Command, { name, aliases, summary }: Noun): Command {
  const command = program.command(name).description(summary).aliases(aliases);
  setUp(command);
  command.helpCommand(false);
  addFlags(command, flagsOfAll, { group: globalGroup });
  return command;
}

function addVerb(parent: Command, { name, aliases }: Verb, record: AnyCommand): Command {
  const command = parent.command(name).description(record.summary).aliases(aliases);
  setUp(command);
  if (record.argument !== undefined) {
    const { name: word, isVariadic = false, choices } = record.argument;
    const meaning = choices === undefined ? "" : choices.join(", ");
    command.argument(isVariadic ? `<${word}...>` : `<${word}>`, meaning);
  }
  addFlags(command, record.flags, {});
  addFlags(command, flagsOfAll, { group: globalGroup });
  return command;
}

function addFlags(
  command: Command,
  flags: Readonly<Record<string, AnyFlag>>,
  { group }: { readonly group?: string },
): void {
  for (const [key, flag] of Object.entries(flags)) {
    const letter = flag.short === undefined ? "" : `-${flag.short}, `;
    const value = flag.kind === "switch" ? "" : ` <${flag.placeholder}>`;
    const option = new Option(`${letter}${flagName(key)}${value}`, flag.summary);
    if (flag.kind === "list") {
      option.argParser((text, before: readonly string[] = []) => [...before, text]);
    }
    if (group !== undefined) option.helpGroup(group);
    command.addOption(option);
    if (flag.kind !== "switch" || isNegative(key)) continue;
    command.addOption(new Option(flagName(key).replace("--", "--no-")).hideHelp());
  }
}

function knownFlags(leaves: Leaves): KnownFlags {
  const valued = new Set<string>();
  const switches = new Set<string>();
  for (const flags of [flagsOfAll, ...leaves.map(([, command]) => command.flags)]) {
    for (const [key, { kind, short }] of Object.entries(flags)) {
      const names = kind === "switch" ? switches : valued;
      names.add(flagName(key));
      if (short !== undefined) names.add(`-${short}`);
    }
  }
  return { valued, switches };
}

function toRun(leaf: Command, command: AnyCommand): CommandLine {
  const parents: Command[] = [];
  for (let parent = leaf.parent; parent !== null; parent = parent.parent) parents.unshift(parent);
  // The flags nearest to the end of the line count.
  const globals = Object.assign({}, ...[...parents, leaf].map((at) => readFlags(at, flagsOfAll)));
  return {
    kind: "run",
    command,
    name: pathOf(leaf).replace(/^\S+ /, ""),
    input: { names: leaf.args as [string, ...string[]], flags: readFlags(leaf, command.flags) },
    globals,
  };
}
