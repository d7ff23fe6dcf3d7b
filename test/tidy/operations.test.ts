// docs/operations.md and its rehearsals: every procedure there is carried out by a test, and every such test
// belongs to one.
import { expect, test } from "vitest";
import { readText } from "./repository.ts";

const rehearsalsPath = "test/e2e/operations.test.ts";

/** What each section of the page says it was rehearsed by, by the section's title. */
function readRehearsals(page: string): ReadonlyMap<string, readonly string[]> {
  const sections = page.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const title = section.slice(0, section.indexOf("\n"));
      const claim = /^Rehearsed by ("[\s\S]*)\.\s*$/m.exec(section)?.[1] ?? "";
      const names = [...claim.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name);
      return [title, names.map((name) => name.replace(/\s+/g, " "))];
    }),
  );
}

function readTitles(source: string): readonly string[] {
  return [...source.matchAll(/^test\("([^"]+)"/gm)].map(([, title = ""]) => title);
}

const rehearsals = readRehearsals(readText("docs/operations.md"));
const titles = readTitles(readText(rehearsalsPath));

test("every procedure of docs/operations.md names a rehearsal that is there", () => {
  expect(rehearsals.size).toBeGreaterThan(5);
  for (const [section, names] of rehearsals) {
    expect(names, `rehearsals of "${section}"`).not.toEqual([]);
    for (const name of names) expect(titles, `rehearsal of "${section}"`).toContain(name);
  }
});

test("every rehearsal belongs to a procedure", () => {
  const named = new Set([...rehearsals.values()].flat());
  expect(titles.filter((title) => !named.has(title))).toEqual([]);
});

test("names are read across lines, and a section without any is found", () => {
  const page = '# P\n\n## A\n\nx\n\nRehearsed by "one\nand a half" and "two".\n\n## B\n\nnothing\n';
  expect([...readRehearsals(page)]).toEqual([
    ["A", ["one and a half", "two"]],
    ["B", []],
  ]);
});
