// The flags by which lists and inspections are printed.
import { parseChoice } from "../args/choice.ts";
import type { CommandContext } from "../context.ts";
import type { FlagRecords, FlagValues, SwitchFlag } from "../define-command.ts";
import { formatJson, formatJsonLine } from "../format/json.ts";

export interface ListFlags {
  readonly quiet: boolean;
  readonly format: "table" | "json";
}

export const listFlags: FlagRecords<ListFlags> = {
  quiet: { kind: "switch", short: "q", summary: "print only the ids" },
  format: {
    kind: "value",
    placeholder: "format",
    summary: "table, or json for one object on each line (default table)",
    choices: ["table", "json"],
    parse: parseChoice({ table: "table", json: "json" }),
  },
};

export interface InspectFlags {
  readonly format: "text" | "json";
}

export const inspectFlags: FlagRecords<InspectFlags> = {
  format: {
    kind: "value",
    placeholder: "format",
    summary: "text or json (default text)",
    choices: ["text", "json"],
    parse: parseChoice({ text: "text", json: "json" }),
  },
};

/** For lists of tasks that have past ones. */
export const allTasksFlag: SwitchFlag = {
  kind: "switch",
  short: "a",
  summary: "show all tasks, those that have ended too",
};

/** Prints objects as the flags say; the table is made only when it is asked for. */
export async function writeList(
  { write }: CommandContext,
  flags: FlagValues<ListFlags>,
  objects: readonly { readonly id: string }[],
  makeTable: () => string | Promise<string>,
): Promise<void> {
  if (flags.quiet === true) write(objects.map(({ id }) => `${id}\n`).join(""));
  else if (flags.format === "json") write(objects.map(formatJsonLine).join(""));
  else write(await makeTable());
}

/** Prints one object as the flag says. */
export async function writeInspection(
  { write }: CommandContext,
  flags: FlagValues<InspectFlags>,
  object: object,
  makeText: () => string | Promise<string>,
): Promise<void> {
  write(flags.format === "json" ? formatJson(object) : await makeText());
}
