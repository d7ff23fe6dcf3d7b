// Answers shells: what the word that is being typed may become. Nothing here fails loudly, since the
// shell would print it in the middle of somebody's line.
import { parseSocketPath } from "../args/socket-path.ts";
import { isCalled, lonelyVerbs, type Noun, nouns, type Verb } from "../commands/command-tree.ts";
import { connectLater } from "../connect-later.ts";
import { type AnyCommand, type AnyFlag, flagName, type ObjectKind } from "../define-command.ts";
import { toPrintable } from "../format/printable.ts";
import { globalFlags } from "../global-flags.ts";
import type { World } from "../world.ts";
import { type Candidate, loadCandidates } from "./load-candidates.ts";

/** Longer than this nobody waits for a word to complete itself. */
const timeoutMs = 1000;

/** The candidates for the last word, one on each line, with a tab and a description after some. */
export async function complete(words: readonly string[], world: World): Promise<string> {
  try {
    const current = words.at(-1) ?? "";
    const state = await readState(words.slice(0, -1));
    const candidates = await findCandidates(state, current, world);
    return candidates
      .filter(({ word }) => word.startsWith(current))
      .map(({ word, description = "" }) => toLine(word, description))
      .join("");
  } catch {
    // No manager, or a line that makes no sense: nothing to offer.
    return "";
  }
}

function toLine(word: string, description: string): string {
  const text = toPrintable(word);
  return description === "" ? `${text}\n` : `${text}\t${toPrintable(description)}\n`;
}

/** What the words before the last one have settled. */
interface State {
  readonly noun?: Noun;
  readonly command?: AnyCommand;
  /** How many words came after the command. */
  readonly argumentCount: number;
  /** The flag whose value comes next. */
  readonly pending?: AnyFlag;
  readonly socket?: string;
}

async function readState(words: readonly string[]): Promise<State> {
  let state: State = { argumentCount: 0 };
  for (const word of words) state = await step(state, word);
  return state;
}

async function step(state: State, word: string): Promise<State> {
  const { pending, ...settled } = state;
  if (pending !== undefined) return withValue(settled, pending, word);
  if (word.startsWith("-")) {
    const [name = "", value] = splitFlag(word);
    const flag = findFlag(settled, name);
    if (flag === undefined || flag.kind === "switch") return settled;
    return value === undefined ? { ...settled, pending: flag } : withValue(settled, flag, value);
  }
  if (state.command !== undefined) return { ...settled, argumentCount: state.argumentCount + 1 };
  const verbs: readonly Verb[] = state.noun?.verbs ?? lonelyVerbs;
  const verb = verbs.find((entry) => isCalled(entry, word));
  if (verb !== undefined) return { ...settled, command: await verb.load() };
  const within = state.noun === undefined ? nouns : (state.noun.nouns ?? []);
  const noun = within.find((entry) => isCalled(entry, word));
  if (noun === undefined) throw new Error(`no command ${word}`);
  return { ...settled, noun };
}

function withValue(state: State, flag: AnyFlag, value: string): State {
  return flag === globalFlags.socket ? { ...state, socket: value } : state;
}

async function findCandidates(
  state: State,
  current: string,
  world: World,
): Promise<readonly Candidate[]> {
  if (state.pending !== undefined) return ofFlag(state, state.pending, current, world);
  if (current.startsWith("-")) {
    const [name = "", value] = splitFlag(current);
    if (value === undefined) return flagCandidates(state);
    const flag = findFlag(state, name);
    if (flag === undefined) return [];
    const values = await ofFlag(state, flag, value, world);
    return values.map((candidate) => ({ ...candidate, word: `${name}=${candidate.word}` }));
  }
  const { command, noun } = state;
  if (command !== undefined) {
    const { argument } = command;
    if (argument === undefined) return [];
    if (state.argumentCount > 0 && argument.isVariadic !== true) return [];
    return ofValue(state, argument, current, world);
  }
  const [within, verbs] = noun === undefined ? [nouns, lonelyVerbs] : [noun.nouns, noun.verbs];
  const described = (within ?? []).map(({ name, summary }) => ({
    word: name,
    description: summary,
  }));
  return [...described, ...(await describeVerbs(verbs))];
}

async function describeVerbs(verbs: readonly Verb[]): Promise<readonly Candidate[]> {
  return await Promise.all(
    verbs.map(async ({ name, load }) => ({ word: name, description: (await load()).summary })),
  );
}

function flagCandidates(state: State): readonly Candidate[] {
  return Object.entries(flagsOf(state)).map(([key, { summary }]) => ({
    word: flagName(key),
    description: summary,
  }));
}

async function ofFlag(
  state: State,
  flag: AnyFlag,
  typed: string,
  world: World,
): Promise<readonly Candidate[]> {
  return flag.kind === "switch" ? [] : await ofValue(state, flag, typed, world);
}

/** Words for a value that is one of some choices, or the name of something. */
async function ofValue(
  { socket }: State,
  value: { readonly choices?: readonly string[]; readonly completes?: ObjectKind },
  typed: string,
  world: World,
): Promise<readonly Candidate[]> {
  if (value.choices !== undefined) return value.choices.map((word) => ({ word }));
  if (value.completes === undefined) return [];
  const parsed = socket === undefined ? undefined : parseSocketPath(socket);
  const client = connectLater(world, {
    timeout: timeoutMs,
    ...(parsed?.ok === true ? { socket: parsed.value } : {}),
  });
  try {
    return await loadCandidates(client, value.completes, typed);
  } finally {
    client.close();
  }
}

function flagsOf({ command }: State): Readonly<Record<string, AnyFlag>> {
  return { ...command?.flags, ...globalFlags };
}

function findFlag(state: State, name: string): AnyFlag | undefined {
  return Object.entries(flagsOf(state)).find(
    ([key, { short }]) => name === flagName(key) || name === `-${short}`,
  )?.[1];
}

/** A flag, and the value behind its equals sign. */
function splitFlag(word: string): readonly [string, (string | undefined)?] {
  const equals = word.indexOf("=");
  return equals === -1 ? [word] : [word.slice(0, equals), word.slice(equals + 1)];
}
