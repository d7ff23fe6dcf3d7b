// A command is a record: what it is called, what it takes, and a function that does it. The program,
// its help and its completion are all made from these records.
import type { Parsed } from "./args/parsed.ts";
import type { CommandContext } from "./context.ts";

/** What a name on the command line stands for; completion asks the manager for these. */
export type ObjectKind = "cluster" | "config" | "network" | "node" | "secret" | "service" | "task";

interface FlagBase {
  readonly summary: string;
  /** One letter, without the dash. */
  readonly short?: string;
  readonly isRequired?: boolean;
}

/** A flag that is there or not; `--flag=false` turns it off. */
export interface SwitchFlag extends FlagBase {
  readonly kind: "switch";
}

/** A flag with one value; the last one given counts. */
export interface ValueFlag<T> extends FlagBase {
  readonly kind: "value";
  /** What stands for the value in the help, for example `count`. */
  readonly placeholder: string;
  /** The words that completion offers. */
  readonly choices?: readonly string[];
  readonly completes?: ObjectKind;
  parse(text: string): Parsed<T>;
}

/** A flag with a list of values: separated by commas, or given several times. */
export interface ListFlag<T> extends FlagBase {
  readonly kind: "list";
  readonly placeholder: string;
  readonly completes?: ObjectKind;
  parse(items: readonly string[]): Parsed<T>;
}

export type FlagRecord<T> = (T extends boolean ? SwitchFlag : never) | ValueFlag<T> | ListFlag<T>;

/** The flags of a command whose values are `Values`; `updateDelay` is `--update-delay` outside. */
export type FlagRecords<Values> = {
  readonly [Key in keyof Values]: FlagRecord<Values[Key]>;
};

/** What was given on the command line; a flag that was not is undefined. */
export type FlagValues<Values> = {
  readonly [Key in keyof Values]?: Values[Key] | undefined;
};

/** What the words after the command are; there must be one, or at least one. */
export interface ArgumentRecord {
  readonly name: string;
  readonly completes?: ObjectKind;
  readonly choices?: readonly string[];
  readonly isVariadic?: boolean;
}

export interface CommandInput<Values> {
  /** The words after the command. One, when it takes one. */
  readonly names: readonly [string, ...(readonly string[])];
  readonly flags: FlagValues<Values>;
}

export interface CommandRecord<Values> {
  /** One line, without a full stop. */
  readonly summary: string;
  readonly argument?: ArgumentRecord;
  readonly flags: FlagRecords<Values>;
  /** Throws CliError or RpcError. */
  run(context: CommandContext, input: CommandInput<Values>): Promise<void>;
}

/** Any flag, its value's type forgotten. */
export type AnyFlag = SwitchFlag | ValueFlag<unknown> | ListFlag<unknown>;

/** Any command, its flags' types forgotten. */
export interface AnyCommand {
  readonly summary: string;
  readonly argument?: ArgumentRecord;
  readonly flags: Readonly<Record<string, AnyFlag>>;
  run(context: CommandContext, input: CommandInput<Record<string, unknown>>): Promise<void>;
}

/** Makes a record of a command with flags of these values. */
export function defineCommand<Values>(record: CommandRecord<Values>): AnyCommand {
  return record as unknown as AnyCommand;
}

/** The flag's name outside, `--update-delay` for `updateDelay`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
