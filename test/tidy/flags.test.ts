// docs/flags.md lists exactly the flags of swarmd, with their defaults.
import { expect, test } from "vitest";
import { parseFlags } from "../../packages/swarmd/src/shell/flags.ts";
import { findCode, firstCode, readTable } from "./markdown.ts";
import { readText } from "./repository.ts";

/** Flags of a help text with their defaults; "" for none. */
function readHelp(help: string): Readonly<Record<string, string>> {
  const options = help.split(/^ {2}(?=-)/m).slice(1);
  return Object.fromEntries(
    options.map((option) => {
      const flag = /--[a-z-]+/.exec(option)?.[0] ?? option;
      const fallback = /default:\s+"([^"]*)"/.exec(option)?.[1] ?? "";
      return [flag, fallback];
    }),
  );
}

/** Short forms as `-l --log-level`. */
function readShortForms(help: string): readonly string[] {
  return [...help.matchAll(/^ {2}(-\w), (--[a-z-]+)/gm)].map(
    ([, short, long]) => `${short} ${long}`,
  );
}

const command = parseFlags(["--help"]);
const help = command.kind === "print" ? command.text : "";
const rows = readTable(readText("docs/flags.md"), "Flags of swarmd");

test("docs/flags.md lists swarmd's flags with their defaults", () => {
  const flags = readHelp(help);
  expect(Object.keys(flags).length).toBeGreaterThan(10);
  const listed = rows.map(([flag, fallback]) => [firstCode(flag), firstCode(fallback)]);
  expect(Object.fromEntries(listed)).toEqual(flags);
});

test("docs/flags.md lists swarmd's short forms", () => {
  const listed = rows
    .map(([cell = ""]) => findCode(cell))
    .filter(({ length }) => length > 1)
    .map(([long, short]) => `${short} ${long}`);
  expect(listed.toSorted()).toEqual(readShortForms(help).toSorted());
});

test("flags that are refused are those that the page says are not built", () => {
  const isRefused = (flag: string): boolean => {
    const takesValue = new RegExp(`^ {2}${flag} <`, "m").test(help);
    try {
      parseFlags(takesValue ? [flag, "x"] : [flag]);
      return false;
    } catch (error) {
      return (error as { readonly code?: string }).code === "not-built";
    }
  };
  for (const [flag, , meaning = ""] of rows) {
    expect([flag, meaning.startsWith("not built yet")]).toEqual([flag, isRefused(firstCode(flag))]);
  }
});

test("flags and defaults are read from a help text, wrapped lines included", () => {
  const text = 'Options:\n  -a, --one <x>  first (default:\n      "1")\n  --two          second\n';
  expect(readHelp(text)).toEqual({ "--one": "1", "--two": "" });
  expect(readShortForms(text)).toEqual(["-a --one"]);
});
