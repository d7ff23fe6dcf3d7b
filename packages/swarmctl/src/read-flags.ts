// From what Commander read to checked values.
import type { Command } from "commander";
import { splitList } from "./args/csv.ts";
import type { Parsed } from "./args/parsed.ts";
import { type AnyFlag, flagName } from "./define-command.ts";
import { usageError } from "./errors.ts";

/** Values of flags by their keys; a flag that was not given is not there. */
export type Values = Readonly<Record<string, unknown>>;

/** The values of some flags of a command. Throws CliError for one that does not parse. */
export function readFlags(command: Command, flags: Readonly<Record<string, AnyFlag>>): Values {
  const values: Record<string, unknown> = {};
  for (const [key, flag] of Object.entries(flags)) {
    const raw = readRaw(command, key);
    if (raw !== undefined) values[key] = parseFlag(key, flag, raw);
    else if (flag.isRequired === true) throw missing(key, flag);
  }
  return values;
}

type Raw = boolean | string | readonly string[];

/** Commander takes `--no-resolve` for the opposite of a flag `--resolve` that is on. */
function readRaw(command: Command, key: string): Raw | undefined {
  const values = command.opts<Record<string, Raw | undefined>>();
  if (!isNegative(key)) return values[key];
  return values[key.charAt(2).toLowerCase() + key.slice(3)] === false ? true : undefined;
}

/** Whether a flag's name begins with `no`. */
export function isNegative(key: string): boolean {
  return /^no[A-Z]/.test(key);
}

function parseFlag(key: string, flag: AnyFlag, raw: Raw): unknown {
  if (flag.kind === "switch") return raw;
  if (flag.kind === "value") return unwrap(key, String(raw), flag.parse(String(raw)));
  const texts = raw as readonly string[];
  const items = texts.flatMap((text) => unwrap(key, text, splitList(text)));
  return unwrap(key, texts.join(","), flag.parse(items));
}

function unwrap<T>(key: string, text: string, parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw usageError(`invalid value "${text}" for ${flagName(key)}`, parsed.why, parsed.remedy);
}

function missing(key: string, flag: AnyFlag): Error {
  const words = flag.kind === "switch" ? flagName(key) : `${flagName(key)} <${flag.placeholder}>`;
  return usageError(`${flagName(key)} is missing`, "it is required", `add ${words}`);
}
